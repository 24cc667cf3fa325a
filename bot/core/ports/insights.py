"""Facts about conversations, kept and summed up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.insights.facts import CaseFacts, History, TurnFacts
from bot.core.insights.marks import Mark
from bot.core.insights.measures import Counted
from bot.core.insights.scope import Scope
from bot.core.model import Action, Channel, Status


class Facts(Protocol):
    """What is kept of each conversation for figures."""

    async def stale(self, since: datetime | None, limit: int) -> Sequence[str]:
        """Return conversations that changed since their facts were made; only those changed `since`, if given."""
        ...

    async def earlier(self, conversation_ids: Collection[str], since: datetime) -> Sequence[str]:
        """Return the earlier ones of those customers who have just begun another, if they changed `since`.

        Those that are stale anyway are left out.
        """
        ...

    async def histories(self, conversation_ids: Collection[str]) -> Sequence[History]: ...

    async def put(self, cases: Sequence[CaseFacts], turns: Sequence[TurnFacts]) -> None:
        """Replace the facts of these conversations."""
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
class Open:
    """A conversation that waits for us, and since when its oldest unanswered message does (None: for none)."""

    channel: Channel
    status: Status
    since: datetime | None


@dataclass(frozen=True)
class SureTurns:
    """Turns with a draft whose confidence lay in the bin that begins at `confidence` (thousandths)."""

    confidence: int
    turns: int
    alone: int
    approved: int
    edited: int
    own: int
    good: int
    wrong: int


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
    """A conversation in a list, and where its card stands in Slack ("" where it does not)."""

    conversation_id: str
    channel: Channel
    status: Status
    subject: str
    customer: str
    begun_at: datetime
    slack_channel: str
    ts: str


class Insights(Protocol):
    """Sums over the facts."""

    async def counted(self, scope: Scope, now: datetime) -> Counted: ...

    async def days(self, scope: Scope) -> Sequence[DayVolume]: ...

    async def hours(self, scope: Scope) -> Sequence[HourVolume]: ...

    async def open(self, channels: Collection[Channel]) -> Sequence[Open]: ...

    async def confidences(self, scope: Scope) -> Sequence[SureTurns]: ...

    async def articles(self, scope: Scope, limit: int) -> Sequence[Kind]: ...

    async def agents(self, scope: Scope) -> Sequence[Kind]: ...

    async def reasons(self, scope: Scope) -> Sequence[Reasoned]: ...

    async def loads(self, channels: Collection[Channel]) -> Sequence[Load]: ...

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        ...
