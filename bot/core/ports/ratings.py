"""What customers think of closed conversations, and whom we asked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Channel, DeliveryState, Rating, RatingRequest


class Ratings(Protocol):
    async def put(self, rating: Rating) -> None:
        """Insert, or replace the rating of the same conversation."""
        ...


class RatingRequests(Protocol):
    """Who was asked for a rating, at most once for a conversation. None of them is ever sent again."""

    async def wanted(
        self, channels: Collection[Channel], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        """Return conversations that were resolved between these times, and not rated, asked about or passed over."""
        ...

    async def add(self, request: RatingRequest) -> bool:
        """Insert; one that was passed over (cancelled) gives way. True for the one caller who may send it."""
        ...

    async def asked(
        self, channels: Collection[Channel], address: str, *, since: datetime
    ) -> RatingRequest | None:
        """Return the newest request that has, or may have, reached this address since then."""
        ...

    async def get(self, conversation_id: str) -> RatingRequest | None: ...

    async def end(self, conversation_id: str, state: DeliveryState, *, at: datetime) -> None:
        """Say what became of one that was being sent."""
        ...

    async def drop(self, conversation_id: str) -> None:
        """Forget one that certainly was not sent, so that it is wanted again."""
        ...
