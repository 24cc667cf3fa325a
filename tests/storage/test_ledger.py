"""Drafts, decisions and deliveries: one wins."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.core.model import Action, Channel, DeliveryState, Flag, Source
from tests.builders import AT, conversation, customer, decision, delivery, draft, proposal

ID = "<answer@us.example>"


@pytest.fixture
async def drafted(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        await tx.drafts.add(draft())


@pytest.fixture
async def pending(database, drafted):
    async with database.transaction() as tx:
        await tx.decisions.add(decision(action=Action.SEND))
        await tx.deliveries.add(delivery())
    return delivery()


async def winners(database, attempt, number=8):
    """Run `attempt(tx, n)` in so many transactions at once; return who was told to have won."""

    async def one(n):
        async with database.transaction() as tx:
            return await attempt(tx, n)

    outcomes = await asyncio.gather(*(one(n) for n in range(number)))
    return [n for n, won in enumerate(outcomes) if won]


async def test_a_draft_comes_back_as_stored(database, drafted):
    rich = draft(
        version=2,
        proposal=proposal(
            sources=(Source(1, "a", "A", "https://a.example", date(2027, 1, 31)),),
            flags=(Flag("link", "A link we do not know.", hard=True),),
        ),
    )
    async with database.transaction() as tx:
        await tx.drafts.add(rich)
        assert await tx.drafts.get(rich.id) == rich
        assert await tx.drafts.get("0" * 32) is None


async def test_only_sends_are_unique_per_draft(database, drafted):
    review, escalation = decision(), decision(action=Action.ESCALATE, actor="U1")
    async with database.transaction() as tx:
        assert await tx.decisions.add(review) is True
        assert await tx.decisions.add(escalation) is True
        assert await tx.decisions.sent(draft().id) is None
        assert await tx.decisions.add(decision(action=Action.SEND, actor="U2")) is True
        assert await tx.decisions.add(decision(action=Action.SEND, actor="U3")) is False
        assert await tx.decisions.add(decision(action=Action.SEND)) is False
        assert await tx.decisions.sent(draft().id) == decision(action=Action.SEND, actor="U2")
        case = await tx.conversations.case(conversation().id)
    assert [made.actor for made in case.decisions] == [None, "U1", "U2"]


async def test_of_many_who_decide_to_send_one_wins(database, drafted):
    async def approve(tx, n):
        return await tx.decisions.add(decision(action=Action.SEND, actor=f"U{n}"))

    (winner,) = await winners(database, approve)
    async with database.snapshot() as tx:
        assert (await tx.decisions.sent(draft().id)).actor == f"U{winner}"


async def test_of_many_who_claim_one_wins(database, pending):
    later = AT + timedelta(seconds=3)
    assert len(await winners(database, lambda tx, n: tx.deliveries.claim(pending.id, ID, at=later))) == 1
    async with database.snapshot() as tx:
        claimed = await tx.deliveries.get(pending.id)
    assert claimed == replace(pending, state=DeliveryState.SENDING, updated_at=later)


async def test_a_delivery_is_not_claimed_once_the_customer_wrote_again(database, pending):
    async with database.transaction() as tx:
        await tx.conversations.change(conversation().id, at=AT, turn=2)
        assert await tx.deliveries.claim(pending.id, ID, at=AT) is False
        assert (await tx.deliveries.get(pending.id)).state is DeliveryState.PENDING


async def test_a_move_compares_first(database, pending):
    async with database.transaction() as tx:
        move = tx.deliveries.move
        sending, failed = DeliveryState.SENDING, DeliveryState.FAILED
        assert await move(pending.id, sending, DeliveryState.SENT, at=AT) is False
        assert await tx.deliveries.claim(pending.id, ID, at=AT) is True
        assert await move(pending.id, sending, failed, at=AT, error="mailbox full") is True
        assert await move(pending.id, sending, DeliveryState.SENT, at=AT) is False
        stored = await tx.deliveries.get(pending.id)
    assert (stored.state, stored.error) == (failed, "mailbox full")


async def test_who_claimed_first_does_not_move_what_was_claimed_again(database, pending):
    sending, again = DeliveryState.SENDING, AT + timedelta(minutes=2)
    async with database.transaction() as tx:
        move = tx.deliveries.move
        assert await tx.deliveries.claim(pending.id, ID, at=AT) is True
        assert await move(pending.id, sending, DeliveryState.PENDING, at=again, since=AT) is True
        assert await tx.deliveries.claim(pending.id, ID, at=again) is True
        assert await move(pending.id, sending, DeliveryState.PENDING, at=again, since=AT) is False
        assert await move(pending.id, sending, DeliveryState.SENT, at=again, since=again) is True


async def test_a_delivery_is_found_by_the_id_it_was_claimed_under(database, pending):
    async with database.transaction() as tx:
        assert await tx.deliveries.find(Channel.EMAIL, ID) is None
        await tx.deliveries.claim(pending.id, ID, at=AT)
        found = await tx.deliveries.find(Channel.EMAIL, ID)
        assert found is not None
        assert found.id == pending.id
        assert await tx.deliveries.find(Channel.SMS, ID) is None


async def test_an_unknown_delivery_is_nobodys(database):
    async with database.transaction() as tx:
        assert await tx.deliveries.get("0" * 32) is None
        assert await tx.deliveries.claim("0" * 32, ID, at=AT) is False


async def test_a_decision_is_carried_out_once(database, pending):
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            await tx.deliveries.add(replace(pending, id="f" * 32))


async def test_a_draft_needs_its_conversation(database):
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            await tx.drafts.add(draft())


async def test_errors_do_not_repeat_what_the_customer_wrote(database):
    with pytest.raises(IntegrityError) as caught:
        async with database.transaction() as tx:
            await tx.conversations.add(conversation(subject="My card number is 4711"))
    assert "FOREIGN KEY" in str(caught.value).upper()
    assert "4711" not in str(caught.value)


async def test_each_way_back_to_pending_begins_a_new_attempt(database, pending):
    async with database.transaction() as tx:
        await tx.deliveries.claim(pending.id, ID, at=AT)
        assert not await tx.deliveries.arrived(pending.id, at=AT)
        await tx.deliveries.move(pending.id, DeliveryState.SENDING, DeliveryState.SENT, at=AT)
        assert [await tx.deliveries.arrived(pending.id, at=AT) for _ in range(2)] == [True, False]
        sent = await tx.deliveries.get(pending.id)
        await tx.deliveries.move(
            pending.id, DeliveryState.SENT, DeliveryState.PENDING, at=AT, external_id="<2@us.example>"
        )
        again = await tx.deliveries.get(pending.id)
        assert await tx.deliveries.find(Channel.EMAIL, ID) is None
        assert await tx.deliveries.find(Channel.EMAIL, "<2@us.example>") == again
    assert (sent.attempt, sent.delivered_at) == (1, AT)
    assert (again.attempt, again.delivered_at) == (2, None)
