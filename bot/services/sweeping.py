"""The sweep: queues what state says is due, whatever became of the job that should do it."""

from datetime import timedelta

from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database


class Sweep:
    """Queues work that state says is due but no job stands for: the net under lost wake-ups."""

    def __init__(self, database: Database, clock: Clock, *, limit: int = 500) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit

    async def sweep(self) -> int:
        """Queue what is due; return how many jobs that were."""
        async with self._database.snapshot() as tx:
            due = await tx.conversations.unfinished(self._limit)
        if not due:
            return 0
        async with self._database.transaction() as tx:
            for key in due:
                await tx.defer(Lane.ADVANCE, key, self._clock() + timedelta(seconds=1))
        return len(due)
