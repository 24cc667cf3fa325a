"""What is offered as an answer, and what that rests on and takes."""

from dataclasses import dataclass, field
from datetime import date, datetime

from bot.core.context import Fact

ASKS_BACK = "asks_back"  # The flag of a draft that asks the customer instead of answering.


@dataclass(frozen=True)
class Source:
    """An article an answer rests on; `number` is the one cited in the text as [number]."""

    number: int
    slug: str
    title: str
    url: str
    review_by: date | None = None


@dataclass(frozen=True)
class Evidence:
    """One reason for the confidence, in plain words; a positive `weight` speaks for the answer (log-odds)."""

    text: str
    weight: float


@dataclass(frozen=True)
class Flag:
    """A guardrail's finding about a draft; a hard one escalates, a soft one asks for a review."""

    name: str
    text: str
    hard: bool = False


@dataclass(frozen=True)
class Usage:
    """What a language model took for one draft.

    Tokens it read and wrote, seconds it needed, and what that cost in the currency of the prices that were set.
    `prompt` is the version of the wording it was told.
    """

    model: str
    prompt: str
    tokens_in: int
    tokens_out: int
    seconds: float
    cost: float = 0.0


@dataclass(frozen=True)
class Proposal:
    """What the answering engine offers for a question. An empty `text` means: no usable answer.

    `facts` are those about the customer that stand in the text, as they were known then. `usage` is known to whoever
    has just drafted; it is kept beside the draft, not in it.
    """

    text: str
    confidence: float
    sources: tuple[Source, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[Flag, ...] = ()
    author: str = "embedded"
    facts: tuple[Fact, ...] = ()
    usage: Usage | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Draft:
    """A proposal kept for one turn of a conversation; `version` counts the drafts of that turn from 1."""

    id: str
    conversation_id: str
    turn: int
    version: int
    proposal: Proposal
    created_at: datetime


@dataclass(frozen=True)
class Cited:
    """Which articles drafts rested on (their slugs), how many drafts that were, and since when there are any."""

    slugs: frozenset[str]
    drafts: int
    since: datetime | None


@dataclass(frozen=True)
class ModelWork:
    """What one model took for some drafts together; `seconds` is the mean of a draft, 95 % took at most `p95`."""

    model: str
    drafts: int
    tokens_in: int
    tokens_out: int
    seconds: float
    cost: float
    p95: float = 0.0
