"""What state says is due, held against the pure rules it mirrors."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from bot.core.model import Action, Channel, DeliveryState, Sender, Status, new_id
from bot.core.ports.engine import Lane
from bot.core.steps import Step, next_step
from storage.unfinished import to_advance, waiting_on
from tests.builders import AT, conversation, customer, decision, delivery, draft, message


def possible(_, answered, drafted, state, answering):
    """Leave out an automatic answer to a question for which nothing was drafted yet."""
    return state != "due later" or answering == 1 or drafted == "draft"


SITUATIONS = [
    situation
    for situation in product(
        (True, False),  # identified
        (0, 1, 2),  # the turn that was answered, which may be an earlier one than the newest
        ("no draft", "old draft", "draft"),
        (None, *DeliveryState, "due later"),
        (1, 2),  # the turn that the delivery answers
    )
    if possible(*situation)
]


async def arrange(tx, situation, status=Status.WORKING):
    """Store a conversation of turn 2 in this situation; return its id."""
    identified, answered, drafted, state, answering = situation
    where = new_id()
    await tx.conversations.add(conversation(id=where, status=status, turn=2, identified=identified))
    said = [message(conversation_id=where, seq=turn, turn=turn, external_id="") for turn in (1, 2)]
    if answered:
        said.append(message(conversation_id=where, seq=3, turn=answered, sender=Sender.AI, external_id=""))
    for one in said:
        await tx.messages.add(one, Channel.EMAIL)
    for turn in {"no draft": (), "old draft": (1,), "draft": (1, 2)}[drafted]:
        await tx.drafts.add(draft(conversation_id=where, turn=turn))
    if state:
        await send(tx, where, state, answering)
    return where


async def send(tx, where, state, turn):
    """Store a delivery in this state."""
    proposed = draft(conversation_id=where, turn=1, version=9)
    decided = decision(conversation_id=where, draft_id=proposed.id, action=Action.SEND)
    await tx.drafts.add(proposed)
    await tx.decisions.add(decided)
    due_at = None if state != "due later" else AT + timedelta(minutes=1)
    answer = delivery(
        conversation_id=where,
        turn=turn,
        draft_id=proposed.id,
        decision_id=decided.id,
        state=DeliveryState.PENDING if due_at else state,
        due_at=due_at,
    )
    await tx.deliveries.add(answer)


async def due(tx):
    return set(await tx.conversations.unfinished(10_000))


async def test_what_advance_would_do_is_due(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        cases = [await tx.conversations.case(await arrange(tx, situation)) for situation in SITUATIONS]
        found = await due(tx)
    expected = {case.conversation.id for case in cases if next_step(case, AT) is not Step.WAIT}
    assert len(expected) > 30
    assert len(cases) - len(expected) > 5
    assert found == expected


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.WORKING])
async def test_of_conversations_in_other_hands_only_an_answer_on_its_way_is_due(database, status):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await arrange(tx, (False, 0, "no draft", None, 1), status)
        sending = await arrange(tx, (False, 0, "no draft", DeliveryState.SENDING, 1), status)
        assert await due(tx) == {sending}


async def test_what_has_slept_enough_is_due(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        for hours in (-1, 0, 1):
            until = AT + timedelta(hours=hours)
            talk = conversation(id=new_id(), status=Status.WAITING, snoozed_until=until)
            await tx.conversations.add(talk)
        found = [await tx.conversations.case(one) for one in await due(tx)]
    assert {case.conversation.snoozed_until for case in found} == {AT - timedelta(hours=1), AT}
    assert {next_step(case, AT) for case in found} == {Step.WAKE}


async def test_what_is_queued_already_is_not_due_again(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await arrange(tx, (False, 0, "no draft", None, 1))
        for key in await due(tx):
            await tx.defer(Lane.ADVANCE, key)
        assert await due(tx) == set()


async def test_the_limit_holds(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        for _ in range(3):
            await arrange(tx, (False, 0, "no draft", None, 1))
        assert len(await tx.conversations.unfinished(2)) == 2
        assert len(await tx.conversations.unfinished(4)) == 3


async def test_no_table_is_read_from_end_to_end(sqlite_database):
    async with sqlite_database.snapshot() as tx:
        dialect = tx.connection.dialect
        query = to_advance(AT, waiting_on(dialect))
        sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    small = "INDEX ix_deliveries_on_its_way"  # Only what is due stands there.
    scans = [step for step in plan if step.startswith("SCAN") and small not in step]
    assert plan
    assert scans == []
