"""The send ledger: every change of state is a compare-and-set, so that one caller wins."""

from datetime import datetime

from sqlalchemy import Update, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Delivery, DeliveryState
from storage.rows import changed, next_after, one, row_of, select_as
from storage.tables import ON_ITS_WAY, conversations, deliveries


class SqlDeliveries:
    """Deliveries, at most one per decision."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, delivery: Delivery) -> None:
        """Insert a row of the ledger."""
        same_talk = deliveries.c.conversation_id == delivery.conversation_id
        position = next_after(deliveries.c.position, same_talk)
        await self._connection.execute(insert(deliveries).values(row_of(delivery) | {"position": position}))

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
    ) -> bool:
        """Change the state if it still is `before`, and as it was `since`; True for the one caller who changed it."""
        moved = _in_state(delivery_id, before).values(state=after, updated_at=at, error=error)
        if since is not None:
            moved = moved.where(deliveries.c.updated_at == since)
        return await changed(self._connection, moved.values(author=author) if author else moved)

    async def find(self, channel: Channel, external_id: str) -> Delivery | None:
        """Return the row of the answer that carries this id on its channel."""
        known = deliveries.c.channel == channel, deliveries.c.external_id == external_id
        return await one(self._connection, Delivery, select_as(Delivery, deliveries).where(*known))

    async def claim(self, delivery_id: str, external_id: str, *, at: datetime) -> bool:
        """Pending to sending, only while the customer has not written again."""
        turn = (
            select(conversations.c.turn)
            .where(conversations.c.id == deliveries.c.conversation_id)
            .scalar_subquery()
        )
        claimed = _in_state(delivery_id, DeliveryState.PENDING).where(deliveries.c.turn == turn)
        return await changed(
            self._connection,
            claimed.values(state=DeliveryState.SENDING, updated_at=at, external_id=external_id),
        )


def _in_state(delivery_id: str, state: DeliveryState) -> Update:
    return update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == state)
