"""Loads a case: everything about one conversation at one moment, in two to seven queries.

This is read before every step, so the statements are built once, and take the conversation as a parameter. The first
one also tells of what there is nothing, which is then not asked for: most conversations are short.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import (
    Case,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Event,
    Message,
    Note,
    Rating,
    Ref,
    Sender,
    Status,
    Verdict,
)
from storage.messages import SELECT_MESSAGE
from storage.rows import Value, many, one_of, select_as
from storage.tables import (
    blocked_senders,
    chat_unseen,
    conversations,
    customers,
    decisions,
    deliveries,
    drafts,
    events,
    external_refs,
    merges,
    messages,
    notes,
    opt_outs,
    ratings,
    verdicts,
    watches,
)

_CHASING_FOR = timedelta(days=7)
_LATELY = timedelta(hours=1)
_OURS_TO_ANSWER = (Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)


async def load_case(connection: AsyncConnection, conversation_id: str, now: datetime) -> Case | None:
    """Return the case of a conversation, or None when there is no such conversation."""
    given = {"conversation_id": conversation_id}
    times = {"since": now - _CHASING_FOR, "lately": now - _LATELY}
    root = (await connection.execute(_ROOT, given | times)).first()
    if root is None:
        return None
    conversation, customer, (earlier, chasing, lately, unseen, opted_out, blocked, merged_into, *others) = (
        _split(root, Conversation, Customer)
    )
    has_draft, has_notes, has_events, has_deliveries, has_refs, priority, followers, *rated = others
    draft, verdict = await _draft_and_verdict(connection, given) if has_draft else (None, None)
    return Case(
        conversation=conversation,
        customer=customer,
        messages=await many(connection, Message, _MESSAGES, given),
        notes=await many(connection, Note, _NOTES, given) if has_notes else (),
        events=await many(connection, Event, _EVENTS, given) if has_events else (),
        draft=draft,
        decisions=await many(connection, Decision, _DECISIONS, {"draft_id": draft.id}) if draft else (),
        deliveries=await many(connection, Delivery, _DELIVERIES, given) if has_deliveries else (),
        verdict=verdict,
        unseen=unseen,
        rating=Rating(*rated) if rated[0] else None,
        earlier=earlier,
        chasing=chasing,
        answered_lately=lately,
        opted_out=opted_out,
        blocked=blocked,
        merged_into=merged_into,
        records=await many(connection, Ref, _RECORDS, given) if has_refs else (),
        priority=priority,
        followers=followers,
    )


async def _draft_and_verdict(
    connection: AsyncConnection, given: Mapping[str, str]
) -> tuple[Draft | None, Verdict | None]:
    row = (await connection.execute(_NEWEST_DRAFT, given)).first()
    if row is None:
        return None, None
    draft, verdict, _ = _split(row, Draft, Verdict)
    return draft, verdict if verdict.draft_id else None


def _split(row: Row[Any], first: type[Any], second: type[Any]) -> tuple[Any, Any, Any]:
    """Take two values and what is left from a row that was selected in this order."""
    one = len(fields(first))
    two = one + len(fields(second))
    return first(*row[:one]), second(*row[one:two]), row[two:]


def _select_root() -> Select[Any]:
    others = conversations.alias("others")
    recent = others.c.created_at >= bindparam("since")
    # Not part of the condition: SQLite would look through all open conversations instead of this customer's.
    ours = func.count(case((one_of(others.c.status, _OURS_TO_ANSWER), 1)))
    earlier, chasing = _of_others(others, func.count()), _of_others(others, ours, recent)
    return (
        select_as(Conversation, conversations)
        .add_columns(*select_as(Customer, customers).selected_columns)
        .add_columns(earlier, chasing, _automatic_answers(), _unseen(), _opted_out(), _blocked())
        .add_columns(_merged_into())
        .add_columns(*(_has_any(table) for table in (drafts, notes, events, deliveries, external_refs)))
        .add_columns(watches.c.priority, watches.c.followers)
        .add_columns(*select_as(Rating, ratings).selected_columns)
        .join_from(conversations, customers)
        .outerjoin(ratings, ratings.c.conversation_id == conversations.c.id)
        .outerjoin(watches, watches.c.conversation_id == conversations.c.id)
        .where(conversations.c.id == bindparam("conversation_id"))
    )


def _of_others(
    others: FromClause, counted: ColumnElement[int], *conditions: ColumnElement[bool]
) -> ColumnElement[int]:
    """Count among the customer's other conversations, whichever of their addresses they have."""
    same = customers.alias("same")
    theirs = same.join(others, others.c.customer_id == same.c.id)
    query = select(counted).select_from(theirs).where(same.c.person == customers.c.person)
    query = query.where(others.c.id != conversations.c.id, *conditions)
    return query.correlate(conversations, customers).scalar_subquery()


def _has_any(table: Table) -> ColumnElement[bool]:
    return exists().where(table.c.conversation_id == conversations.c.id).correlate(conversations)


def _automatic_answers() -> ColumnElement[int]:
    """Count what went out by itself to this customer, in whatever conversation, since `lately`."""
    theirs = conversations.alias("theirs")
    sent = and_(
        theirs.c.customer_id == conversations.c.customer_id,
        deliveries.c.sender == Sender.AI,
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.updated_at >= bindparam("lately"),
        # Sending one changes its conversation too: this spares reading all the others.
        theirs.c.updated_at >= bindparam("lately"),
    )
    joined = theirs.join(deliveries, deliveries.c.conversation_id == theirs.c.id)
    return select(func.count()).select_from(joined).where(sent).correlate(conversations).scalar_subquery()


def _unseen() -> ColumnElement[bool]:
    told = and_(chat_unseen.c.conversation_id == conversations.c.id, chat_unseen.c.told.is_(True))
    return select(chat_unseen.c.delivery_id).where(told).correlate(conversations).exists()


def _opted_out() -> ColumnElement[bool]:
    same = opt_outs.c.address == conversations.c.address
    return select(opt_outs.c.address).where(same).correlate(conversations).exists()


def _blocked() -> ColumnElement[bool]:
    same = and_(
        blocked_senders.c.channel == conversations.c.channel,
        blocked_senders.c.address == conversations.c.address,
    )
    return select(blocked_senders.c.address).where(same).correlate(conversations).exists()


def _merged_into() -> ColumnElement[str | None]:
    source = merges.c.source_id == conversations.c.id
    return select(merges.c.target_id).where(source).correlate(conversations).scalar_subquery()


def _select_newest_draft() -> Select[Any]:
    return (
        _of_conversation(select_as(Draft, drafts), drafts)
        .add_columns(*select_as(Verdict, verdicts).selected_columns)
        .outerjoin_from(drafts, verdicts)
        .order_by(drafts.c.turn.desc(), drafts.c.version.desc())
        .limit(1)
    )


def _of_conversation(query: Select[Any], table: Table) -> Select[Any]:
    return query.where(table.c.conversation_id == bindparam("conversation_id"))


def _in_order(kind: type[Value], table: Table) -> Select[Any]:
    return _of_conversation(select_as(kind, table), table).order_by(table.c.position)


_ROOT = _select_root()
_NEWEST_DRAFT = _select_newest_draft()
_MESSAGES = _of_conversation(SELECT_MESSAGE, messages).order_by(messages.c.seq)
_NOTES = _in_order(Note, notes)
_EVENTS = _in_order(Event, events)
_DELIVERIES = _in_order(Delivery, deliveries)
_RECORDS = (
    _of_conversation(select_as(Ref, external_refs), external_refs)
    .where(or_(external_refs.c.entry_id == external_refs.c.conversation_id, external_refs.c.trouble != ""))
    .order_by(external_refs.c.system, external_refs.c.at, external_refs.c.entry_id)
)
_DECISIONS = (
    select_as(Decision, decisions)
    .where(decisions.c.draft_id == bindparam("draft_id"))
    .order_by(decisions.c.position)
)
