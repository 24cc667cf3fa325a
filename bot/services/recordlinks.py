"""Record links: where else a conversation stands is shown with the next change of its card, or after a while.

Most cards change within that time, so that a link costs no call of its own; the customer's details have it at once.
"""

from datetime import timedelta

from bot.core.model import Status
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.transitions import catch_up

LOOK_SECONDS = 15.0
_PATIENCE = timedelta(minutes=5)
_FOR = timedelta(hours=1)
_LOOKED_AT = (Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
_AT_ONCE = 20


class RecordLinks:
    """Shows links that no other change of a card has shown."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> None:
        """Have cards on which somebody waits show links that came after their last change, and stay unchanged.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        now = self._clock()
        since, until = now - _FOR, now - _PATIENCE
        async with self._database.snapshot() as tx:
            due = await tx.external_refs.unshown(_LOOKED_AT, since=since, until=until, limit=_AT_ONCE)
        await catch_up(self._database, due, now)
