"""Arrivals: that an answer has arrived is good to know, and worth a call to Slack only while nothing else waits.

News that finds no room is shown with the next change of its card, or once there is room again, whichever is first.
"""

from datetime import datetime, timedelta

from bot.core.model import Delivery
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.services.transitions import move

_ROOM = 5  # So many cards that are not shown as they are leave room for good news.
_FOR = timedelta(hours=1)


class Arrivals:
    """Shows what arrived while the desk was busy."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> None:
        """Have cards say what they do not say yet, as many as there is room for.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        now = self._clock()
        async with self._database.snapshot() as tx:
            room = await _room(tx)
            due = await tx.deliveries.arrived_unshown(since=now - _FOR, limit=room) if room else ()
        if not due:
            return
        async with self._database.transaction() as tx:
            for conversation_id in due:
                await _show_anew(tx, conversation_id, now)


async def record_confirmed(tx: Transaction, row: Delivery, now: datetime) -> None:
    """Note that an answer has arrived, and have its card say so if there is room."""
    # First the conversation, as everywhere: taken in another order, these would wait for each other.
    await tx.conversations.get(row.conversation_id)
    if await tx.deliveries.arrived(row.id, at=now) and await _room(tx):
        await _show_anew(tx, row.conversation_id, now)


async def _room(tx: Transaction) -> int:
    return max(0, _ROOM - await tx.desk_runs.waiting())


async def _show_anew(tx: Transaction, conversation_id: str, now: datetime) -> None:
    conversation = await tx.conversations.get(conversation_id)
    if conversation is not None:
        await move(tx, conversation, conversation.status, now)
