"""Quality review: which answers are looked at once more, by whom, and how far two people agree. Pure.

Reviewers see the question, the answer and its sources; never how sure the answerer was, nor what others said.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Channel
from bot.core.policy import share_of

UNSURE = 0.80  # Every automatic answer below this is reviewed.
SECOND_SHARE = 0.2  # Of so many reviewed answers a second person fills in a scorecard too.
AGENTS_KEY = "review.agents"  # The share of agents' answers that is reviewed.
LONGEST_NOTE = 1_000
QUESTIONS: Mapping[str, str] = {
    "right": "Is it right?",
    "complete": "Does it answer everything that was asked?",
    "tone": "Is the tone as it should be?",
    "sources": "Do the sources say what the answer says?",
    "context": "Does it heed what we know of the customer and the talk before?",
}


@dataclass(frozen=True)
class Scorecard:
    """What one reviewer says of an answer; None is “does not apply”. `note` is for whoever wrote it."""

    draft_id: str
    reviewer: str
    right: bool
    complete: bool | None
    tone: bool | None
    sources: bool | None
    context: bool | None
    note: str
    at: datetime


@dataclass(frozen=True)
class Reviewable:
    """An answer that went out. `agent` is who sent it, "" for one that went out by itself.

    `picked` says that the dice chose it for a check, `confidence` how sure the answerer was.
    """

    draft_id: str
    conversation_id: str
    channel: Channel
    at: datetime
    confidence: float
    picked: bool
    agent: str = ""


@dataclass(frozen=True)
class Agreement:
    """How far two reviewers agree on `n` answers: the share of the same word, and Cohen's kappa.

    Kappa is what is left of the agreement beyond chance: 1 is perfect, 0 is chance. None where chance alone agrees
    always, because both said the same of everything.
    """

    n: int
    same: float
    kappa: float | None


def wanted(one: Reviewable, shown: Callable[[float], float], agents: float) -> bool:
    """Tell whether an answer belongs into the queue; `agents` is the share of theirs that does."""
    if one.agent:
        return share_of(one.draft_id, "agents' review") < agents
    return one.picked or shown(one.confidence) < UNSURE


def queue(
    found: Iterable[Reviewable],
    cards: Mapping[str, Sequence[str]],
    reviewer: str,
    shown: Callable[[float], float],
    agents: float,
) -> list[Reviewable]:
    """Return what waits for a reviewer, the oldest first; `cards` are who filled one in, by draft.

    Nobody reviews their own answer, nor one twice.
    """
    waiting = [
        one
        for one in found
        if wanted(one, shown, agents)
        and one.agent != reviewer
        and reviewer not in (said := cards.get(one.draft_id, ()))
        and len(said) < _needed(one.draft_id)
    ]
    return sorted(waiting, key=lambda one: (one.at, one.draft_id))


def _needed(draft_id: str) -> int:
    return 2 if share_of(draft_id, "second review") < SECOND_SHARE else 1


def agreement(pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    """Return Cohen's kappa of two reviewers' words on the same answers."""
    n = len(pairs)
    if not n:
        return Agreement(0, 0.0, None)
    same = sum(a == b for a, b in pairs) / n
    first, second = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return Agreement(n, same, None if chance == 1 else (same - chance) / (1 - chance))


def pairs(cards: Sequence[Scorecard], question: str) -> list[tuple[bool, bool]]:
    """Return what the first two reviewers of each answer said to a question, where both said yes or no."""
    by_draft: dict[str, list[bool | None]] = {}
    for card in sorted(cards, key=lambda one: (one.at, one.reviewer)):
        by_draft.setdefault(card.draft_id, []).append(getattr(card, question))
    both = (said[:2] for said in by_draft.values() if len(said) > 1)
    return [(first, second) for first, second in both if first is not None and second is not None]
