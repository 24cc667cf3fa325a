"""Syncing: record systems are told what happened, in order, and beside the way of a message.

A customer's answer never waits for this. What is to be told follows from what is stored, and each thing is claimed
by a row that says so before it is written: after a crash the system is asked what it has.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.core.errors import NotTried, Refused, ThreadpilotError, Unavailable, Unreachable
from bot.core.model import Ref, RefState, Status, new_id
from bot.core.ports.engine import Clock, Handler
from bot.core.ports.records import Began, Entry, RecordSystem, StatusChanged, Written
from bot.core.ports.storage import Database, Transaction
from bot.core.records import outstanding
from bot.services.transitions import move

log = logging.getLogger(__name__)

_LOOKED_AT = frozenset({Status.WAITING, Status.ESCALATED, Status.UNDELIVERED})


class Syncing:
    """Keeps one record system in step; the handler of its jobs in the `sync` lane."""

    def __init__(self, database: Database, system: RecordSystem, clock: Clock) -> None:
        self._database = database
        self._system = system
        self._clock = clock

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Write all that is outstanding of the conversation `key`.

        A fault of ours is tried once more; then the entry is parked, because those behind it would wait for ever.

        Raises:
            Unavailable, OutcomeUnknown: the system does not take it now; the card says so, the order stays.
        """
        try:
            while (claimed := await self._claim(key)) is not None:
                entry, ref = claimed
                if not await self._write(entry, ref, last_try=retried):
                    return
        except Unavailable as error:
            await self.behind(key, error)
            raise

    async def behind(self, conversation_id: str, error: Unavailable) -> None:
        """Say on the card, once, that something is not written yet, where the system is down.

        That it asks for patience is no news for a card: it will have caught up before anybody has read that.
        """
        if not isinstance(error, Unreachable | NotTried):
            return
        async with self._database.snapshot() as tx:
            next_up = await self._next(tx, conversation_id)
        if next_up is not None and not (next_up[1] and next_up[1].trouble):
            entry, ref = next_up[0], next_up[1] or self._new(next_up[0])
            await self._record(entry, replace(ref, state=RefState.OPEN, trouble=str(error)))

    async def _claim(self, conversation_id: str) -> tuple[Entry, Ref] | None:
        """Return what comes next, with its row as it was before this attempt."""
        async with self._database.snapshot() as tx:
            next_up = await self._next(tx, conversation_id)
        if next_up is None:
            return None
        self._system.check()
        async with self._database.transaction() as tx:
            next_up = await self._next(tx, conversation_id)
            if next_up is None:
                return None
            entry, known = next_up
            ref = known or self._new(entry)
            if known is None or known.state is not RefState.OPEN:
                await tx.external_refs.put(replace(ref, state=RefState.OPEN))
        return entry, ref

    def _new(self, entry: Entry) -> Ref:
        return Ref(self._system.name, entry.id, entry.case.conversation.id, RefState.DONE, self._clock())

    async def _next(self, tx: Transaction, conversation_id: str) -> tuple[Entry, Ref | None] | None:
        case = await tx.conversations.case(conversation_id)
        if case is None:
            return None
        refs = await tx.external_refs.of(self._system.name, conversation_id)
        entries = outstanding(case, refs, self._system)
        return (entries[0], refs.get(entries[0].id)) if entries else None

    async def _write(self, entry: Entry, ref: Ref, *, last_try: bool) -> bool:
        """Write an entry and put on record what came of it; tell whether the next one may follow."""
        try:
            written = await self._system.write(entry, doubtful=ref.state is RefState.OPEN)
        except Refused as error:
            return await self._park(entry, ref, str(error))
        except ThreadpilotError:
            raise
        except Exception:
            if not last_try:
                raise
            reference = new_id()[:8]
            log.exception("entry_failed", extra={"entry": entry.id, "reference": reference})
            return await self._park(
                entry, ref, f"something went wrong here (reference {reference} in the log)"
            )
        await self._record(entry, _told(entry, replace(ref, trouble=""), RefState.DONE, written))
        return True

    async def _park(self, entry: Entry, ref: Ref, reason: str) -> bool:
        where = {"system": self._system.name, "conversation": entry.case.conversation.id}
        log.warning("entry_parked", extra=where | {"reason": reason})
        await self._record(entry, _told(entry, replace(ref, trouble=reason), RefState.PARKED, Written()))
        return not isinstance(entry, Began)

    async def _record(self, entry: Entry, ref: Ref) -> None:
        """Keep the row; the card is shown anew when it says something else of this.

        Trouble in other words is the same trouble: each change of the conversation leads back here. That there is a
        record now is worth a call to Slack only where somebody looks; elsewhere the card's next change tells.
        """
        async with self._database.transaction() as tx:
            known = await tx.external_refs.get(ref.system, ref.entry_id)
            await tx.external_refs.put(ref)
            conversation = await tx.conversations.get(entry.case.conversation.id)
            if conversation is None:
                return
            begins = isinstance(entry, Began) and bool(ref.external_id) and conversation.status in _LOOKED_AT
            if begins or bool(ref.trouble) != bool(known and known.trouble):
                await move(tx, conversation, conversation.status, self._clock())


def _told(entry: Entry, ref: Ref, state: RefState, written: Written) -> Ref:
    if isinstance(entry, StatusChanged):
        return replace(ref, state=state, external_id=entry.word, mark=entry.word)
    return replace(ref, state=state, external_id=written.external_id, url=written.url)


def by_system(handlers: Mapping[str, Callable[..., Awaitable[None]]]) -> Handler:
    """Return the handler of the `sync` lane: a key is `name:what`, and `what` is for the handler of that name.

    What was queued for a system that is switched off is dropped.
    """

    async def handle(key: str, *, retried: bool) -> None:
        name, _, what = key.partition(":")
        if name in handlers:
            await handlers[name](what, retried=retried)

    return handle
