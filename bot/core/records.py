"""What a record system is still to be told, as a pure function of a case and of what it was told before."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.model import Case, Message, Note, Ref, RefState, Sender, Status
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Entry,
    NoteTaken,
    RecordSystem,
    Remark,
    StatusChanged,
    Voice,
)

_HOPS, _HOP_WINDOW = 10, timedelta(minutes=1)


def status_entry(conversation_id: str) -> str:
    """Return the id under which the status of a conversation is kept in step."""
    return f"status:{conversation_id}"


def began_with(conversation_id: str) -> str:
    """Return the mark of the message with which the record of a conversation began."""
    return f"began:{conversation_id}"


def unheard(remarks: Iterable[Remark], known: Container[str]) -> list[Remark]:
    """Leave out what we said ourselves, and what was taken in or written before (`known` ids)."""
    return [one for one in remarks if one.voice is not Voice.OURS and one.id not in known]


def by_line(note: Note) -> str:
    """Return who typed a note, and where."""
    return f"Note by {note.author} in {note.system.capitalize() or 'Slack'}:"


def too_many(crossed: Iterable[datetime], now: datetime) -> bool:
    """Tell whether more was said over there within the last minute than people say: two machines may be at it."""
    return sum(now - _HOP_WINDOW < at for at in crossed) > _HOPS


def outstanding(case: Case, refs: Mapping[str, Ref], system: RecordSystem) -> Sequence[Entry]:
    """Return what is to be written, in order; `refs` are those of this conversation and system, by entry.

    Nothing follows before there is a record, and none is begun before the customer has written.
    """
    if not system.wants(case):
        return ()
    began = refs.get(case.conversation.id)
    if began is None or not began.external_id:
        first = None if only_machines(case) else first_asked(case)
        return [Began(case.conversation.id, case, "", first)] if first is not None else ()
    said = [*_said(case, refs, system, began.external_id)]
    return [*said, *_status(case, refs, system, began.external_id)]


def first_asked(case: Case) -> Message | None:
    """Return the customer's first message: a record begins with it, also where an agent wrote before."""
    return next((m for m in case.messages if m.sender is Sender.CUSTOMER), None)


def only_machines(case: Case) -> bool:
    """Tell whether nobody but machines has written, and none of us heeds it: an absence note, STOP by text message.

    That is nobody's work, so no record is made of it; one that there is goes on.
    """
    left_alone = case.conversation.status in (Status.WORKING, Status.HELD, Status.RESOLVED)
    return left_alone and not case.notes and all(_by_machine(one) for one in case.messages)


def _by_machine(message: Message) -> bool:
    by_customer = message.sender is Sender.CUSTOMER
    return by_customer and (bool(message.automatic) or "keyword" in message.metadata)


def besides_the_first(case: Case, refs: Mapping[str, Ref]) -> Sequence[Message]:
    """Return the messages that have rows of their own among the `refs` once they are on record.

    Where messages were merged in since a record began, the one it began with bears a mark.
    """
    marked = any(ref.mark == began_with(case.conversation.id) for ref in refs.values())
    first = None if marked else first_asked(case)
    return [m for m in case.messages if m is not first]


def _said(case: Case, refs: Mapping[str, Ref], system: RecordSystem, record: str) -> Iterator[Entry]:
    carried = case.conversation.channel is system.carries
    messages = () if carried else besides_the_first(case, refs)
    things: list[Message | Note] = sorted([*messages, *case.notes], key=lambda thing: thing.created_at)
    for thing in things:
        ref = refs.get(thing.id)
        if ref is None or ref.state is RefState.OPEN:
            yield _entry(case, thing, record)


def _entry(case: Case, thing: Message | Note, record: str) -> Entry:
    if isinstance(thing, Note):
        return NoteTaken(thing.id, case, record, thing)
    kind = CameIn if thing.sender is Sender.CUSTOMER else AnswerSent
    return kind(thing.id, case, record, thing)


def _status(case: Case, refs: Mapping[str, Ref], system: RecordSystem, record: str) -> Iterator[Entry]:
    word, key = system.word_for(case.conversation.status), status_entry(case.conversation.id)
    told = refs.get(key)
    # One that was cut short is told again: the card may say that it is missing.
    if word and (told is None or told.external_id != word or told.state is RefState.OPEN):
        yield StatusChanged(key, case, record, word, told.mark if told is not None else "")
