"""Facts about conversations, kept and summed up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.insights.counted import Counted, Promised
from bot.core.insights.days import Day
from bot.core.insights.facts import CaseFacts, History, TurnFacts
from bot.core.insights.marks import Mark
from bot.core.insights.scope import Scope
from bot.core.model import Action, Channel, Status
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind as PromiseKind


class Facts(Protocol):
    """What is kept of each conversation for figures."""

    async def stale(self, since: datetime | None, limit: int, hours: str = "") -> Sequence[str]:
        """Return conversations that changed since their facts were made; only those changed `since`, if given.

        Without `since` also those that were summed up by other business hours than `hours`, see `Office.stamp`.
        """
        ...

    async def earlier(self, conversation_ids: Collection[str], since: datetime) -> Sequence[str]:
        """Return the earlier ones of those customers who have just begun another, if they changed `since`.

        Those that are stale anyway are left out.
        """
        ...

    async def histories(self, conversation_ids: Collection[str]) -> Sequence[History]: ...

    async def put(self, cases: Sequence[CaseFacts], turns: Sequence[TurnFacts]) -> None:
        """Replace the facts of these conversations; what was summed up of their days is forgotten."""
        ...


@dataclass(frozen=True)
class DaySums:
    """What was counted on one day on one channel."""

    day: Day
    channel: Channel
    counted: Counted


class DaySheets(Protocol):
    """Sums of whole days, kept so that nobody has to add them up at every look."""

    async def read(self, days: Sequence[Day], scope: Scope, zone: str) -> Sequence[DaySums]:
        """Return what was counted on each day on each channel; what is not kept is added up."""
        ...

    async def missing(self, days: Sequence[Day]) -> Sequence[Day]:
        """Return the whole ones of these days that are not kept for every channel."""
        ...

    async def fill(self, day: Day, zone: str) -> None:
        """Add up a day and keep it; its hours are those of a time zone."""
        ...

    async def forget_before(self, quarter: int) -> None:
        """Delete what is kept of days that ended before."""
        ...


@dataclass(frozen=True)
class DayVolume:
    """Conversations of one channel that a person began on one day since 1970, and how many were automated."""

    day: int
    channel: Channel
    asked: int
    automated: int


@dataclass(frozen=True)
class HourVolume:
    """Conversations that a person began on one weekday (0 is Monday) in one hour of the day, all weeks together."""

    weekday: int
    hour: int
    asked: int


@dataclass(frozen=True)
class Settled:
    """Conversations whose newest answer, to which nothing came, fell into a quarter of an hour since 1970."""

    quarter: int
    n: int


@dataclass(frozen=True)
class Open:
    """A conversation that waits for us, and since when its oldest unanswered message does (None: for none).

    While it is `asleep`, people want to hear nothing of it.
    """

    channel: Channel
    status: Status
    since: datetime | None
    asleep: bool = False


@dataclass(frozen=True)
class SureTurns:
    """Turns with a draft whose confidence lay in the bin that begins at `confidence` (thousandths).

    `squares` adds up how far the confidence of each judged one was from the truth, squared, in millionths.
    """

    confidence: int
    turns: int
    alone: int
    approved: int
    edited: int
    own: int
    good: int
    wrong: int
    squares: int = 0


@dataclass(frozen=True)
class Kind:
    """Turns of one kind, named by an article, a reason or a person."""

    name: str
    turns: int
    alone: int
    approved: int
    edited: int
    own: int
    wrong: int


@dataclass(frozen=True)
class Rated:
    """How customers rated the conversations in which a person answered; `satisfied` gave 4 or 5 of 5."""

    agent: str
    rated: int
    satisfied: int


@dataclass(frozen=True)
class Reasoned:
    """How often the policy did something for this reason (its code)."""

    action: Action
    reason: str
    turns: int


@dataclass(frozen=True)
class Load:
    """What a person has in hand now."""

    agent: str
    open: int


@dataclass(frozen=True)
class Listed:
    """A conversation in a list, and where its card stands in Slack ("" where it does not).

    `at` is when it began or, where a list is of turns, when the newest of them did.
    """

    conversation_id: str
    channel: Channel
    status: Status
    subject: str
    customer: str
    at: datetime
    slack_channel: str
    ts: str


@dataclass(frozen=True)
class Kept:
    """How promises of one kind to customers of one priority were kept; those that still run are left out."""

    channel: Channel
    priority: Priority
    kind: PromiseKind
    n: int
    breached: int


@dataclass(frozen=True)
class Due:
    """A promise that was broken or is about to be; `assignee` is who had the conversation then."""

    conversation_id: str
    channel: Channel
    priority: Priority
    kind: PromiseKind
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    assignee: str | None
    slack_channel: str
    ts: str


@dataclass(frozen=True)
class Gap:
    """A question that nothing was found for, by the subject of its conversation."""

    subject: str
    turns: int


class Insights(Protocol):
    """Sums over the facts."""

    async def young(self, scope: Scope, held_since: int) -> int:
        """Count the automated conversations whose newest answer is not older than a quarter."""
        ...

    async def begun(self, scope: Scope) -> int:
        """Count the conversations that a person began."""
        ...

    async def promised(self, scope: Scope) -> Promised: ...

    async def kept(self, scope: Scope) -> Sequence[Kept]: ...

    async def broken(self, scope: Scope, limit: int) -> Sequence[Due]:
        """Return the promises that were broken, the newest first."""
        ...

    async def at_risk(self, scope: Scope, limit: int) -> Sequence[Due]:
        """Return the running promises of whose time most is over, those due first first, whenever they began."""
        ...

    async def settled(self, scope: Scope) -> Sequence[Settled]:
        """Count the conversations that came to rest in the period, whenever they began."""
        ...

    async def open(self, scope: Scope) -> Sequence[Open]:
        """Return what waits for us now, whenever it began."""
        ...

    async def confidences(self, scope: Scope) -> Sequence[SureTurns]: ...

    async def articles(self, scope: Scope, limit: int) -> Sequence[Kind]: ...

    async def agents(self, scope: Scope) -> Sequence[Kind]: ...

    async def first_waits(self, scope: Scope) -> Mapping[str, Sequence[int]]:
        """Return for how many seconds each first answer by a person was waited for, by who gave it."""
        ...

    async def ratings(self, scope: Scope) -> Sequence[Rated]:
        """Return how customers rated the conversations in which each person answered; two may share one."""
        ...

    async def topics(self, limit: int) -> Sequence[str]:
        """Return the articles that drafts ever rested on first, by name."""
        ...

    async def people(self, limit: int) -> Sequence[str]:
        """Return who ever answered, by name."""
        ...

    async def reasons(self, scope: Scope) -> Sequence[Reasoned]: ...

    async def gaps(self, scope: Scope, limit: int) -> Sequence[Gap]:
        """Return what nothing was found for, the most frequent subjects first."""
        ...

    async def loads(self, scope: Scope) -> Sequence[Load]:
        """Return who has how much in hand now."""
        ...

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        ...

    async def begun_on(self, day: Day, scope: Scope, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that began on a day, the newest first."""
        ...
