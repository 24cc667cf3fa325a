"""What came with messages besides their words: files, and what callers have left."""

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block

from blocks import calls, kit, text
from bot.core.model import Attachment, Message
from bot.core.speech import speech_of

_FILES = 10
_LARGEST_FILE = 5 * 1024 * 1024
_LOGO = 4096


def files(messages: Sequence[Message]) -> list[Block]:
    """Name what was attached: nobody but the reader of the card will open it."""
    names = [_file(file, file in shown_files(m)) for m in messages for file in m.attachments]
    if not names:
        return []
    more = f" and {len(names) - _FILES} more" if len(names) > _FILES else ""
    return [kit.context("files", f":paperclip: {text.dotted(names[:_FILES])}{more}")]


def shown_files(message: Message) -> tuple[Attachment, ...]:
    """Return what of the attachments stands in the thread: what is kept and small, but no logo of a signature."""
    kept = (f for f in message.attachments if f.sha256 and f.size <= _LARGEST_FILE)
    return tuple(f for f in kept if not (f.inline and f.size < _LOGO))[:_FILES]


def _file(attachment: Attachment, shown: bool) -> str:
    name = text.escape(text.cut(text.one_line(attachment.name), 80)) or "a file without a name"
    if attachment.missing:
        return f"{name} ({text.escape(text.cut(text.one_line(attachment.missing), 120))})"
    if not attachment.size:
        return name
    where = "" if shown or attachment.inline else ", only in the original"
    return f"{name} ({text.size(attachment.size)}{where})"


def recordings(messages: Sequence[Message]) -> list[Block]:
    """Link what callers have left, for whoever wants to hear it."""
    # The transcript names its recording too, but does not know how long it is.
    found = {str(one.get("sid")): one for one in map(_recording, reversed(messages)) if one}
    lines = [_listen(recording) for recording in found.values()]
    return [kit.context("recordings", f":studio_microphone: {text.dotted(lines[:_FILES])}")] if lines else []


def _recording(message: Message) -> Mapping[str, Any]:
    found = speech_of(message).get("recording")
    return found if isinstance(found, Mapping) else {}


def _listen(recording: Mapping[str, Any]) -> str:
    seconds = recording.get("seconds")
    length = f" ({seconds} s)" if isinstance(seconds, int) and seconds > 0 else ""
    return f"{text.link(str(recording.get('url', '')), 'Listen to the recording')}{length}"


def call(messages: Sequence[Message]) -> list[Block]:
    """Tell how well a caller was heard, and link what was recorded."""
    told = calls.told(messages)
    heard = [kit.context("heard", f":telephone_receiver: {told}")] if told else []
    return [*heard, *recordings(messages)]
