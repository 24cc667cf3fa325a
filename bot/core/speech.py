"""What was said on the phone, and how sure we are of the words.

A call becomes messages like any other channel's; each says in its metadata what it is (`speech.state`). Words that
the line was not sure of are kept at once, and so is a recording before anybody has written it down: a call can end at
any moment. The answer waits a while for the caller's yes and for the transcript.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import log
from typing import Any

from bot.core.model import Evidence, Message, Proposal

FOR_THE_CALLER = timedelta(seconds=60)
FOR_THE_RECORDING = timedelta(minutes=3)  # Two of them to speak.
FOR_THE_TRANSCRIPT = timedelta(minutes=10)
SURE_ENOUGH = 0.85  # Below this the caller is asked whether that is what they said.

# A confirmed transcript is as good as typed, nearly; nobody says how exact the transcript of a recording is.
_CONFIRMED, _TRANSCRIBED = 0.98, 0.75


class Spoken(StrEnum):
    """What a message of a call is."""

    HEARD = "heard"  # words, and how sure the line was of them
    UNCONFIRMED = "unconfirmed"  # the same, and the caller is being asked
    CONFIRMED = "confirmed"  # the caller's yes
    REJECTED = "rejected"  # the caller's no
    RECORDED = "recorded"  # a recording whose transcript is to come
    TRANSCRIBED = "transcribed"  # the words of a recording
    UNREADABLE = "unreadable"  # a recording of which there is no transcript


_PATIENCE: Mapping[object, timedelta] = {
    Spoken.UNCONFIRMED: FOR_THE_CALLER,
    Spoken.REJECTED: FOR_THE_RECORDING,
}
_WORDS = frozenset({Spoken.HEARD, Spoken.UNCONFIRMED, Spoken.TRANSCRIBED})


@dataclass(frozen=True)
class Heard:
    """The words to answer, how sure we are of them, and whether a recording is left that only people understand."""

    texts: tuple[str, ...]
    certainty: float = 1.0
    unread: bool = False


def speech_of(message: Message) -> Mapping[str, Any]:
    """Return what a message says about the call it comes from, or nothing."""
    told = message.metadata.get("speech")
    return told if isinstance(told, Mapping) else {}


def is_aside(message: Message) -> bool:
    """Tell whether a message is a piece of a call that asks nothing by itself: a yes or no, a recording."""
    return speech_of(message).get("state", Spoken.HEARD) not in _WORDS


def heard(messages: Sequence[Message]) -> Heard:
    """Read messages in order: a yes makes the words before it sure, a no takes them back."""
    said = _said(messages)
    sure = min((sure for _, sure in said), default=1.0)
    return Heard(tuple(message.content for message, _ in said), sure, unread=bool(_unread(messages)))


def to_quote(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Leave out what nobody needs to read of a call: a yes or no, what it took back, recordings that have words.

    Where nothing is left that way, the last thing that is no mere yes or no stands for all of it.
    """
    said = tuple(message for message, _ in _said(messages))
    rest = [m for m in messages if speech_of(m).get("state") not in (Spoken.CONFIRMED, Spoken.REJECTED)]
    return said or tuple(rest[-1:]) or tuple(messages)


def _said(messages: Sequence[Message]) -> list[tuple[Message, float]]:
    """Return the messages whose words count, and how sure they are."""
    said: list[tuple[Message, float]] = []
    for message in messages:
        speech = speech_of(message)
        match speech.get("state"):
            case Spoken.HEARD | Spoken.UNCONFIRMED:
                said.append((message, _share(speech.get("confidence"))))
            case Spoken.CONFIRMED:
                said[-1:] = [(one, max(sure, _CONFIRMED)) for one, sure in said[-1:]]
            case Spoken.REJECTED:
                said[-1:] = []
            case Spoken.TRANSCRIBED:
                said.append((message, _TRANSCRIBED))
            case None:
                said.append((message, 1.0))
    return said


def waits_for_words(messages: Sequence[Message], now: datetime) -> bool:
    """Tell whether the caller, or a transcript, is about to say more: then there is nothing to answer yet."""
    last = messages[-1] if messages else None
    patience = _PATIENCE.get(speech_of(last).get("state")) if last is not None else None
    if last is not None and patience is not None:
        return now < last.created_at + patience
    awaited = [m for m in _unread(messages) if speech_of(m).get("state") == Spoken.RECORDED]
    return any(now < message.created_at + FOR_THE_TRANSCRIPT for message in awaited)


def doubted(proposal: Proposal, certainty: float) -> Proposal:
    """Return a proposal that is right only if the words were: both must hold, so the probabilities multiply."""
    if certainty >= 1:
        return proposal
    confidence = proposal.confidence * certainty
    lost = log_odds(confidence) - log_odds(proposal.confidence)
    reason = Evidence(f"The line was {certainty * 100:.0f} % sure of the words", lost)
    return replace(proposal, confidence=confidence, evidence=(*proposal.evidence, reason))


def _unread(messages: Sequence[Message]) -> list[Message]:
    """Return the recordings without a transcript, in whatever order the two came."""
    read = {_recording(m) for m in messages if speech_of(m).get("state") == Spoken.TRANSCRIBED}
    open_ = {_recording(m): m for m in messages if speech_of(m).get("state") == Spoken.RECORDED}
    failed = {_recording(m): m for m in messages if speech_of(m).get("state") == Spoken.UNREADABLE}
    return [message for sid, message in (open_ | failed).items() if sid not in read]


def _recording(message: Message) -> str:
    recording = speech_of(message).get("recording")
    return str(recording.get("sid", "")) if isinstance(recording, Mapping) else ""


def log_odds(share: float) -> float:
    """Return the logarithm of the odds of a probability, which is kept away from 0 and 1."""
    bounded = min(0.999, max(0.001, share))
    return log(bounded / (1 - bounded))


def _share(value: object) -> float:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else 0.0
