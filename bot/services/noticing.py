"""Noticing who writes: the card says so while somebody has the writing window open, and for nobody's short edit.

One look every few seconds finds what the cards do not show yet, or still do. So most edits that take a moment cost no
call, and a window that no restart or lost connection has told us of is forgotten, too.
"""

from datetime import timedelta

from bot.core.ports.desk_work import Writing
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.services.transitions import show_anew

LOOK_SECONDS = 5.0
# Who has not typed for so long does not count as writing any more.
WRITES_FOR = timedelta(minutes=30)


class Noticing:
    """Has cards show who writes an answer now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> None:
        """Note who began to write or ended since the last look, and have their cards say so.

        Nobody is told of whoever has the conversation: their card names them, so that no one begins another answer.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        since = self._clock() - WRITES_FOR
        async with self._database.snapshot() as tx:
            found = await tx.writings.to_notice(since)
        for writing in found:
            async with self._database.transaction() as tx:
                if await tx.writings.notice(writing, since):
                    await show_anew(tx, writing.conversation_id)


async def forget(tx: Transaction, writing: Writing) -> None:
    """Drop what was written; a card that shows its author is shown anew."""
    await tx.writings.drop(writing.conversation_id, writing.actor)
    if writing.noticed:
        await show_anew(tx, writing.conversation_id)
