"""What processes on one database know of each other."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import NotStored
from bot.services.peers import Peers
from tests.services.conftest import World

DOWN = [("mail out", "The relay cannot be reached (since 14:02:10 UTC)"), ("slack", "ok"), ("sms", "off")]


def peers(world: World, name: str, *duties: str) -> Peers:
    return Peers(world.database, name, duties, world.clock)


async def test_what_is_down_at_one_is_known_to_the_others(world: World) -> None:
    worker, web = peers(world, "one", "worker"), peers(world, "two", "web")
    await worker.meet(DOWN)
    await web.meet([("mail out", "ok")])
    assert web.down("mail out") == DOWN[0][1]
    assert (web.down("slack"), web.down("sms"), web.down("unheard of")) == ("", "", "")
    assert worker.down("mail out") == ""  # That is its own word, which it knows better.
    await worker.meet([("mail out", "ok")])
    await web.meet([])
    assert web.down("mail out") == ""


async def test_a_duty_that_nobody_does_is_missed_once_that_is_known(world: World) -> None:
    web = peers(world, "two", "web")
    assert not web.missing("worker")  # Nothing is known yet.
    await web.meet([])
    assert (web.missing("worker"), web.missing("web")) == (True, False)
    await peers(world, "one", "worker", "scheduler").meet([])
    await web.meet([])
    assert not web.missing("worker")


async def test_who_says_nothing_any_more_is_gone(world: World) -> None:
    web = peers(world, "two", "web")
    await peers(world, "one", "worker").meet(DOWN)
    world.clock.now += timedelta(seconds=31)
    await web.meet([])
    assert (web.missing("worker"), web.down("mail out")) == (True, "")


async def test_who_ends_takes_leave(world: World) -> None:
    worker, web = peers(world, "one", "worker"), peers(world, "two", "web")
    await worker.meet(DOWN)
    await web.meet([])
    assert not web.missing("worker")
    await worker.leave()
    await web.meet([])
    assert (web.missing("worker"), web.down("mail out")) == (True, "")


async def test_who_is_cancelled_while_telling_has_told_it(world: World) -> None:
    worker, web = peers(world, "one", "worker"), peers(world, "two", "web")
    telling = asyncio.create_task(worker.meet(DOWN))
    await asyncio.sleep(0)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await web.meet([])
    assert web.down("mail out") == DOWN[0][1]


async def test_without_the_database_nothing_is_known_of_others(world: World) -> None:
    class Coming:
        """A database that goes away."""

        away = False

        def transaction(self) -> object:
            if self.away:
                raise NotStored("gone")
            return world.database.transaction()

    database = Coming()
    web = Peers(database, "two", ("web",), world.clock)  # type: ignore[arg-type]
    await peers(world, "one", "worker").meet(DOWN)
    await web.meet([])
    assert (web.down("mail out"), web.missing("scheduler")) == (DOWN[0][1], True)
    database.away = True
    await web.meet([])
    assert (web.down("mail out"), web.missing("scheduler")) == ("", False)
