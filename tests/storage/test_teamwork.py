"""What is looked after, what was promised and what was told, on both databases."""

from datetime import timedelta

import pytest

from bot.core.model import Channel, DeliveryState, Status, new_id
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind
from bot.core.teamwork.state import Acknowledgement, Kept, Promise, Watch
from tests.builders import AT, conversation, customer

HOUR = timedelta(hours=1)
STAMP = "0123456789abcdef"


@pytest.fixture
async def talk(database):
    """A conversation that waits, with an agent."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation(status=Status.WAITING, assignee="U0KIM"))
    return conversation()


async def add(database, **values):
    async with database.transaction() as tx:
        other = conversation(id=new_id(), **values)
        await tx.conversations.add(other)
    return other


async def test_what_changed_or_was_looked_at_under_other_rules_is_stale(database, talk):
    closed = await add(database, status=Status.RESOLVED)

    async def stale(stamp=STAMP, since=None):
        async with database.snapshot() as tx:
            return list(await tx.watches.stale(stamp, since, 10))

    assert await stale() == [talk.id]
    assert await stale(since=AT + HOUR) == []
    async with database.transaction() as tx:
        for one in (talk, closed):
            await tx.watches.put(Watch(one.id, version=talk.version, stamp=STAMP))
    assert await stale() == []
    assert await stale("other") == [talk.id]
    async with database.transaction() as tx:
        await tx.conversations.change(talk.id, at=AT)
        await tx.conversations.change(closed.id, at=AT + HOUR)
    assert await stale() == [talk.id, closed.id]


async def test_what_is_due_comes_in_order_and_is_kept_whole(database, talk):
    other = await add(database)
    late = Watch(
        talk.id,
        3,
        STAMP,
        AT,
        7,
        "U0KIM",
        AT,
        "decision",
        ("U0ANNA", "S0LEADS"),
        AT,
        True,
        Priority.HIGH,
        ("U0BEN",),
    )
    async with database.transaction() as tx:
        await tx.watches.put(Watch(other.id, next_at=AT - HOUR))
        await tx.watches.put(Watch(talk.id))
        await tx.watches.put(late)
    async with database.snapshot() as tx:
        assert await tx.watches.due(AT, 10) == [other.id, talk.id]
        assert await tx.watches.due(AT - 2 * HOUR, 10) == []
        assert await tx.watches.get(talk.id) == late
        assert await tx.watches.get("nobody") is None
        case = await tx.conversations.case(talk.id)
        assert (case.priority, case.followers) == (Priority.HIGH, ("U0BEN",))
        assert await tx.watches.given() == {"U0KIM": AT}


async def test_in_hand_is_what_is_not_done(database, talk):
    for status in (Status.ESCALATED, Status.ANSWERED, Status.RESOLVED, Status.HELD):
        await add(database, status=status, assignee="U0KIM")
    await add(database, status=Status.WAITING)
    async with database.snapshot() as tx:
        assert await tx.watches.loads() == {"U0KIM": 2}


async def test_promises_are_kept_and_counted(database, talk):
    running = Promise(talk.id, Kind.FIRST, AT, Channel.EMAIL, Priority.NORMAL, AT + HOUR)
    done = Promise(
        talk.id, Kind.NEXT, AT, Channel.EMAIL, Priority.HIGH, None, AT, ended_at=AT, assignee="U0KIM"
    )
    late = Promise(talk.id, Kind.NEXT, AT + HOUR, Channel.EMAIL, Priority.HIGH, AT + HOUR, breached=True)
    async with database.transaction() as tx:
        for promise in (running, done, late, running):
            await tx.promises.put(promise)
    async with database.snapshot() as tx:
        assert set(await tx.promises.of(talk.id)) == {running, done, late}
        assert list(await tx.promises.kept(AT, None)) == [Kept(Channel.EMAIL, Kind.NEXT, 2, 1)]
        assert list(await tx.promises.kept(AT, Channel.CHAT)) == []
        assert list(await tx.promises.broken(AT, Channel.EMAIL, 5)) == [late]
        assert list(await tx.promises.broken(AT + 2 * HOUR, None, 5)) == []


async def test_a_customer_is_told_once(database, talk):
    told = Acknowledgement(talk.id, Channel.EMAIL, talk.address, "Thank you", DeliveryState.PENDING, AT)
    async with database.transaction() as tx:
        assert await tx.acknowledgements.add(told)
        assert not await tx.acknowledgements.add(told)
    async with database.snapshot() as tx:
        assert await tx.acknowledgements.pending(5) == [talk.id]
        assert await tx.acknowledgements.told_lately(Channel.EMAIL, talk.address, AT)
        assert not await tx.acknowledgements.told_lately(Channel.CHAT, talk.address, AT)
        assert not await tx.acknowledgements.told_lately(Channel.EMAIL, talk.address, AT + HOUR)
    async with database.transaction() as tx:
        claim = talk.id, DeliveryState.PENDING, DeliveryState.SENDING
        assert [await tx.acknowledgements.move(*claim, at=AT) for _ in range(2)] == [True, False]
        await tx.acknowledgements.move(talk.id, DeliveryState.SENDING, DeliveryState.FAILED, at=AT)
    async with database.snapshot() as tx:
        assert await tx.acknowledgements.pending(5) == []
        assert not await tx.acknowledgements.told_lately(Channel.EMAIL, talk.address, AT)
        assert (await tx.acknowledgements.get(talk.id)).state is DeliveryState.FAILED
