"""What record systems have to know when conversations are merged that have a record there."""

from datetime import datetime

from bot.core.model import Case, Note, Ref, RefState, new_id
from bot.core.ports.storage import Transaction
from bot.core.records import began_with


async def keep_records(tx: Transaction, source: Case, target: Case, now: datetime) -> None:
    """Note with which message either record began, and have each say where the other one is.

    What one record holds is not written into the other one; whoever works there finds it by the note.
    """
    records = {ref.system: ref for ref in await tx.external_refs.begun(source.conversation.id)}
    for case in (source, target):
        for ref in await tx.external_refs.begun(case.conversation.id):
            await _note_beginning(tx, case, ref)
    for ref in await tx.external_refs.begun(target.conversation.id):
        if (other := records.get(ref.system)) is not None:
            await _leave_note(tx, source, f"This was merged into {_named(ref)}, where it goes on.", now)
            await _leave_note(tx, target, f"{_named(other)} was merged into this one.", now)


async def _note_beginning(tx: Transaction, case: Case, ref: Ref) -> None:
    if case.messages:
        talk = case.conversation.id
        first = Ref(ref.system, case.messages[0].id, talk, RefState.DONE, ref.at, mark=began_with(talk))
        await tx.external_refs.add(first)


async def _leave_note(tx: Transaction, case: Case, text: str, now: datetime) -> None:
    """Leave a note that only record systems are told of: Slack's threads have an event that says the same."""
    reference = new_id()
    await tx.notes.add(Note(reference, case.conversation.id, "threadpilot", text, f"MERGE/{reference}", now))


def _named(ref: Ref) -> str:
    return f"{ref.external_id} ({ref.url})" if ref.url else ref.external_id
