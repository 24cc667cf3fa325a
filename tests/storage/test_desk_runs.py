"""What is to be shown: found by state, taken by one, and what waits for a person first."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.model import Channel, Status, new_id
from bot.core.ports.storage import DeskLine, DeskPost, DeskRun
from storage.desk_runs import FIRST
from storage.rate_gates import SqlLines
from tests.builders import AT, conversation, customer

NEW, CHANGED = DeskLine(Channel.EMAIL, standing=False), DeskLine(Channel.EMAIL, standing=True)
LEASE = timedelta(seconds=60)


async def keep(tx, *statuses, **more):
    """Store a conversation of each status, each a second younger; return their ids."""
    ids = [new_id() for _ in statuses]
    for number, (key, status) in enumerate(zip(ids, statuses, strict=True)):
        at = AT + timedelta(seconds=number)
        await tx.conversations.add(conversation(id=key, status=status, updated_at=at, **more))
    return ids


def run_of(key, clock, **more):
    return DeskRun(key, clock() + LEASE, **more)


async def claim(database, clock, line=NEW):
    async with database.transaction() as tx:
        return await tx.desk_runs.claim(line, now=clock(), until=clock() + LEASE)


@pytest.fixture(autouse=True)
async def ada(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())


async def test_what_waits_for_a_person_comes_first_and_then_what_waits_longest(database, clock):
    async with database.transaction() as tx:
        ids = await keep(tx, Status.ANSWERED, Status.HELD, Status.WAITING, Status.ESCALATED)
    claimed = [(await claim(database, clock)).conversation_id for _ in ids]
    assert claimed == [ids[2], ids[3], ids[0], ids[1]]
    assert await claim(database, clock) is None


async def test_a_claim_ends_by_itself_and_leaves_a_doubt(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WAITING)
    assert await claim(database, clock) == run_of(key, clock)
    assert await claim(database, clock) is None
    clock.advance(60)
    assert await claim(database, clock) == run_of(key, clock, doubtful=True)


async def test_what_a_gone_process_began_is_free_at_once(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WAITING)
    await claim(database, clock)
    async with database.transaction() as tx:
        await tx.desk_runs.abandon(clock())
    assert await claim(database, clock) == run_of(key, clock, doubtful=True)


async def test_what_is_released_may_be_taken_again_and_what_is_shown_not(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WAITING)
    run = await claim(database, clock)
    async with database.transaction() as tx:
        assert await tx.desk_runs.release(run)
    assert await claim(database, clock) == run_of(key, clock)
    async with database.transaction() as tx:
        assert await tx.desk_runs.waiting() == 1
        await tx.conversations.mark_shown(key, 1)
        assert await tx.desk_runs.waiting() == 0
        assert await tx.desk_runs.lines(clock()) == set()
    assert await claim(database, clock) is None


@pytest.mark.parametrize("doubtful", [False, True])
async def test_what_failed_comes_later_and_lets_others_go_first(database, clock, doubtful):
    async with database.transaction() as tx:
        bad, good = await keep(tx, Status.WAITING, Status.WAITING)
    run = await claim(database, clock)
    assert run == run_of(bad, clock)
    async with database.transaction() as tx:
        assert await tx.desk_runs.postpone(run, clock() + timedelta(seconds=8), doubtful=doubtful)
    assert await claim(database, clock) == run_of(good, clock)
    assert await claim(database, clock) is None
    clock.advance(8)
    assert await claim(database, clock) == run_of(bad, clock, doubtful=doubtful, tries=1)


async def test_what_is_worked_on_is_shown_as_it_ends_unless_that_takes_long(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WORKING)
    assert await claim(database, clock) is None
    clock.advance(3)
    assert await claim(database, clock) == run_of(key, clock)


async def test_new_cards_and_changes_are_lines_of_their_own(database, clock):
    async with database.transaction() as tx:
        new, changed = await keep(tx, Status.WAITING, Status.WAITING)
        await keep(tx, Status.WAITING, channel=Channel.CHAT)
        await tx.desk_posts.put(DeskPost(changed, "root", "C1", "1.0", "digest"))
        lines = {NEW, CHANGED, DeskLine(Channel.CHAT, standing=False)}
        assert await tx.desk_runs.lines(clock()) == lines
    assert await claim(database, clock) == run_of(new, clock)
    assert await claim(database, clock, CHANGED) == run_of(changed, clock)


async def test_only_what_is_due_is_read(sqlite_database, clock):
    async with sqlite_database.snapshot() as tx:
        given = {
            "now": clock(),
            "calm": clock(),
            "farthest": clock(),
            "channel": Channel.EMAIL,
            "standing": False,
            "workspace": "",
        }
        sql = FIRST.params(given).compile(
            dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True}
        )
        plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert plan[0] == "SEARCH conversations USING INDEX ix_conversations_not_shown (channel=?)"
    assert not [step for step in plan if step.startswith("SCAN")]


async def test_a_shared_line_keeps_what_was_booked(database):
    lines = SqlLines(database.transaction)
    async with lines.hold("slack:post:C1") as line:
        assert (line.booked, line.closed) == (None, None)
        line.booked, line.closed = AT, AT + LEASE
    async with lines.hold("slack:post:C1") as line:
        assert (line.booked, line.closed) == (AT, AT + LEASE)


async def test_who_is_late_can_no_longer_let_go(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WAITING)
    late = await claim(database, clock)
    clock.advance(60)
    newer = await claim(database, clock)
    async with database.transaction() as tx:
        assert not await tx.desk_runs.release(late)
        assert not await tx.desk_runs.postpone(late, clock(), doubtful=False)
        assert await tx.desk_runs.release(newer)
    assert await claim(database, clock) == run_of(key, clock)


async def test_a_clock_that_is_set_back_hides_no_card(database, clock):
    async with database.transaction() as tx:
        (key,) = await keep(tx, Status.WAITING)
    await claim(database, clock)
    clock.advance(-3600)
    assert await claim(database, clock) == run_of(key, clock, doubtful=True)
