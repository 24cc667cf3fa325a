"""What the next person needs to take over: what is wanted, tried, felt and known, and a next step. Nothing invented.

Every line is taken from somewhere and says where: a message by its number in the conversation, the customer's record,
an article, or the rule that escalated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.answering.embedded import upset_by
from bot.answering.language import sentences
from bot.answering.messages import clean, is_question
from bot.core.model import Case, Message, Reason, Sender
from bot.core.speech import heard
from bot.core.understanding import EMPTY, NOT_UNDERSTOOD, OTHER_LANGUAGE, UNINTELLIGIBLE

_MOST_WANTS = 3
_LONGEST = 200
_STEPS: Mapping[str, str] = {
    "legal": "Admit nothing; pass it to whoever speaks for the company in legal matters",
    "financial": "Make sure who is writing, look at the payment, and say when they hear from you",
    "complaint": "Say sorry in person, name who is responsible, and by when it is settled",
    "safety": "Ask at once whether anybody is hurt, and ask them to keep the product",
    "privacy": "Confirm the request, and pass it to whoever answers for personal data",
    "press": "Promise nothing; pass it to whoever speaks to the press",
    "wants_human": "Write or call in person",
    "repeated_contact": "Look at their other open conversations first, and answer them together",
    "exchanges": "Read the whole conversation, and call if you can",
    "needs_record": "Look up what they ask about, and answer with it",
    "opted_out": "Call back: no text message may be sent",
    "unread_recording": "Listen to the recording",
    EMPTY: "Ask what they wanted to write",
    OTHER_LANGUAGE: "Have it translated, and answer in their language",
    UNINTELLIGIBLE: "Ask what they mean, or close it",
}
_SPEAKERS = {Sender.AI: "threadpilot", Sender.AGENT: "an agent"}


@dataclass(frozen=True)
class Line:
    """One statement of a handover: what about, what it says, and where that stands."""

    about: str
    text: str
    origin: str


def handover(case: Case) -> tuple[Line, ...]:
    """Sum up a conversation for whoever takes it over."""
    return (*_wants(case), *_tried(case), *_mood(case), *_known(case), *_next(case))


def _wants(case: Case) -> Iterator[Line]:
    """Quote what the open messages ask; of one that asks nothing, how it begins."""
    found = [(sentence, message) for message in case.unanswered for sentence in _asked(message)]
    for sentence, message in found[-_MOST_WANTS:]:
        yield Line("Wants", _quoted(sentence), f"message {message.seq}")


def _asked(message: Message) -> list[str]:
    said = sentences(clean("\n".join(heard([message]).texts)))
    return [sentence for sentence in said if is_question(sentence)] or said[:1]


def _tried(case: Case) -> Iterator[Line]:
    ours = [message for message in case.messages if message.sender is not Sender.CUSTOMER]
    if not ours:
        yield Line("Tried", "Nothing was answered yet", "the conversation")
        return
    last = ours[-1]
    said = [sentence for sentence in sentences(last.content) if len(sentence.split()) > 3]
    count = f"{len(ours)} answer{'s'[: len(ours) != 1]}, the last by {_SPEAKERS[last.sender]}"
    yield Line("Tried", f"{count}: {_quoted(said[0] if said else last.content)}", f"message {last.seq}")


def _mood(case: Case) -> Iterator[Line]:
    for message in reversed(case.unanswered):
        if word := upset_by(message.content):
            yield Line("Mood", f"Unhappy or in trouble ({_quoted(word)})", f"message {message.seq}")
            return
    # Of words that nobody understood, nobody can tell.
    if case.unanswered and not any(reason.code in NOT_UNDERSTOOD for reason in _reasons(case)):
        yield Line("Mood", "Calm, as far as words tell", f"message {case.unanswered[-1].seq}")


def _known(case: Case) -> Iterator[Line]:
    draft = case.current_draft
    sources = draft.proposal.sources if draft is not None else ()
    for source in sources[:2]:
        yield Line("Known", f"The article {_quoted(source.title)} comes closest", f"article {source.slug}")
    if case.earlier:
        plural = "s" if case.earlier > 1 else ""
        yield Line("Known", f"{case.earlier} earlier conversation{plural}, {case.chasing} open", "the desk")


def _next(case: Case) -> Iterator[Line]:
    reasons = _reasons(case)
    for reason in reasons:
        if reason.code in _STEPS:
            yield Line("Next", _STEPS[reason.code], f"rule {reason.code}")
            return
    if any(reason.code in {"no_answer", "confidence"} for reason in reasons):
        yield Line("Next", "Answer it, and let the answer become an article", "no article answers it surely")


def _reasons(case: Case) -> tuple[Reason, ...]:
    return case.decision.reasons if case.decision is not None else ()


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _LONGEST else f'{line[: _LONGEST - 1].rstrip()}…'}”"
