"""A case is everything about one conversation, and nothing of another one."""

import re
from datetime import timedelta

from bot.core.model import Action, Case, Channel, DeliveryState, Sender, Status, new_id
from storage.cases import _DECISIONS, _DELIVERIES, _EVENTS, _MESSAGES, _NEWEST_DRAFT, _NOTES, _ROOT
from tests.builders import (
    AT,
    conversation,
    customer,
    decision,
    delivery,
    draft,
    event,
    message,
    note,
    verdict,
)


async def test_an_unknown_conversation_has_no_case(database):
    async with database.snapshot() as tx:
        assert await tx.conversations.case("0" * 32) is None


async def test_a_fresh_conversation(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        await tx.messages.add(message(), Channel.EMAIL)
        assert await tx.conversations.case(conversation().id) == Case(
            conversation(), customer(), (message(),)
        )


async def test_everything_comes_in_order(database):
    sent = decision(action=Action.SEND, actor="U0AGENT")
    again = decision(action=Action.SEND, turn=2)
    expected = Case(
        conversation=conversation(),
        customer=customer(),
        messages=(message(), message(seq=2, sender=Sender.AGENT, author="U0AGENT", external_id="")),
        notes=(note(), note(desk_ref="C0:2", content="second")),
        events=(event(), event(text="second")),
        draft=draft(turn=2, version=2),
        decisions=(
            decision(draft_id=draft(turn=2, version=2).id, turn=2),
            decision(draft_id=draft(turn=2, version=2).id, turn=2, action=Action.ESCALATE, actor="U1"),
        ),
        deliveries=(
            delivery(decision_id=sent.id, state=DeliveryState.SENT),
            delivery(turn=2, decision_id=again.id),
        ),
        verdict=verdict(draft_id=draft(turn=2, version=2).id, good=False),
        answered_lately=1,
    )
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        for said in expected.messages:
            await tx.messages.add(said, Channel.EMAIL)
        for written in expected.notes:
            await tx.notes.add(written)
        for happened in expected.events:
            await tx.events.add(happened)
        for proposed in (draft(turn=2, version=1), draft(turn=2, version=2), draft()):
            await tx.drafts.add(proposed)
        for decided in (decision(), sent, again, *expected.decisions):
            await tx.decisions.add(decided)
        for answer in expected.deliveries:
            await tx.deliveries.add(answer)
        await tx.verdicts.set(verdict())
        await tx.verdicts.set(expected.verdict)
    async with database.snapshot() as tx:
        assert await tx.conversations.case(conversation().id) == expected


async def test_other_conversations_are_counted(database, clock):
    long_ago, recently = clock.now - timedelta(days=8), clock.now - timedelta(days=6)
    stranger = customer(address="bob@customer.example")
    others = [
        conversation(id=new_id(), status=Status.ESCALATED, created_at=long_ago),
        conversation(id=new_id(), status=Status.WAITING, created_at=recently),
        conversation(id=new_id(), status=Status.UNDELIVERED, created_at=recently),
        conversation(id=new_id(), status=Status.ANSWERED, created_at=recently),
        conversation(id=new_id(), customer_id=stranger.id, status=Status.WAITING),
    ]
    async with database.transaction() as tx:
        for one in (customer(), stranger):
            await tx.customers.add(one)
        for one in (conversation(status=Status.WAITING), *others):
            await tx.conversations.add(one)
        case = await tx.conversations.case(conversation().id)
    assert (case.earlier, case.chasing) == (4, 2)


async def test_a_decision_or_message_of_another_conversation_stays_there(database):
    other = conversation(id=new_id())
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        await tx.conversations.add(other)
        await tx.messages.add(message(conversation_id=other.id), Channel.EMAIL)
        await tx.drafts.add(draft(conversation_id=other.id))
        await tx.decisions.add(decision(conversation_id=other.id))
        case = await tx.conversations.case(conversation().id)
    assert (case.messages, case.draft, case.decisions, case.earlier) == ((), None, (), 1)


QUERIES = (_ROOT, _NEWEST_DRAFT, _MESSAGES, _NOTES, _EVENTS, _DELIVERIES, _DECISIONS)


async def test_a_case_is_read_by_its_own_keys(sqlite_database):
    """Whatever the number of conversations: what is read from end to end would show in the plan."""
    async with sqlite_database.snapshot() as tx:
        plans = [await plan(tx.connection, query) for query in QUERIES]
    keyed = re.compile(r"SEARCH .*\((?:(?:\w+_)?id|address|person)=\?")
    assert [step for steps in plans for step in steps if not keyed.match(step)] == []
    assert all(plans)


async def plan(connection, query):
    """Return how SQLite would look for the rows."""
    dialect = connection.engine.sync_engine.dialect
    given = query.params(since=AT, lately=AT, conversation_id="x", draft_id="x")
    sql = given.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("x",) * len(sql.positiontup))
    return [step.detail for step in steps if step.detail.startswith(("SCAN", "SEARCH"))]
