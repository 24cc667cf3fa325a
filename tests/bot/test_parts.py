"""How the parts are doing: an answer at once whatever hangs, with times."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import NotStored
from bot.core.ports.breakers import Outage
from bot.process.parts import Parts, behind, fixed
from integrations.breaker import ANSWERS, CircuitBreaker
from tests.builders import AT
from tests.fakes import FakeClock
from tests.waiting import until


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_each_part_says_how_it_is(clock):
    parts = Parts({"chat": fixed("ok"), "sms": fixed("off")}, clock)
    assert await parts.states() == [("chat", "ok"), ("sms", "off")]
    assert await Parts({}, clock).states() == []


async def test_it_is_remembered_since_when_a_part_is_down(clock):
    state = "Slack cannot be reached."

    async def slack() -> str:
        return state

    parts = Parts({"slack": slack}, clock)
    for _ in range(2):
        assert await parts.states() == [("slack", f"Slack cannot be reached (since {AT:%H:%M:%S} UTC)")]
        clock.move(minutes=5)
    state = "ok"
    assert await parts.states() == [("slack", "ok")]
    state = "gone again"
    assert await parts.states() == [("slack", f"gone again (since {clock.now:%H:%M:%S} UTC)")]


async def test_a_far_side_that_is_left_alone_says_until_when(clock):
    breaker = CircuitBreaker("language model", ANSWERS, clock=clock)
    parts = Parts({"language model": behind(breaker)}, clock)
    assert await parts.states() == [("language model", "ok")]
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with breaker.guard():
                raise TimeoutError
    until_then = AT + timedelta(seconds=5)
    words = f"It did not answer in time (since {AT:%H:%M:%S} UTC, tried again at {until_then:%H:%M:%S} UTC)"
    assert await parts.states() == [("language model", words)]
    clock.move(seconds=5)
    assert "tried again as soon as it is needed)" in (await parts.states())[0][1]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotStored("The database failed: disk full"), "The database failed: disk full ("),
        (KeyError("x"), "its check failed (KeyError) ("),
    ],
)
async def test_an_error_of_a_part_is_what_it_says(clock, error, said):
    async def database() -> str:
        raise error

    assert (await Parts({"database": database}, clock).states())[0][1].startswith(said)


async def test_what_hangs_after_it_has_failed_keeps_its_cause(clock):
    hangs = False

    async def database() -> str:
        if hangs:
            await asyncio.Event().wait()
        raise NotStored("The database failed: locked")

    parts = Parts({"database": database}, clock, patience=0.02)
    before = await parts.states()
    hangs = True
    assert await parts.states() == before
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_what_hangs_is_named_in_time_and_asked_once(clock):
    asked = 0
    go = asyncio.Event()

    async def database() -> str:
        nonlocal asked
        asked += 1
        await go.wait()
        return "ok"

    parts = Parts({"database": database, "chat": fixed("ok")}, clock, patience=0.05)
    loop = asyncio.get_running_loop()
    before = loop.time()
    for _ in range(3):
        assert dict(await parts.states()) == {
            "database": f"no answer within 0.05 s (since {AT:%H:%M:%S} UTC)",
            "chat": "ok",
        }
    assert loop.time() - before < 10  # And not for as long as it hangs.
    assert asked == 1
    go.set()

    async def well() -> bool:
        return dict(await parts.states())["database"] == "ok"

    await until(well)


async def test_watching_notes_the_time_and_leaves_nothing_behind(clock):
    looked = asyncio.Event()

    async def slack() -> Outage | str:
        looked.set()
        await asyncio.Event().wait()
        raise AssertionError

    before = asyncio.all_tasks()
    parts = Parts({"slack": slack}, clock, patience=0.01)
    watching = asyncio.create_task(parts.watch(every=0.01))
    await looked.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert asyncio.all_tasks() == before
