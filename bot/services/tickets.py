"""Tickets: conversations that people work on in a record system too, kept the same on both sides.

One job per conversation reads the record and then writes what is outstanding, so the two never cross. News of a
change is a hint to run that job: what happened is read, not told. What keeps an echo from going round: what we said
is left out by its author, what was taken in or written has a row, only what has no row is written, and more than
ten remarks in a minute stop it and call people.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from bot.core.errors import Gone, Unavailable
from bot.core.model import (
    NEXT,
    Case,
    Channel,
    Conversation,
    Inbound,
    Message,
    Note,
    Rating,
    Ref,
    RefState,
    Sender,
    Status,
    new_id,
)
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.records import Reading, RecordReader, RecordSystem, Remark, Voice
from bot.core.ports.storage import Database, Transaction
from bot.core.records import status_entry, too_many, unheard
from bot.services.intake import Intake
from bot.services.syncing import Syncing
from bot.services.transitions import move, note_event, plain_name
from bot.services.whereabouts import goes_on_in
from bot.services.withdrawing import cancel_pending

log = logging.getLogger(__name__)

SOLVED = "solved"
_TICKET = "#"  # What begins a key that names a record, not a conversation.
_CURSOR = "cursor"
_CAME = "came"  # The mark of what was said over there.
_PAUSE = 60.0
_LOOP = "More than 10 remarks came within a minute: see whether two machines answer each other"
_DELETED = "The ticket was deleted there"
# Where the record system itself brings a public remark to the customer.
_READ_THERE = frozenset({Channel.ZENDESK, Channel.EMAIL})


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
    ) -> None:
        """Keep conversations and records the same; `takes_in` says that a record begun there is a conversation."""
        self._database = database
        self._system = system
        self._reader = reader
        self._intake = intake
        self._clock = clock
        self._takes_in = takes_in
        self._syncing = Syncing(database, system, clock)

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
        async with self._database.transaction() as tx:
            ours = await tx.external_refs.conversation_of(self._system.name, record)
            if ours is None and reading.conversation_id:
                found = await tx.conversations.get(reading.conversation_id)
                ours = found.id if found is not None else None
            if ours is not None:
                await tx.defer(Lane.SYNC, f"{self._system.name}:{ours}")
                return
        first = next((r for r in reading.remarks or () if r.voice is Voice.CUSTOMER), None)
        if first is None or reading.status == SOLVED or reading.conversation_id or not self._takes_in:
            return  # Internal, over, of a database that is gone, or nobody wants it.
        inbound = Inbound(
            channel=self._system.carries or Channel.ZENDESK,
            external_id=f"{record}/{first.id}",
            address=reading.address,
            text=first.text,
            name=reading.name,
            subject=reading.subject,
            email=reading.email,
            verified=reading.verified,
        )
        await self._intake.receive(inbound, also=partial(self._begun, reading, first))

    async def _begun(self, reading: Reading, first: Remark, tx: Transaction, message: Message) -> None:
        talk, at = message.conversation_id, self._clock()
        await tx.external_refs.put(
            Ref(self._system.name, talk, talk, RefState.DONE, at, reading.record, reading.url)
        )
        await tx.external_refs.put(self._taken(talk, message.id, first))

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
            refs = await tx.external_refs.of(name, conversation_id)
        if ref is None or not ref.external_id:
            return True
        try:
            reading = await self._reader.read(ref.external_id, ref.mark)
        except Gone:
            await self._trouble(ref, RefState.PARKED, _DELETED, alarm=False)
            return False
        remarks = refs.keys() - {conversation_id, status_entry(conversation_id)}
        known = {refs[entry].external_id for entry in remarks}
        heard = unheard(reading.remarks or (), known)
        crossed = [remark.at for remark in heard] + [one.at for one in refs.values() if one.mark == _CAME]
        if too_many(crossed, self._clock()):
            await self._trouble(ref, RefState.OPEN, _LOOP, alarm=True)
            raise Unavailable("Too many remarks in a minute", retry_after=_PAUSE)
        for remark in heard:
            await self._take_in(conversation_id, ref, remark)
        await self._settle(ref, reading)
        return True

    async def _take_in(self, conversation_id: str, ref: Ref, remark: Remark) -> None:
        if remark.voice is Voice.CUSTOMER:
            await self._customer_wrote(conversation_id, ref, remark)
            return
        async with self._database.transaction() as tx:
            place = await goes_on_in(tx, conversation_id)
            case = await tx.conversations.case(place.id) if place is not None else None
            if case is None:
                return
            if remark.public and case.conversation.channel in _READ_THERE:
                await self._agent_answered(tx, case, ref, remark)
            else:
                await self._agent_noted(tx, case, ref, remark)

    async def _customer_wrote(self, conversation_id: str, ref: Ref, remark: Remark) -> None:
        async with self._database.snapshot() as tx:
            conversation = await tx.conversations.get(conversation_id)
        if conversation is None:
            return

        async def also(tx: Transaction, message: Message) -> None:
            await tx.external_refs.put(self._taken(conversation_id, message.id, remark))

        inbound = Inbound(
            channel=conversation.channel,
            external_id=self._external_id(conversation, ref, remark),
            address=conversation.address,
            text=remark.text,
            name=remark.author,
            conversation_hint=conversation_id,
        )
        await self._intake.receive(inbound, also=also)

    async def _agent_answered(self, tx: Transaction, case: Case, ref: Ref, remark: Remark) -> None:
        """Put on record what an agent has told the customer over there: it answers what stood there by then."""
        conversation, now = case.conversation, self._clock()
        turn = max((m.turn for m in case.messages if m.created_at <= remark.at), default=conversation.turn)
        message = Message(
            id=new_id(),
            conversation_id=conversation.id,
            seq=NEXT,
            turn=turn,
            sender=Sender.AGENT,
            content=remark.text,
            created_at=now,
            external_id=self._external_id(conversation, ref, remark),
            author=plain_name(remark.author),
            metadata={"written_in": self._system.name},
        )
        if await tx.messages.add(message, conversation.channel) is None:
            return
        await tx.external_refs.put(self._taken(conversation.id, message.id, remark))
        said = {"system": self._system.name, "author": remark.author, "text": remark.text}
        await self._audit(tx, conversation.id, "answered_elsewhere", said)
        settled = turn == conversation.turn
        if settled:
            await cancel_pending(tx, case, now)
        status = Status.ANSWERED if settled else conversation.status
        await move(tx, conversation, status, now, escalated=conversation.escalated and not settled)

    async def _agent_noted(self, tx: Transaction, case: Case, ref: Ref, remark: Remark) -> None:
        note = Note(
            id=new_id(),
            conversation_id=case.conversation.id,
            author=remark.author,
            content=remark.text,
            desk_ref=f"{self._system.name}:{ref.external_id}/{remark.id}"[:64],
            created_at=self._clock(),
        )
        if not await tx.notes.add(note):
            return
        await tx.external_refs.put(self._taken(case.conversation.id, note.id, remark))
        if remark.public:
            said = f"{plain_name(remark.author)} answered in {self._system.name.capitalize()}, where this customer"
            await note_event(
                tx, case.conversation.id, f"{said} does not read: press Reply to send it.", note.created_at
            )
        await move(tx, case.conversation, case.conversation.status, note.created_at)

    async def _settle(self, ref: Ref, reading: Reading) -> None:
        """Follow their status where they changed it, and remember how far we have read."""
        if reading.remarks is None and not ref.trouble:
            return
        talk = ref.entry_id
        async with self._database.transaction() as tx:
            case = await tx.conversations.case(talk)
            if case is None:
                return
            refs = await tx.external_refs.of(self._system.name, talk)
            key = status_entry(talk)
            told = refs.get(key) or Ref(self._system.name, key, talk, RefState.DONE, self._clock())
            if reading.status != told.mark:
                missing = _is_missing_there(case, refs, self._system.carries)
                word = await self._follow(tx, case, reading.status, told, missing=missing)
                await tx.external_refs.put(replace(told, external_id=word, mark=reading.status))
            await tx.external_refs.put(replace(ref, state=RefState.DONE, mark=reading.stamp, trouble=""))
            if await self._rated(tx, case, reading) or ref.trouble:
                await move(tx, case.conversation, case.conversation.status, self._clock())

    async def _rated(self, tx: Transaction, case: Case, reading: Reading) -> bool:
        """Keep how the customer rates it over there; tell whether that is new."""
        known = case.rating
        if not reading.score or (known and (known.score, known.comment) == (reading.score, reading.comment)):
            return False
        await tx.ratings.put(Rating(case.conversation.id, reading.score, reading.comment, self._clock()))
        return True

    async def _follow(self, tx: Transaction, case: Case, theirs: str, told: Ref, *, missing: bool) -> str:
        """Do as they did; return the word that both sides have agreed on, as far as we are concerned."""
        ours, name = self._system.word_for(case.conversation.status), self._system.name.capitalize()
        talk, now = case.conversation, self._clock()
        if case.merged_into is not None:
            return (
                theirs if theirs == SOLVED else ""
            )  # It goes on in another one: this record is closed again.
        if theirs == SOLVED != ours and not missing:
            await cancel_pending(tx, case, now)
            await self._audit(tx, talk.id, "resolve", {"in": self._system.name})
            await note_event(tx, talk.id, f"Resolved in {name}", now)
            await move(tx, talk, Status.RESOLVED, now, escalated=False)
            return theirs
        if ours == SOLVED != theirs and told.mark == SOLVED:
            await self._audit(tx, talk.id, "reopen", {"in": self._system.name})
            await note_event(tx, talk.id, f"Opened again in {name}", now)
            await move(tx, talk, Status.ESCALATED if case.unanswered else Status.ANSWERED, now)
            return theirs
        return theirs if theirs in (SOLVED, ours) or not told.external_id else told.external_id

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

    async def _audit(
        self, tx: Transaction, conversation_id: str, action: str, payload: dict[str, str]
    ) -> None:
        await tx.audit.append(
            at=self._clock(), actor=self._system.name, action=action, subject=conversation_id, payload=payload
        )

    def _taken(self, conversation_id: str, entry_id: str, remark: Remark) -> Ref:
        """Make the row that keeps a remark from being taken in again, and from being written where it came from."""
        return Ref(
            self._system.name, entry_id, conversation_id, RefState.DONE, remark.at, remark.id, mark=_CAME
        )

    def _external_id(self, conversation: Conversation, ref: Ref, remark: Remark) -> str:
        """Return what a remark is called on the conversation's own channel."""
        said = f"{ref.external_id}/{remark.id}"
        return said if conversation.channel is self._system.carries else f"{self._system.name}:{said}"


def _is_missing_there(case: Case, refs: Mapping[str, Ref], carries: Channel | None) -> bool:
    """Tell whether a customer's message is not on the record yet, so that whoever closed it cannot have read it."""
    if case.conversation.channel is carries:
        return False
    written = {key for key, ref in refs.items() if ref.state is not RefState.OPEN}
    asked = [m for m in case.messages[1:] if m.sender is Sender.CUSTOMER]
    return any(m.id not in written for m in asked)
