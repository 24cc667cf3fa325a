"""What waits for people, the most urgent first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Conversation, Sender, Status
from bot.core.ports.desk_work import Queued
from storage.rows import one_of, select_as
from storage.tables import conversations, customers, desk_posts, messages
from storage.within import EVERYWHERE, Within

# Whose turn it is, the most urgent first: what did not arrive, what was escalated, what waits.
_URGENCY = (Status.UNDELIVERED, Status.ESCALATED, Status.WAITING)
_RANK = case({status: n for n, status in enumerate(_URGENCY)}, value=conversations.c.status)
_ROOT = "root"


class SqlQueue:
    """Reads the queue; nothing is kept for it."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

    async def waiting(
        self,
        limit: int,
        *,
        owner: str | None = None,
        or_nobody: bool = False,
        without: str = "",
        carded: bool = False,
        escalated_last: bool = False,
        workspace: str | None = None,
    ) -> Sequence[Queued]:
        """Return what waits for `owner` ("" is nobody, None everybody), the most urgent first."""
        whose = or_(_waits(owner), _waits("")) if or_nobody else _waits(owner)
        wanted = and_(whose, conversations.c.id != without, self._within.here())
        if workspace is not None:
            wanted = and_(wanted, conversations.c.workspace == workspace)
        if carded:
            wanted = and_(wanted, desk_posts.c.ts.is_not(None))
        queue = _QUEUE_OF_AGENTS if escalated_last else _QUEUE
        rows = await self._connection.execute(queue.where(wanted).limit(limit))
        return [_queued(tuple(row)) for row in rows]

    async def longest(self) -> Queued | None:
        """Return what waits longest, whoever has it."""
        query = _QUEUE.where(_waits(None), self._within.here()).order_by(None).order_by(*_BY_TIME)
        row = (await self._connection.execute(query.limit(1))).first()
        return _queued(tuple(row)) if row is not None else None

    async def size(self, *, owner: str | None = None) -> int:
        """Count what waits for `owner`."""
        query = select(func.count()).select_from(conversations).where(_waits(owner), self._within.here())
        return int((await self._connection.execute(query)).scalar_one())


def _queued(row: Sequence[Any]) -> Queued:
    *talk, name, since, channel, ts = row
    conversation = Conversation(*talk)
    return Queued(conversation, name, since or conversation.updated_at, channel or "", ts or "")


def _waits(owner: str | None) -> ColumnElement[bool]:
    waits = and_(one_of(conversations.c.status, _URGENCY), conversations.c.snoozed_until.is_(None))
    if owner is None:
        return waits
    return and_(waits, conversations.c.assignee == owner if owner else conversations.c.assignee.is_(None))


def _select_queue() -> Select[tuple[object, ...]]:
    since, card = _since(), desk_posts
    at_root = and_(card.c.conversation_id == conversations.c.id, card.c.sheet == _ROOT)
    return (
        select_as(Conversation, conversations)
        .add_columns(customers.c.name, since, card.c.slack_channel, card.c.ts)
        .join_from(conversations, customers)
        .outerjoin(card, at_root)
        .order_by(_RANK, *_BY_TIME)
    )


def _since() -> ColumnElement[object]:
    """Return when the customer wrote the oldest message that is not answered; else their newest."""
    ours, theirs = messages.alias("ours"), messages.alias("theirs")
    answered = (
        select(func.coalesce(func.max(ours.c.turn), 0))
        .where(ours.c.conversation_id == conversations.c.id, ours.c.sender != Sender.CUSTOMER)
        .correlate(conversations)
        .scalar_subquery()
    )
    return (
        select(func.min(theirs.c.created_at))
        .where(theirs.c.conversation_id == conversations.c.id, theirs.c.sender == Sender.CUSTOMER)
        .where(theirs.c.turn > answered)
        .correlate(conversations)
        .scalar_subquery()
    )


_BY_TIME = (func.coalesce(_since(), conversations.c.updated_at), conversations.c.id)
_QUEUE = _select_queue()
_FOR_OTHERS = and_(conversations.c.status == Status.ESCALATED, conversations.c.assignee.is_(None))
_QUEUE_OF_AGENTS = _QUEUE.order_by(None).order_by(case((_FOR_OTHERS, 1), else_=0), _RANK, *_BY_TIME)
