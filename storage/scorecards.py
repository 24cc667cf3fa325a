"""Reviewers' scorecards, and the answers that may get one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Float, String, exists, func, literal, literal_column, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, DeliveryState, Sender
from bot.core.steering.reviews import Reviewable, Scorecard
from storage.rows import many, put, row_of, select_as
from storage.tables import conversations, deliveries, drafts, reviews, scorecards
from storage.within import EVERYWHERE, Within

_AUTOMATIC = (
    select(
        reviews.c.draft_id,
        drafts.c.conversation_id,
        reviews.c.channel,
        reviews.c.decided_at.label("at"),
        reviews.c.confidence,
        reviews.c.seen.label("picked"),
        literal("", String).label("agent"),
    )
    .select_from(reviews.join(drafts, drafts.c.id == reviews.c.draft_id))
    .where(reviews.c.sent.is_(True))
    .order_by(reviews.c.decided_at, reviews.c.draft_id)
)
_counted = (
    select(func.count())
    .where(scorecards.c.draft_id == reviews.c.draft_id)
    .correlate(reviews)
    .scalar_subquery()
)
_BY_AGENTS = (
    select(
        deliveries.c.draft_id,
        deliveries.c.conversation_id,
        conversations.c.channel,
        deliveries.c.updated_at.label("at"),
        literal_column("1.0", Float).label("confidence"),
        true().label("picked"),
        deliveries.c.author.label("agent"),
    )
    .select_from(deliveries.join(conversations, conversations.c.id == deliveries.c.conversation_id))
    .where(deliveries.c.sender == Sender.AGENT, deliveries.c.state == DeliveryState.SENT)
    .order_by(deliveries.c.updated_at.desc())
)


class SqlScorecards:
    """One for each answer and reviewer."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

    async def put(self, card: Scorecard) -> None:
        """Insert, or replace what the same reviewer said of the same answer."""
        await put(self._connection, scorecards, row_of(card), ("draft_id", "reviewer"))

    async def of(self, draft_ids: Collection[str]) -> Sequence[Scorecard]:
        """Return all that was said of these answers."""
        query = select_as(Scorecard, scorecards).where(scorecards.c.draft_id.in_(list(draft_ids)))
        return await many(self._connection, Scorecard, query)

    async def since(self, at: datetime) -> Sequence[Scorecard]:
        """Return all that was said since then, the newest first."""
        query = select_as(Scorecard, scorecards).where(scorecards.c.at >= at)
        return await many(self._connection, Scorecard, query.order_by(scorecards.c.at.desc()))

    async def automatic(self, since: datetime, below: float, cards: int, limit: int) -> Sequence[Reviewable]:
        """Return the answers that went out by themselves and have so many cards, the oldest first.

        Of these, such that were picked for a check, or less sure than `below`.
        """
        query = _AUTOMATIC.where(
            reviews.c.channel.in_(list(Channel)),  # So that the index on channel and moment is read.
            reviews.c.decided_at >= since,
            or_(reviews.c.seen.is_(True), reviews.c.confidence < below),
            _counted == cards,
            self._within.about(drafts.c.conversation_id),
        )
        return await many(self._connection, Reviewable, query.limit(limit))

    async def is_automatic(self, draft_id: str) -> bool:
        """Tell whether an answer went out by itself."""
        query = select(exists().where(reviews.c.draft_id == draft_id, reviews.c.sent.is_(True)))
        return bool(await self._connection.scalar(query))

    async def by_agents(self, limit: int) -> Sequence[Reviewable]:
        """Return the newest answers that agents sent."""
        return await many(self._connection, Reviewable, _BY_AGENTS.where(self._within.here()).limit(limit))
