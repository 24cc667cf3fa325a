"""What a card and a thread say of a call: how well the words were heard, and what the caller said on them."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from blocks import reading, text
from bot.core.model import Message
from bot.core.policy import percent
from bot.core.speech import Spoken, speech_of

_DID = {
    Spoken.HEARD: "said",
    Spoken.UNCONFIRMED: "said",
    Spoken.CONFIRMED: "said yes",
    Spoken.REJECTED: "said no",
    Spoken.RECORDED: "left a voice message",
    Spoken.TRANSCRIBED: "said in the voice message",
    Spoken.UNREADABLE: "left a voice message",
}
_LONGEST = 200


def did(message: Message) -> str:
    """Return the verb of a message: people write, and callers speak."""
    state = speech_of(message).get("state")
    return _DID[Spoken(state)] if state in set(Spoken) else "wrote"


def how_heard(message: Message) -> str:
    """Say of a caller's words how sure the line was of them; nothing of what is no words."""
    speech = speech_of(message)
    match speech.get("state"):
        case Spoken.HEARD | Spoken.UNCONFIRMED:
            return f"heard, {percent(float(speech.get('confidence') or 0))} sure of the words"
        case Spoken.TRANSCRIBED:
            return "transcript of the recording"
    return ""


def told(messages: Sequence[Message]) -> str:
    """Tell how the words of a call came about, escaped; nothing where nobody called."""
    return text.dotted(_steps(messages))


def _steps(messages: Sequence[Message]) -> Iterator[str]:
    for message, after in zip_longest(messages, messages[1:]):
        said, then = how_heard(message), speech_of(after).get("state") if after is not None else None
        if then == Spoken.CONFIRMED:
            yield f"{said}, and the caller said yes"
        elif then == Spoken.REJECTED:
            words = text.escape(text.cut(text.one_line(reading.said(message)), _LONGEST))
            yield f"heard first: “{words}”, and the caller said no"
        elif said:
            yield said
