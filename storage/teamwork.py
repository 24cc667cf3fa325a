"""How far conversations are looked after, what was promised to customers, and what they were told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, DeliveryState, Status
from bot.core.routing import MAIN
from bot.core.teamwork.state import Acknowledgement, Kept, Pressed, Promise, Watch
from storage.rows import changed, insert_once, many, one, one_of, put, row_of, select_as
from storage.tables import TO_TELL, acknowledgements, conversations, promises, watches

# What somebody who is responsible has in hand; what waits for the customer is not.
_IN_HAND = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
_LONGEST_RUN = timedelta(days=90)
_NOT_TOLD = (DeliveryState.CANCELLED, DeliveryState.FAILED)


class SqlWatches:
    """One row for a conversation."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stale(self, stamp: str, since: datetime | None, limit: int) -> Sequence[str]:
        """Return conversations that changed since they were looked after, or were so under other rules."""
        query = stale(stamp)
        if since is not None:
            query = query.where(conversations.c.updated_at >= since)
        return (await self._connection.scalars(query.limit(limit))).all()

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Return the conversations that are to be looked after by now."""
        query = select(watches.c.conversation_id).where(watches.c.next_at <= now)
        return (await self._connection.scalars(query.order_by(watches.c.next_at).limit(limit))).all()

    async def get(self, conversation_id: str) -> Watch | None:
        """Return what is known of one."""
        query = select_as(Watch, watches).where(watches.c.conversation_id == conversation_id)
        return await one(self._connection, Watch, query)

    async def put(self, watch: Watch) -> None:
        """Insert, or replace."""
        await put(self._connection, watches, row_of(watch), ("conversation_id",))

    async def loads(self, workspace: str = MAIN) -> Mapping[str, int]:
        """Return who has how many in hand in a Slack workspace."""
        in_hand = conversations.c.assignee.is_not(None), one_of(conversations.c.status, _IN_HAND)
        query = select(conversations.c.assignee, func.count())
        query = query.where(*in_hand, conversations.c.workspace == workspace)
        return await self._pairs(query.group_by(conversations.c.assignee))

    async def given(self) -> Mapping[str, datetime]:
        """Return who got the last one when."""
        query = select(watches.c.given_to, func.max(watches.c.given_at))
        return await self._pairs(query.where(watches.c.given_to.is_not(None)).group_by(watches.c.given_to))

    async def _pairs(self, query: Select[Any]) -> Mapping[str, Any]:
        return {row[0]: row[1] for row in await self._connection.execute(query)}


def stale(stamp: str) -> Select[Any]:
    """Select the conversations to look after, the longest waiting first."""
    joined = conversations.outerjoin(watches, watches.c.conversation_id == conversations.c.id)
    never = and_(watches.c.version.is_(None), conversations.c.status != Status.RESOLVED)
    before = watches.c.version < conversations.c.version
    otherwise = and_(watches.c.stamp != stamp, conversations.c.status != Status.RESOLVED)
    query = select(conversations.c.id).select_from(joined).where(or_(never, before, otherwise))
    return query.order_by(conversations.c.updated_at)


class SqlPromises:
    """Rows are never deleted."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, conversation_id: str) -> Sequence[Promise]:
        """Return what was promised in a conversation."""
        query = select_as(Promise, promises).where(promises.c.conversation_id == conversation_id)
        return await many(self._connection, Promise, query.order_by(promises.c.started_at))

    async def put(self, promise: Promise) -> None:
        """Insert, or replace."""
        key = ("conversation_id", "kind", "started_at")
        await put(self._connection, promises, row_of(promise), key)

    async def broken(self, since: datetime, channel: Channel | None, limit: int) -> Sequence[Promise]:
        """Return those that were broken, the newest first."""
        query = select_as(Promise, promises).where(*_in(since, channel), promises.c.breached.is_(True))
        newest = query.order_by(promises.c.started_at.desc(), promises.c.conversation_id).limit(limit)
        return await many(self._connection, Promise, newest)

    async def kept(self, since: datetime, channel: Channel | None) -> Sequence[Kept]:
        """Count those whose outcome is known."""
        kinds = promises.c.channel, promises.c.kind
        settled = or_(promises.c.breached.is_(True), promises.c.ended_at.is_not(None))
        broken = func.count(case((promises.c.breached.is_(True), 1))).label("breached")
        query = select(*kinds, func.count().label("n"), broken).where(*_in(since, channel), settled)
        return await many(self._connection, Kept, query.group_by(*kinds).order_by(*kinds))

    async def pressing(self, now: datetime) -> Sequence[Pressed]:
        """Count those that run and are late, or nearly so."""
        late = func.count().filter(promises.c.due_at <= now).label("late")
        at_risk = func.count().filter(promises.c.due_at > now).label("at_risk")
        runs = promises.c.ended_at.is_(None), promises.c.due_at.is_not(None)
        begun = promises.c.started_at >= now - _LONGEST_RUN
        pressed = begun, *runs, or_(promises.c.warned_at.is_not(None), promises.c.due_at <= now)
        query = select(promises.c.channel, at_risk, late).where(*pressed).group_by(promises.c.channel)
        return await many(self._connection, Pressed, query.order_by(promises.c.channel))


def _in(since: datetime, channel: Channel | None) -> tuple[ColumnElement[bool], ...]:
    begun = promises.c.started_at >= since
    return (begun,) if channel is None else (begun, promises.c.channel == channel)


class SqlAcknowledgements:
    """At most one for a conversation."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, told: Acknowledgement) -> bool:
        """Insert once."""
        return await insert_once(self._connection, acknowledgements, row_of(told), ("conversation_id",))

    async def get(self, conversation_id: str) -> Acknowledgement | None:
        """Return the one of a conversation."""
        query = select_as(Acknowledgement, acknowledgements).where(_of(conversation_id))
        return await one(self._connection, Acknowledgement, query)

    async def told_lately(self, channel: Channel, address: str, since: datetime) -> bool:
        """Tell whether this address may have heard something since then."""
        told = acknowledgements.c
        query = select(told.conversation_id).where(
            told.channel == channel, told.address == address, told.at >= since, told.state.not_in(_NOT_TOLD)
        )
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def pending(self, limit: int) -> Sequence[str]:
        """Return whom to tell."""
        query = select(acknowledgements.c.conversation_id).where(text(TO_TELL))
        return (await self._connection.scalars(query.order_by(acknowledgements.c.at).limit(limit))).all()

    async def move(
        self, conversation_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime
    ) -> bool:
        """Compare and set."""
        row = _of(conversation_id), acknowledgements.c.state == before
        return await changed(
            self._connection, update(acknowledgements).where(*row).values(state=after, at=at)
        )


def _of(conversation_id: str) -> ColumnElement[bool]:
    return acknowledgements.c.conversation_id == conversation_id
