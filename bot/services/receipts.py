"""Receipts: what was taken and worked on, so that a repetition has no second effect, not even after a restart."""

from datetime import timedelta

from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

# Slack repeats within minutes; one that was away for longer (an app that was down) has no receipt to meet.
_KEPT = timedelta(days=2)


class Receipts:
    """Remembers what was taken. The receipt comes after the work: a crash in between repeats, and loses nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def has(self, key: str) -> bool:
        """Tell whether this was taken before. Raises Unavailable when nobody can tell now."""
        async with self._database.snapshot() as tx:
            return await tx.receipts.has(key)

    async def keep(self, key: str) -> None:
        """Note that this was taken. Raises Unavailable when it could not be noted."""
        now = self._clock()
        async with self._database.transaction() as tx:
            await tx.receipts.add(key, now)
            await tx.receipts.forget(now - _KEPT)
