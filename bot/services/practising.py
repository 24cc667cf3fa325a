"""Practising: who has been through the first-run guide. The practice itself touches nothing that is kept."""

from bot.core.model import Actor
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database


class Practising:
    """Knows who has practised."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def has(self, actor: str) -> bool:
        """Tell whether somebody has."""
        async with self._database.snapshot() as tx:
            return await tx.practised.has(actor)

    async def done(self, actor: Actor) -> None:
        """Note that somebody has."""
        async with self._database.transaction() as tx:
            await tx.practised.add(actor.id, self._clock())
