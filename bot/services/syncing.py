"""Syncing: record systems are told what happened, in order, and beside the way of a message.

A customer's answer never waits for this. What is to be told follows from what is stored, and each thing is claimed
by a row that says so before it is written: after a crash the system is asked what it has.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import NotTried, Refused, ThreadpilotError, Unavailable, Unreachable
from bot.core.leases import USUAL, Leases
from bot.core.model import Ref, RefState, new_id
from bot.core.ports.channels import Deadline
from bot.core.ports.engine import Clock, Handler
from bot.core.ports.records import Began, Entry, RecordSystem, StatusChanged, Written
from bot.core.ports.storage import Database, Transaction
from bot.core.records import outstanding, status_entry
from bot.services.transitions import move

log = logging.getLogger(__name__)


class Syncing:
    """Keeps one record system in step; the handler of its jobs in the `sync` lane."""

    def __init__(
        self,
        database: Database,
        system: RecordSystem,
        clock: Clock,
        *,
        alone: bool = True,
        leases: Leases = USUAL,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell `system` of what is in `database`.

        A row found `open` was cut short. A process that is `alone` looks into it at once; others wait until whoever
        claimed it cannot write any more, by its `leases`.
        """
        self._database = database
        self._system = system
        self._clock = clock
        self._leases = leases
        self._patience = timedelta(0) if alone else leases.patience
        self._monotonic = monotonic
        self._claims: dict[str, datetime] = {}  # Our own, by entry: nobody needs to wait for those.

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Write all that is outstanding of the conversation `key`.

        A fault of ours is tried once more; then the entry is parked, because those behind it would wait for ever.

        Raises:
            Unavailable, OutcomeUnknown: the system does not take it now; the card says so, the order stays.
        """
        try:
            while (claimed := await self._claim(key)) is not None:
                entry, ref, deadline = claimed
                if not await self._write(entry, ref, deadline, last_try=retried):
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
            claimed = ref.at if ref.state is RefState.OPEN else self._free_since()
            await self._record(entry, replace(ref, state=RefState.OPEN, at=claimed, trouble=str(error)))

    async def _claim(self, conversation_id: str) -> tuple[Entry, Ref, Deadline] | None:
        """Return what comes next, with its row as it was before this attempt, and until when it may be written.

        Raises:
            Unavailable: another process may be writing it.
        """
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
            self._check_free(entry, known)
            ref, now = known or self._new(entry), self._clock()
            deadline = Deadline(self._leases.send, self._monotonic)
            await tx.external_refs.put(replace(ref, state=RefState.OPEN, at=now))
        self._claims[entry.id] = now
        return entry, ref, deadline

    def _check_free(self, entry: Entry, known: Ref | None) -> None:
        """Raises Unavailable while another process may be writing it."""
        if known is None or known.state is not RefState.OPEN or self._claims.get(entry.id) == known.at:
            return
        left = (known.at + self._patience - self._clock()).total_seconds()
        if left > 0:
            raise Unavailable("Another process is writing this", retry_after=left)

    def _free_since(self) -> datetime:
        """Return the time of a claim for which nobody needs to wait."""
        return self._clock() - self._patience

    def _new(self, entry: Entry) -> Ref:
        return Ref(self._system.name, entry.id, entry.case.conversation.id, RefState.DONE, self._clock())

    async def _next(self, tx: Transaction, conversation_id: str) -> tuple[Entry, Ref | None] | None:
        case = await tx.conversations.case(conversation_id)
        if case is None:
            return None
        refs = await tx.external_refs.of(self._system.name, conversation_id)
        entries = outstanding(case, refs, self._system)
        return (entries[0], refs.get(entries[0].id)) if entries else None

    async def _write(self, entry: Entry, ref: Ref, deadline: Deadline, *, last_try: bool) -> bool:
        """Write an entry and put on record what came of it; tell whether the next one may follow."""
        try:
            written = await self._system.write(entry, deadline, doubtful=ref.state is RefState.OPEN)
        except Unavailable:
            await self._give_back(entry)
            raise
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
        if written.record:
            await self._go_on_in(entry, written)
        written_at = replace(ref, trouble="", at=self._clock())
        await self._record(entry, _told(entry, written_at, RefState.DONE, written))
        return True

    async def _give_back(self, entry: Entry) -> None:
        """Let others have it at once: nothing was written. Unless it is theirs already."""
        ours = self._claims.pop(entry.id, None)
        async with self._database.transaction() as tx:
            known = await tx.external_refs.get(self._system.name, entry.id)
            if known is not None and known.state is RefState.OPEN and known.at == ours:
                await tx.external_refs.put(replace(known, at=self._free_since()))

    async def _go_on_in(self, entry: Entry, written: Written) -> None:
        async with self._database.transaction() as tx:
            await go_on_in(tx, self._system.name, entry.case.conversation.id, written.record, written.url)

    async def _park(self, entry: Entry, ref: Ref, reason: str) -> bool:
        where = {"system": self._system.name, "conversation": entry.case.conversation.id}
        log.warning("entry_parked", extra=where | {"reason": reason})
        await self._record(entry, _told(entry, replace(ref, trouble=reason), RefState.PARKED, Written()))
        return not isinstance(entry, Began)

    async def _record(self, entry: Entry, ref: Ref) -> None:
        """Keep the row; the card is shown anew when it says something else of this.

        Trouble in other words is the same trouble: each change of the conversation leads back here. That there is a
        record now is worth no call to Slack: the card's next change tells, or `recordlinks` in a while.
        """
        if ref.state is not RefState.OPEN:
            self._claims.pop(entry.id, None)
        async with self._database.transaction() as tx:
            known = await tx.external_refs.get(ref.system, ref.entry_id)
            await tx.external_refs.put(ref)
            conversation = await tx.conversations.get(entry.case.conversation.id)
            if conversation is None:
                return
            if bool(ref.trouble) != bool(known and known.trouble):
                await move(tx, conversation, conversation.status, self._clock())


async def go_on_in(tx: Transaction, system: str, conversation_id: str, record: str, url: str) -> None:
    """Have a conversation on another record from now on; nothing is known yet of what that one's status is."""
    refs = await tx.external_refs.of(system, conversation_id)
    began = refs.get(conversation_id)
    if began is None or began.external_id == record:
        return
    await tx.external_refs.put(replace(began, external_id=record, url=url, mark="", trouble=""))
    status = refs.get(status_entry(conversation_id))
    if status is not None:
        await tx.external_refs.put(replace(status, external_id="", mark=""))


def _told(entry: Entry, ref: Ref, state: RefState, written: Written) -> Ref:
    if isinstance(entry, StatusChanged):
        return replace(ref, state=state, external_id=entry.word, mark=written.stays or entry.word)
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
