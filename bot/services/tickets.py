"""Tickets: conversations that people work on in a record system too, kept the same on both sides.

One job per conversation reads the record and then writes what is outstanding, so the two never cross. News of a
change is a hint to run that job: what happened is read, not told. What keeps an echo from going round: what we said
is left out by its author, what was taken in or written has a row, only what has no row is written, and more than
ten remarks in a minute stop it and call people.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.core.errors import Gone, Unavailable
from bot.core.leases import USUAL, Leases
from bot.core.model import Channel, Inbound, Message, Ref, RefState, Status
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.records import Reading, RecordReader, RecordSystem, Remark, Voice
from bot.core.ports.storage import Database, Transaction
from bot.core.records import status_entry, too_many, unheard
from bot.services.intake import Intake
from bot.services.remarks import CAME, Remarks
from bot.services.standing import Standing
from bot.services.syncing import Syncing, go_on_in
from bot.services.transitions import move, note_event

log = logging.getLogger(__name__)

_TICKET = "#"  # What begins a key that names a record, not a conversation.
_CURSOR = "cursor"
_PAUSE = 60.0
_LOOP = "More than 10 remarks came within a minute: see whether two machines answer each other"
_DELETED = "It was deleted there"


class Tickets:
    """Both directions of one record system; the handler of its jobs in the `sync` lane."""

    def __init__(
        self,
        database: Database,
        system: RecordSystem,
        reader: RecordReader,
        intake: Intake,
        clock: Clock,
        *,
        takes_in: bool = True,
        alone: bool = True,
        leases: Leases = USUAL,
    ) -> None:
        """Keep conversations and records the same; `takes_in` says that a record begun there is a conversation.

        What `alone` and `leases` are is told by `Syncing`.
        """
        self._database = database
        self._system = system
        self._reader = reader
        self._intake = intake
        self._clock = clock
        self._takes_in = takes_in
        self._syncing = Syncing(database, system, clock, alone=alone, leases=leases)
        self._remarks = Remarks(database, system, reader, intake, clock)
        self._standing = Standing(database, system, clock)

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Bring a conversation and its record in line; `#35` names a record, of which we may not have heard.

        Raises:
            Unavailable, OutcomeUnknown: later.
        """
        if key.startswith(_TICKET):
            await self._adopt(key.removeprefix(_TICKET))
        elif await self._read(key):
            await self._syncing(key, retried=retried)

    async def hint(self, record: str, *, once: str = "") -> None:
        """Have a record looked at, because something happened to it; under one `once`, only the first time.

        Raises:
            Unavailable: it was not noted.
        """
        async with self._database.transaction() as tx:
            if not once or await tx.receipts.add(f"{self._system.name}:{once}", self._clock()):
                await self._look_at(tx, record)

    async def poll(self) -> None:
        """Have looked at whatever changed since the last time, in case nobody told us.

        Raises:
            Unavailable: it cannot be asked now.
        """
        async with self._database.snapshot() as tx:
            known = await tx.external_refs.get(self._system.name, _CURSOR)
        now = self._clock()
        cursor = known or Ref(self._system.name, _CURSOR, None, RefState.DONE, now)
        more = True
        while more:
            changes = await self._reader.changed(cursor.mark, cursor.at)
            more = changes.more and changes.bookmark != cursor.mark
            if known is None or changes.bookmark != cursor.mark:
                cursor = replace(cursor, mark=changes.bookmark)
                async with self._database.transaction() as tx:
                    await tx.external_refs.put(cursor)
                    for record in sorted(set(changes.records)):
                        await self._look_at(tx, record)

    async def _look_at(self, tx: Transaction, record: str) -> None:
        conversation_id = await tx.external_refs.conversation_of(self._system.name, record)
        what = conversation_id or f"{_TICKET}{record}"
        await tx.defer(Lane.SYNC, f"{self._system.name}:{what}")

    async def _adopt(self, record: str) -> None:
        """Make a record that began over there a conversation; one that we made leads to its conversation."""
        reading = await self._reader.read(record, "")
        await self._hear_out(reading.follows)
        async with self._database.transaction() as tx:
            ours = await self._ours(tx, reading)
            if ours is not None:
                await tx.defer(Lane.SYNC, f"{self._system.name}:{ours}")
        if ours is not None:
            await self._overhear(ours, reading)
            return
        first = next((r for r in reading.remarks or () if r.voice is Voice.CUSTOMER), None)
        if (
            first is None
            or reading.status == self._standing.over
            or reading.conversation_id
            or not self._takes_in
        ):
            return  # Internal, over, of a database that is gone, or nobody wants it.
        files = await self._remarks.files_of(first)
        inbound = Inbound(
            channel=self._system.carries or Channel.ZENDESK,
            external_id=f"{record}/{first.id}",
            address=reading.address,
            text=first.text,
            name=reading.name,
            subject=reading.subject,
            email=reading.email,
            verified=reading.verified,
            attachments=files.attachments,
            contents=files.contents,
        )
        await self._intake.receive(inbound, also=partial(self._begun, reading, first))

    async def _hear_out(self, closed: str) -> None:
        """Take in what was last said on a record before another takes its place."""
        async with self._database.snapshot() as tx:
            followed = await tx.external_refs.conversation_of(self._system.name, closed) if closed else None
        if followed is not None:
            await self._pull(followed)

    async def _overhear(self, conversation_id: str, reading: Reading) -> None:
        """Take in what is said on a record of a conversation that is not the one where it goes on.

        There are two where an answer and a note, or we and the customer, went on from a closed one at once.
        """
        async with self._database.snapshot() as tx:
            ref = await tx.external_refs.get(self._system.name, conversation_id)
        if ref is not None and ref.external_id not in {"", reading.record}:
            await self._hear(ref, reading.record, reading.remarks)

    async def _ours(self, tx: Transaction, reading: Reading) -> str | None:
        """Return the conversation that a record belongs to; one that follows another takes its place."""
        name = self._system.name
        known = await tx.external_refs.conversation_of(name, reading.record)
        if known is not None:
            return known
        followed = await tx.external_refs.conversation_of(name, reading.follows) if reading.follows else None
        if followed is not None:
            await go_on_in(tx, name, followed, reading.record, reading.url)
            return followed
        made = await tx.conversations.get(reading.conversation_id) if reading.conversation_id else None
        return made.id if made is not None else None

    async def _begun(self, reading: Reading, first: Remark, tx: Transaction, message: Message) -> None:
        talk, at = message.conversation_id, self._clock()
        await tx.external_refs.put(
            Ref(self._system.name, talk, talk, RefState.DONE, at, reading.record, reading.url)
        )
        await tx.external_refs.put(self._remarks.taken(talk, message.id, first))

    async def _read(self, conversation_id: str) -> bool:
        try:
            return await self._pull(conversation_id)
        except Unavailable as error:
            await self._syncing.behind(conversation_id, error)
            raise

    async def _pull(self, conversation_id: str) -> bool:
        """Take in what happened over there; tell whether something may be written there."""
        name = self._system.name
        async with self._database.snapshot() as tx:
            ref = await tx.external_refs.get(name, conversation_id)
        if ref is None or not ref.external_id:
            return True
        try:
            reading = await self._reader.read(ref.external_id, ref.mark)
        except Gone:
            await self._trouble(ref, RefState.PARKED, _DELETED, alarm=False)
            return False
        await self._hear(ref, ref.external_id, reading.remarks)
        await self._standing.settle(ref, reading)
        return True

    async def _hear(self, ref: Ref, record: str, remarks: Sequence[Remark] | None) -> None:
        """Take in what is new of the remarks on a `record` of the conversation that this row is of."""
        talk = ref.entry_id
        async with self._database.snapshot() as tx:
            refs = await tx.external_refs.of(self._system.name, talk)
        known = {refs[entry].external_id for entry in refs.keys() - {talk, status_entry(talk)}}
        heard = unheard(remarks or (), known)
        crossed = [remark.at for remark in heard] + [one.at for one in refs.values() if one.mark == CAME]
        if too_many(crossed, self._clock()):
            await self._trouble(ref, RefState.OPEN, _LOOP, alarm=True)
            raise Unavailable("Too many remarks in a minute", retry_after=_PAUSE)
        for remark in heard:
            await self._remarks.take_in(talk, replace(ref, external_id=record), remark)

    async def _trouble(self, ref: Ref, state: RefState, why: str, *, alarm: bool) -> None:
        """Say on the card, once, what is wrong; with an `alarm`, call people."""
        if ref.trouble == why:
            return
        async with self._database.transaction() as tx:
            await tx.external_refs.put(replace(ref, state=state, trouble=why))
            conversation = await tx.conversations.get(ref.entry_id)
            if conversation is None:
                return
            now, status = self._clock(), Status.ESCALATED if alarm else conversation.status
            if alarm:
                log.error("loop_stopped", extra={"conversation": conversation.id, "record": ref.external_id})
                await note_event(tx, conversation.id, f"{self._system.name.capitalize()} rests: {why}.", now)
            await move(tx, conversation, status, now, escalated=conversation.escalated or alarm)
