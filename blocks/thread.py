"""What stands beneath a card: every message in full and every event, in order of time.

While the card alone shows everything, the thread stays empty: that spares a busy Slack channel four posts for each
question that is taken, answered and resolved. With the second question, a cut text or an event that the card does not
show the whole talk is written out, all events with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from blocks import attached, calls, kit, onrecord, parts, reading, text
from blocks.card import everything_is_on_the_card
from bot.core.model import Attachment, Case, Event, Message, Note, Sender
from bot.core.speech import is_aside

_PARTS_PER_LEAF = 4
_PART = text.SECTION_MAX - 100


@dataclass(frozen=True)
class Leaf:
    """One Slack message beneath a card; `name` stays the same for the same content, `files` are uploaded with it."""

    name: str
    text: str
    blocks: Sequence[kit.Json]
    files: Sequence[Attachment] = ()


def leaves(case: Case) -> list[Leaf]:
    """Write out the talk, oldest first; long messages take several leaves."""
    if everything_is_on_the_card(case):
        return [leaf for message in case.messages for leaf in _files_of(message)]
    entries: list[Message | Event | Note] = sorted(
        [*reading.talk(case), *case.events, *reading.notes_from_elsewhere(case)],
        key=lambda entry: entry.created_at,
    )
    return [leaf for entry in entries for leaf in _leaves_of(case, entry)]


def _leaves_of(case: Case, entry: Message | Event | Note) -> list[Leaf]:
    if isinstance(entry, Note):
        return _note(entry)
    if isinstance(entry, Event):
        line = text.dotted([text.cut_marked(text.with_actor(entry.text), 1500), text.clock(entry.created_at)])
        return [Leaf(f"event:{entry.id}", line, kit.message([kit.context("event", line)]))]
    said = _text_of(entry)
    told = [
        _leaf(case, entry, number, said[at : at + _PARTS_PER_LEAF])
        for number, at in enumerate(range(0, len(said), _PARTS_PER_LEAF), 1)
    ]
    return told + _files_of(entry)


def _note(note: Note) -> list[Leaf]:
    """Show a note that was typed elsewhere; one that was typed here stands here already."""
    where = onrecord.system_word(note.system)
    title = text.dotted([f":memo: {parts.bold(note.author)} noted in {where}", text.clock(note.created_at)])
    said = text.pieces(note.content, _PART)[:_PARTS_PER_LEAF] or ["_(empty note)_"]
    blocks = [kit.context("title", title), *kit.sections("said", said)]
    summary = f"{text.escape(note.author)} noted in {where}"
    return [Leaf(f"note:{note.id}", summary, kit.message(blocks))]


def _files_of(message: Message) -> list[Leaf]:
    """Show what came with a message, as far as Slack takes it: one upload, known by its words.

    An upload never changes. So what could be fetched only later is one of its own.
    """
    files = attached.shown_files(message)
    at_once = tuple(file for file in files if not file.late)
    uploads = [_upload(message, f"files:{message.id}", at_once)] if at_once else []
    return uploads + [
        _upload(message, f"file:{message.id}:{file.sha256[:16]}", (file,)) for file in files if file.late
    ]


def _upload(message: Message, name: str, files: Sequence[Attachment]) -> Leaf:
    count = f"{len(files)} file{'s'[: len(files) > 1]}"
    late = f"fetched late: {text.escape(text.one_line(files[0].name))}" if files[0].late else ""
    title = f":paperclip: *{count}* of message {message.seq}"
    return Leaf(name, text.dotted([title, late, text.clock(message.created_at)]), [], files)


def _text_of(message: Message) -> list[str]:
    if is_aside(message):
        return parts.quote(message, _PART)
    by_customer = message.sender is Sender.CUSTOMER
    return text.pieces(reading.said(message), _PART, "> " if by_customer else "") or ["_(empty message)_"]


def _leaf(case: Case, message: Message, number: int, said: Sequence[str]) -> Leaf:
    first = number == 1
    title = text.dotted(
        [
            _title(case, message),
            calls.how_heard(message),
            text.clock(message.created_at),
            "" if first else "continued",
        ]
    )
    blocks = [kit.context("title", title), *kit.sections("said", said)]
    blocks += [*attached.files([message]), *attached.recordings([message])] if first else []
    name = f"message:{message.id}" if first else f"message:{message.id}:{number}"
    return Leaf(name, f"{_speaker(case, message)}: {_beginning(message)}", kit.message(blocks))


def _beginning(message: Message) -> str:
    return text.escape(text.cut(text.one_line(reading.said(message)), 200)) or "(empty message)"


def _title(case: Case, message: Message) -> str:
    if message.automatic:
        return f":robot_face: *Sent by a machine:* {text.escape(message.automatic)}"
    match message.sender:
        case Sender.CUSTOMER:
            name, other = parts.bold(reading.customer_name(case)), reading.stranger(case, message)
            if other:
                return f":warning: {parts.bold(other)} wrote, not {name}"
            return f":bust_in_silhouette: {name} {calls.did(message)}"
        case Sender.AI:
            return ":white_check_mark: *Answered by itself*"
        case Sender.AGENT:
            return f":white_check_mark: {text.person(message.author)} *answered*"


def _speaker(case: Case, message: Message) -> str:
    if message.automatic:
        return "Sent by a machine"
    if message.sender is Sender.CUSTOMER:
        return text.escape(reading.stranger(case, message) or reading.customer_name(case))
    return text.person(message.author) if message.sender is Sender.AGENT else "Answered by itself"
