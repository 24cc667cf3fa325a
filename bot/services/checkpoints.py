"""Checkpoints: the end of the audit chain, told where the owner of the database cannot take it back."""

import logging
from collections.abc import Awaitable, Callable

from bot.core.audit import Head
from bot.core.errors import ThreadpilotError
from bot.core.ports.storage import Database

log = logging.getLogger(__name__)

Told = Callable[[Head], Awaitable[object]]


class Checkpoints:
    """Tells the end of the chain when it has moved."""

    def __init__(self, database: Database, tell: Told) -> None:
        self._database = database
        self._tell = tell
        self._last: Head | None = None

    async def note(self) -> None:
        """Tell where the chain ends, unless that was told already; what fails is told the next time.

        Raises:
            Unavailable: the database failed.
        """
        async with self._database.snapshot() as tx:
            head = await tx.audit.head()
        if head is None or not head.seq or head == self._last:
            return
        try:
            await self._tell(head)
        except ThreadpilotError as error:
            log.warning("checkpoint_not_told", extra={"error": str(error)})
        else:
            self._last = head
