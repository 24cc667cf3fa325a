"""Arrivals: that an answer has arrived is good to know, and worth no call to Slack while its card may change anyway.

It is shown with the next change, or after a while without one, once there is room. Bad news is shown at once.
"""

from datetime import datetime, timedelta

from bot.core.model import Delivery
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.services.transitions import catch_up

_PATIENCE = timedelta(minutes=5)
_ROOM = 5  # So many cards that are not shown as they are leave room for good news.
_FOR = timedelta(hours=1)


class Arrivals:
    """Shows what arrived, where nothing else has shown it."""

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
            room = max(0, _ROOM - await tx.desk_runs.waiting())
            since, until = now - _FOR, now - _PATIENCE
            due = await tx.deliveries.arrived_unshown(since=since, until=until, limit=room) if room else ()
        await catch_up(self._database, due, now)


async def record_confirmed(tx: Transaction, row: Delivery, now: datetime) -> None:
    """Note that an answer has arrived."""
    # First the conversation, as everywhere: taken in another order, these would wait for each other.
    await tx.conversations.get(row.conversation_id)
    await tx.deliveries.arrived(row.id, at=now)
