"""Who gets into the dashboard, for how long, and what does not help."""

import base64
import json
from datetime import timedelta

import jwt
import pytest

from bot.core.access import Role
from bot.core.errors import NotAllowed
from bot.core.model import Actor
from bot.services.doorkeeping import SESSION, TICKET, Doorkeeper
from tests.services.conftest import BOSS, KIM

SECRET = "one secret"


@pytest.fixture
def door(world):
    return Doorkeeper(world.database, world.clock, SECRET)


async def test_a_ticket_opens_once_and_names_who_came_and_what_they_may(door):
    visit = await door.admit(door.ticket(BOSS))
    assert (visit.actor, door.who(visit.token)) == (BOSS, BOSS)
    assert door.who((await door.admit(door.ticket(KIM))).token) == KIM


async def test_a_ticket_that_was_shared_opens_for_nobody_else(door):
    ticket = door.ticket(BOSS)
    await door.admit(ticket)
    with pytest.raises(NotAllowed, match="used before"):
        await door.admit(ticket)


async def test_tickets_and_sessions_end(door, world):
    late, visit = door.ticket(KIM), await door.admit(door.ticket(KIM))
    world.clock.move(seconds=TICKET.total_seconds())
    with pytest.raises(NotAllowed, match="over"):
        await door.admit(late)
    world.clock.move(seconds=(SESSION - TICKET).total_seconds() - 1)
    assert door.who(visit.token) == KIM
    world.clock.move(seconds=1)
    assert door.who(visit.token) is None


async def test_another_secret_ends_them_all(door, world):
    other = Doorkeeper(world.database, world.clock, "another secret")
    with pytest.raises(NotAllowed):
        await other.admit(door.ticket(KIM))
    assert other.who((await door.admit(door.ticket(KIM))).token) is None


async def test_a_ticket_is_no_session_and_a_session_no_ticket(door):
    ticket = door.ticket(KIM)
    assert door.who(ticket) is None
    with pytest.raises(NotAllowed):
        await door.admit((await door.admit(ticket)).token)


def forged(door):
    """Yield tokens that somebody may try who has seen one."""
    head, body, signature = door.ticket(KIM).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    raised = base64.urlsafe_b64encode(json.dumps(claims | {"manager": True}).encode()).rstrip(b"=").decode()
    yield from (f"{head}.{raised}.{signature}", f"{head}.{body}.", f"{head}.{body}.{signature[:-2]}AA")
    yield jwt.encode(claims, "", algorithm="none")
    yield jwt.encode(claims, "guessed-guessed-guessed-guessed-guessed", algorithm="HS256")
    yield jwt.encode({"aud": "ticket", "sub": "U1"}, "x" * 32, algorithm="HS256")
    yield from ("", ".", "..", "null", "\x00", "é" * 50, "a" * 100_000, "[" * 2_000)


async def test_what_is_forged_opens_nothing(door):
    for token in forged(door):
        assert door.who(token) is None
        with pytest.raises(NotAllowed):
            await door.admit(token)


async def test_a_session_that_was_left_is_over_everywhere(door):
    mine, other = await door.admit(door.ticket(BOSS)), await door.admit(door.ticket(BOSS))
    assert await door.visitor(mine.token) == BOSS
    await door.leave(mine.token)
    await door.leave("no session")
    assert await door.visitor(mine.token) is None
    assert await door.visitor(other.token) == BOSS
    assert await door.visitor("no session") is None


@pytest.mark.parametrize(
    ("role", "actor"),
    [
        (Role.OWNER, BOSS),
        (Role.MANAGER, BOSS),
        (Role.AGENT, Actor("UBOSS")),
        (Role.GUEST, None),
        (Role.NOBODY, None),
    ],
)
async def test_a_session_has_the_rights_that_its_owner_has_now(world, role, actor):
    async def role_of(user):
        assert user == "UBOSS"
        return role

    door = Doorkeeper(world.database, world.clock, SECRET, role_of)
    assert await door.visitor((await door.admit(door.ticket(BOSS))).token) == actor


async def test_a_second_opening_is_refused_and_told_to_whose_link_it_is_once(world):
    told = []

    async def warn(user):
        told.append(user)

    door = Doorkeeper(world.database, world.clock, SECRET, warn=warn)
    ticket = door.ticket(KIM)
    mine = await door.admit(ticket)
    with pytest.raises(NotAllowed, match="used before"):
        await door.admit(ticket, mine.token)
    assert told == []
    for other in ("", (await door.admit(door.ticket(BOSS))).token):
        with pytest.raises(NotAllowed, match="used before"):
            await door.admit(ticket, other)
    assert told == [KIM.id]
    assert await door.visitor(mine.token) == KIM


async def test_whoever_ends_all_they_have_keeps_no_link_and_no_session(door, world):
    mine, ticket, other = (
        await door.admit(door.ticket(KIM)),
        door.ticket(KIM),
        await door.admit(door.ticket(BOSS)),
    )
    await door.end_all(KIM.id)
    assert await door.visitor(mine.token) is None
    with pytest.raises(NotAllowed, match="was ended"):
        await door.admit(ticket)
    assert await door.visitor(other.token) == BOSS
    world.clock.move(seconds=3)
    assert await door.visitor((await door.admit(door.ticket(KIM))).token) == KIM


async def test_an_earlier_session_of_the_owner_is_no_reason_not_to_warn_them(world):
    told = []

    async def warn(user):
        told.append(user)

    door = Doorkeeper(world.database, world.clock, SECRET, warn=warn)
    mine = await door.admit(door.ticket(KIM))
    world.clock.move(seconds=1800)
    stolen = door.ticket(KIM)
    await door.admit(stolen)
    with pytest.raises(NotAllowed, match="used before"):
        await door.admit(stolen, mine.token)
    assert told == [KIM.id]


async def test_an_end_is_missed_by_no_session_of_a_link_from_before_it(world):
    def at(seconds):
        moment = world.clock() + timedelta(seconds=seconds)
        return Doorkeeper(world.database, lambda: moment, SECRET)

    # The end is dated before the session, and committed after the look at the link.
    visit = await at(20).admit(at(0).ticket(KIM))
    await at(10).end_all(KIM.id)
    assert await at(21).visitor(visit.token) is None

    # The clock of the process that made the link is a little ahead.
    visit = await at(0).admit(at(1.5).ticket(BOSS))
    await at(0).end_all(BOSS.id)
    assert await at(1).visitor(visit.token) is None
