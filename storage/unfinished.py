"""Which conversations have work to do by their state alone, whatever became of the job that should do it.

The conditions mirror `bot.core.steps.next_step`; a test holds them against each other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    and_,
    column,
    exists,
    or_,
    select,
    table,
    text,
    union_all,
)

from bot.core.model import Sender, Status
from bot.core.ports.engine import Lane
from storage.tables import IS_ASLEEP, ON_ITS_WAY, conversations, deliveries, drafts, jobs, messages

_procrastinate_jobs = table("procrastinate_jobs", column("lock"), column("status"))


def waiting_on(dialect: Dialect) -> ColumnElement[bool]:
    """Return the condition that a job for this conversation waits or runs already."""
    return _in_our_table() if dialect.name == "sqlite" else _in_procrastinate()


def _in_our_table() -> ColumnElement[bool]:
    return exists().where(jobs.c.lane == Lane.ADVANCE, jobs.c.key == conversations.c.id)


def _in_procrastinate() -> ColumnElement[bool]:
    lock, status = _procrastinate_jobs.c.lock, text("status IN ('todo', 'doing')")
    return exists().where(lock == f"{Lane.ADVANCE.value}:" + conversations.c.id, status)


def to_advance(now: datetime, queued: ColumnElement[bool]) -> Select[Any]:
    """Select the ids of conversations that are ours to work on, have slept enough, or have an answer to send."""
    talk = conversations.alias("talk")
    due = or_(deliveries.c.due_at.is_(None), deliveries.c.due_at <= now, deliveries.c.turn != talk.c.turn)
    sending = select(deliveries.c.conversation_id).join_from(deliveries, talk).where(text(ON_ITS_WAY), due)
    ours = select(conversations.c.id).where(conversations.c.status == Status.WORKING, _without_draft())
    slept = select(conversations.c.id).where(text(IS_ASLEEP), conversations.c.snoozed_until <= now)
    # All at once, not one or the other: for that, PostgreSQL would read all conversations.
    either = union_all(sending, ours, slept).subquery("either")
    work = conversations.c.id.in_(select(either.c.conversation_id))
    # In an order without ties: two who queue all of these at once then never wait for each other.
    order = conversations.c.updated_at, conversations.c.id
    return select(conversations.c.id).where(work, ~queued).order_by(*order)


def _without_draft() -> ColumnElement[bool]:
    """The turn, not the order of arrival, tells what is answered: see `Case.unanswered`."""
    answered = exists().where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.sender != Sender.CUSTOMER,
        messages.c.turn >= conversations.c.turn,
    )
    drafted = exists().where(
        drafts.c.conversation_id == conversations.c.id, drafts.c.turn == conversations.c.turn
    )
    return and_(~answered, ~drafted)
