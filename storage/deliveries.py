"""The send ledger: every change of state is a compare-and-set, so that one caller wins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Delivery, DeliveryState
from storage.rows import changed, next_after, one, row_of, select_as
from storage.tables import HAS_ARRIVED, ON_ITS_WAY, conversations, deliveries

_ADD = insert(deliveries).values(
    position=next_after(deliveries.c.position, deliveries.c.conversation_id == bindparam("talk"))
)
_MOVE = update(deliveries).where(
    deliveries.c.id == bindparam("row"), deliveries.c.state == bindparam("before")
)
_ANEW = {"attempt": deliveries.c.attempt + 1, "delivered_at": None}
_ARRIVED = update(deliveries).where(
    deliveries.c.id == bindparam("row"),
    deliveries.c.state == DeliveryState.SENT,
    deliveries.c.delivered_at.is_(None),
)
_TURN = select(conversations.c.turn).where(conversations.c.id == deliveries.c.conversation_id)
_CLAIM = _MOVE.where(deliveries.c.turn == _TURN.scalar_subquery())


class SqlDeliveries:
    """Deliveries, at most one per decision."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, delivery: Delivery) -> None:
        """Insert a row of the ledger."""
        await self._connection.execute(_ADD, row_of(delivery) | {"talk": delivery.conversation_id})

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return a row of the ledger."""
        query = select_as(Delivery, deliveries).where(deliveries.c.id == delivery_id)
        return await one(self._connection, Delivery, query)

    async def on_their_way(self) -> tuple[int, datetime | None]:
        """Return how many answers have not left, and since when the oldest of them waits."""
        query = select(func.count(), func.min(deliveries.c.created_at)).where(text(ON_ITS_WAY))
        count, oldest = (await self._connection.execute(query)).one()
        return count, oldest

    async def move(
        self,
        delivery_id: str,
        before: DeliveryState,
        after: DeliveryState,
        *,
        at: datetime,
        error: str = "",
        author: str = "",
        since: datetime | None = None,
        external_id: str = "",
    ) -> bool:
        """Change the state if it still is `before`, and as it was `since`; True for the one caller who changed it."""
        moved = _MOVE if since is None else _MOVE.where(deliveries.c.updated_at == since)
        moved = moved.values(author=author) if author else moved
        moved = moved.values(external_id=external_id) if external_id else moved
        moved = moved.values(_ANEW) if after is DeliveryState.PENDING else moved
        given = {"row": delivery_id, "before": before, "state": after, "updated_at": at, "error": error}
        return await changed(self._connection, moved, given)

    async def arrived(self, delivery_id: str, *, at: datetime) -> bool:
        """Note that what was sent has arrived; True for the one caller who was first."""
        return await changed(self._connection, _ARRIVED, {"row": delivery_id, "delivered_at": at})

    async def note_uncopied(self, delivery_id: str, people: Sequence[str]) -> None:
        """Note who of those in copy did not get it, in place of what was known."""
        row = update(deliveries).where(deliveries.c.id == delivery_id)
        await self._connection.execute(row.values(uncopied=list(people)))

    async def arrived_unshown(self, *, since: datetime, until: datetime, limit: int) -> Sequence[str]:
        """Return conversations with an answer that arrived in that time, and after their last change."""
        arrived = deliveries.c.delivered_at
        after = arrived.between(since, until), arrived > conversations.c.updated_at
        query = (
            select(deliveries.c.conversation_id)
            .join_from(deliveries, conversations)
            .where(text(HAS_ARRIVED), *after)
            .order_by(deliveries.c.delivered_at, deliveries.c.id)
            .limit(limit)
        )
        return (await self._connection.scalars(query)).all()

    async def find(self, channel: Channel, external_id: str) -> Delivery | None:
        """Return the row of the answer that carries this id on its channel."""
        known = deliveries.c.channel == channel, deliveries.c.external_id == external_id
        return await one(self._connection, Delivery, select_as(Delivery, deliveries).where(*known))

    async def claim(self, delivery_id: str, external_id: str, *, at: datetime) -> bool:
        """Pending to sending, only while the customer has not written again."""
        given = {"row": delivery_id, "before": DeliveryState.PENDING, "state": DeliveryState.SENDING}
        return await changed(self._connection, _CLAIM, given | {"updated_at": at, "external_id": external_id})
