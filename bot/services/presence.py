"""Presence: which answers a chat customer has fetched, and what the card says when they left before.

A visitor who asks for the events after number N has those up to N. That is remembered in memory and written for all
visitors at once, so it costs no commit per event. What a crash forgets, the visitor's next question tells again.
An answer that nobody fetches for a month is not waited for any longer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.services.transitions import move

LOOK_SECONDS = 5.0
_PATIENCE = timedelta(minutes=5)
_AT_ONCE = 500
_KEPT_FOR = timedelta(days=30)
_TIDY_EVERY = timedelta(hours=1)


class Presence:
    """Notes what was fetched, and tells of answers that were not for `patience`."""

    def __init__(
        self, database: Database, clock: Clock, *, patience: timedelta = _PATIENCE, mails: bool = False
    ) -> None:
        """Tell after `patience`; where it `mails`, the answer is then to be mailed to who gave an address."""
        self._database = database
        self._clock = clock
        self._patience = patience
        self._mails = mails
        self._tidied: datetime | None = None
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
        await self._tidy()
        async with self._database.snapshot() as tx:
            overdue = await tx.chat.overdue(self._clock() - self._patience, _AT_ONCE)
        if not overdue:
            return
        async with self._database.transaction() as tx:
            for one in overdue:
                if await tx.chat.tell_unseen(one.delivery_id, mail_at=await self._mail_at(tx, one.visitor)):
                    await _show_anew(tx, one.conversation_id, self._clock)

    async def _mail_at(self, tx: Transaction, visitor: str) -> datetime | None:
        known = await tx.chat.visitor(visitor) if self._mails else None
        return self._clock() if known is not None and known.email else None

    async def _tidy(self) -> None:
        now = self._clock()
        if self._tidied is not None and now - self._tidied < _TIDY_EVERY:
            return
        self._tidied = now
        async with self._database.transaction() as tx:
            await tx.chat.drop_unseen(now - _KEPT_FOR)

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
