"""Presence: which answers a chat customer has fetched, and what the card says when they left before.

A visitor who asks for the events after number N has those up to N. That is remembered in memory and written for all
visitors at once, so it costs no commit per event. What a crash forgets, the visitor's next question tells again.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.services.transitions import move

LOOK_SECONDS = 5.0
_PATIENCE = timedelta(minutes=5)
_AT_ONCE = 500


class Presence:
    """Notes what was fetched, and tells of answers that were not for `patience`."""

    def __init__(self, database: Database, clock: Clock, *, patience: timedelta = _PATIENCE) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience
        self._fetched: dict[str, int] = {}

    def has(self, visitor: str, seq: int) -> None:
        """Remember that a visitor has the events up to `seq`."""
        self._fetched[visitor] = max(seq, self._fetched.get(visitor, 0))

    async def look(self) -> None:
        """Write down what was fetched since the last look, and have the cards say who left before their answer.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        await self._note_fetched()
        async with self._database.snapshot() as tx:
            overdue = await tx.chat.overdue(self._clock() - self._patience, _AT_ONCE)
        if not overdue:
            return
        async with self._database.transaction() as tx:
            for one in overdue:
                if await tx.chat.tell_unseen(one.delivery_id):
                    await _show_anew(tx, one.conversation_id, self._clock)

    async def _note_fetched(self) -> None:
        visitors = list(self._fetched)[:_AT_ONCE]
        fetched = {visitor: self._fetched.pop(visitor) for visitor in visitors}
        try:
            await self._write(fetched)
        except BaseException:
            for visitor, seq in fetched.items():
                self.has(visitor, seq)
            raise

    async def _write(self, fetched: Mapping[str, int]) -> None:
        if not fetched:
            return
        async with self._database.snapshot() as tx:
            unseen = await tx.chat.unseen(tuple(fetched))
        seen = [one for one in unseen if one.seq <= fetched[one.visitor]]
        if not seen:
            return
        async with self._database.transaction() as tx:
            for one in seen:
                if await tx.chat.forget_unseen(one.delivery_id):
                    await _show_anew(tx, one.conversation_id, self._clock)


async def _show_anew(tx: Transaction, conversation_id: str, clock: Clock) -> None:
    conversation = await tx.conversations.get(conversation_id)
    if conversation is not None:
        await move(tx, conversation, conversation.status, clock())
