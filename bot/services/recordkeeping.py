"""What record systems have to know when conversations are merged that have a record there."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.model import Case, Note, Ref, RefState, new_id
from bot.core.ports.storage import Transaction
from bot.core.records import began_with, first_asked


async def keep_records(tx: Transaction, source: Case, target: Case, now: datetime) -> None:
    """Note with which message either record began, and have each say where the other one is.

    What one record holds is not written into the other one; whoever works there finds it by the note.
    """
    gone, going_on = await _begun(tx, source), await _begun(tx, target)
    both = _systems_of_both(gone, going_on)
    if both:
        here, there = _named(going_on, both), _named(gone, both)
        await _leave_note(tx, source, f"This was merged into {here}, where it goes on.", now)
        await _leave_note(tx, target, f"{there} was merged into this one.", now)


async def part_records(tx: Transaction, source: Case, target: Case, now: datetime) -> None:
    """Have either record say that what their notes tell of a merge was taken back."""
    refs = tx.external_refs
    parted, left = await refs.begun(source.conversation.id), await refs.begun(target.conversation.id)
    both = _systems_of_both(parted, left)
    if both:
        here, there = _named(left, both), _named(parted, both)
        await _leave_note(tx, source, f"The merge into {here} was taken back: this goes on here.", now)
        await _leave_note(tx, target, f"The merge of {there} was taken back: that goes on there.", now)


def _systems_of_both(some: Sequence[Ref], others: Sequence[Ref]) -> Sequence[str]:
    known = {ref.system for ref in some}
    return [ref.system for ref in others if ref.system in known]


async def _begun(tx: Transaction, case: Case) -> Sequence[Ref]:
    """Return a conversation's records, having noted with which message they began.

    Only once: after a merge the first message may be one that was merged in, and is still to be written.
    """
    talk, records = case.conversation.id, await tx.external_refs.begun(case.conversation.id)
    if (asked := first_asked(case)) is None:
        return records
    for ref in records:
        known = (await tx.external_refs.of(ref.system, talk)).values()
        if not any(one.mark == began_with(talk) for one in known):
            first = Ref(ref.system, asked.id, talk, RefState.DONE, ref.at, mark=began_with(talk))
            await tx.external_refs.add(first)
    return records


async def _leave_note(tx: Transaction, case: Case, text: str, now: datetime) -> None:
    """Leave a note that only record systems are told of: Slack's threads have an event that says the same."""
    reference = new_id()
    await tx.notes.add(Note(reference, case.conversation.id, "threadpilot", text, f"MERGE/{reference}", now))


def _named(refs: Sequence[Ref], systems: Sequence[str]) -> str:
    known = (ref for ref in refs if ref.system in systems)
    return ", ".join(f"{ref.external_id} ({ref.url})" if ref.url else ref.external_id for ref in known)
