"""The status of a conversation and of its record, the same on both sides; and how the customer rates it there."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.model import Case, Channel, Rating, Ref, RefState, Sender, Status
from bot.core.ports.engine import Clock
from bot.core.ports.records import Reading, RecordSystem
from bot.core.ports.storage import Database, Transaction
from bot.core.records import besides_the_first, status_entry
from bot.services.hindsight import look_at_rating
from bot.services.transitions import move, note_event
from bot.services.withdrawing import cancel_pending


class Standing:
    """Follows what people make of a record, where it is theirs and not our own echo."""

    def __init__(self, database: Database, system: RecordSystem, clock: Clock) -> None:
        self._database = database
        self._system = system
        self._clock = clock
        self.over = system.word_for(Status.RESOLVED)

    async def settle(self, ref: Ref, reading: Reading) -> None:
        """Follow their status where they changed it, and remember how far we have read."""
        if reading.remarks is None and not ref.trouble:
            return
        talk = ref.entry_id
        async with self._database.transaction() as tx:
            case = await tx.conversations.case(talk)
            if case is None:
                return
            refs = await tx.external_refs.of(self._system.name, talk)
            if talk not in refs or refs[talk].external_id != ref.external_id:
                return  # Another record has taken its place while this one was read.
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
        await look_at_rating(tx, case.conversation.id, reading.score, self._clock())
        return True

    async def _follow(self, tx: Transaction, case: Case, theirs: str, told: Ref, *, missing: bool) -> str:
        """Do as they did; return the word that both sides have agreed on, as far as we are concerned.

        What was merged rests: the other conversation is where it goes on, so what is opened again is closed again.
        """
        if case.merged_into is not None:
            return theirs if theirs == self.over else ""
        ours, name = self._system.word_for(case.conversation.status), self._system.name.capitalize()
        talk, now = case.conversation, self._clock()
        if theirs == self.over != ours and not missing:
            await cancel_pending(tx, case, now)
            await self._audit(tx, talk.id, "resolve")
            await note_event(tx, talk.id, f"Resolved in {name}", now)
            await move(tx, talk, Status.RESOLVED, now, escalated=False)
            return theirs
        if ours == self.over != theirs and told.mark == self.over:
            await self._audit(tx, talk.id, "reopen")
            await note_event(tx, talk.id, f"Opened again in {name}", now)
            await move(tx, talk, Status.ESCALATED if case.unanswered else Status.ANSWERED, now)
            return theirs
        return theirs if theirs in (self.over, ours) or not told.external_id else told.external_id

    async def _audit(self, tx: Transaction, conversation_id: str, action: str) -> None:
        said = {"in": self._system.name}
        await tx.audit.append(
            at=self._clock(), actor=self._system.name, action=action, subject=conversation_id, payload=said
        )


def _is_missing_there(case: Case, refs: Mapping[str, Ref], carries: Channel | None) -> bool:
    """Tell whether a customer's message is not on the record yet, so that whoever closed it cannot have read it."""
    if case.conversation.channel is carries:
        return False
    written = {key for key, ref in refs.items() if ref.state is not RefState.OPEN}
    asked = [m for m in besides_the_first(case, refs) if m.sender is Sender.CUSTOMER]
    return any(m.id not in written for m in asked)
