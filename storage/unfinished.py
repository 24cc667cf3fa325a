"""Which conversations have work to do by their state alone, whatever became of the job that should do it.

The conditions mirror `bot.core.steps.next_step`; a test holds them against each other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text

from bot.core.model import Sender, Status
from bot.core.ports.engine import Lane
from storage.tables import ON_ITS_WAY, conversations, deliveries, drafts, jobs, messages


def to_advance(now: datetime) -> Select[Any]:
    """Select the ids of conversations that are ours to work on, or have an answer on its way that is due."""
    talk = conversations.alias("talk")
    due = or_(deliveries.c.due_at.is_(None), deliveries.c.due_at <= now, deliveries.c.turn != talk.c.turn)
    sending = select(deliveries.c.conversation_id).join_from(deliveries, talk).where(text(ON_ITS_WAY), due)
    ours = and_(
        conversations.c.status == Status.WORKING,
        or_(~conversations.c.identified, _without_draft()),
    )
    queued = exists().where(jobs.c.lane == Lane.ADVANCE, jobs.c.key == conversations.c.id)
    due = or_(conversations.c.id.in_(sending), ours)
    return select(conversations.c.id).where(due, ~queued).order_by(conversations.c.updated_at)


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
