"""Customers' ratings, and whom we asked for one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, DeliveryState, Rating, RatingRequest
from storage.rows import changed, insert_once, one, one_of, put, row_of, select_as
from storage.tables import IS_RESOLVED, conversations, rating_requests, ratings

_MAY_BE_THERE = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)


class SqlRatings:
    """What customers think of a conversation; the last word counts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, rating: Rating) -> None:
        """Insert, or replace the rating of the same conversation."""
        await put(self._connection, ratings, row_of(rating), ("conversation_id",))


class SqlRatingRequests:
    """At most one request for a conversation."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def wanted(
        self, channels: Collection[Channel], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        """Return conversations that were resolved between these times, and not rated, asked about or passed over."""
        talk = conversations.c
        query = (
            select(talk.id)
            .where(text(IS_RESOLVED), one_of(talk.channel, channels))
            .where(talk.updated_at.between(since, until), ~_is_settled(), ~_is_rated())
            .order_by(talk.updated_at, talk.id)
            .limit(limit)
        )
        return (await self._connection.scalars(query)).all()

    async def add(self, request: RatingRequest) -> bool:
        """Insert; one that was passed over gives way. True for the one caller who may send it."""
        values = row_of(request)
        if await insert_once(self._connection, rating_requests, values, ("conversation_id",)):
            return True
        passed_over = _of(request.conversation_id), rating_requests.c.state == DeliveryState.CANCELLED
        return await changed(self._connection, update(rating_requests).where(*passed_over).values(values))

    async def asked(
        self, channels: Collection[Channel], address: str, *, since: datetime
    ) -> RatingRequest | None:
        """Return the newest request that has, or may have, reached this address since then."""
        asked = rating_requests.c
        query = (
            select_as(RatingRequest, rating_requests)
            .where(one_of(asked.channel, channels), asked.address == address, asked.at >= since)
            .where(one_of(asked.state, _MAY_BE_THERE))
            .order_by(asked.at.desc(), asked.conversation_id)
            .limit(1)
        )
        return await one(self._connection, RatingRequest, query)

    async def get(self, conversation_id: str) -> RatingRequest | None:
        """Return the request about a conversation."""
        query = select_as(RatingRequest, rating_requests).where(_of(conversation_id))
        return await one(self._connection, RatingRequest, query)

    async def end(self, conversation_id: str, state: DeliveryState, *, at: datetime) -> None:
        """Say what became of one that was being sent."""
        ended = update(rating_requests).where(_of(conversation_id)).values(state=state, at=at)
        await self._connection.execute(ended)

    async def drop(self, conversation_id: str) -> None:
        """Forget one that certainly was not sent."""
        await self._connection.execute(delete(rating_requests).where(_of(conversation_id)))


def _of(conversation_id: str) -> ColumnElement[bool]:
    return rating_requests.c.conversation_id == conversation_id


def _is_settled() -> ColumnElement[bool]:
    """Nothing is to be done: asked, or passed over as it is now."""
    passed_over_before = and_(
        rating_requests.c.state == DeliveryState.CANCELLED, rating_requests.c.at < conversations.c.updated_at
    )
    return exists().where(conversations.c.id == rating_requests.c.conversation_id, ~passed_over_before)


def _is_rated() -> ColumnElement[bool]:
    return exists().where(ratings.c.conversation_id == conversations.c.id)
