"""What is kept about teamwork on a conversation, besides the conversation itself."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Channel, DeliveryState
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind


@dataclass(frozen=True)
class Watch:
    """How far a conversation is looked after: at which version, under which rules, and when it is to be next.

    `read_to` is the number of the last message that was read for watched words. `given_to` and `given_at` say who got
    it last by turns. `called` are those who were called for the escalation `escalation`, the last one at `called_at`;
    when there was nobody left to call, that was said once (`all_called`).
    """

    conversation_id: str
    version: int = -1
    stamp: str = ""
    next_at: datetime | None = None
    read_to: int = 0
    given_to: str | None = None
    given_at: datetime | None = None
    escalation: str = ""
    called: tuple[str, ...] = ()
    called_at: datetime | None = None
    all_called: bool = False
    priority: Priority | None = None
    followers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Promise:
    """One row of the log of service levels: what was promised to a customer, and what became of it.

    `due_at` is None while it stands still. `breached` also when it was fulfilled in the end, too late.
    """

    conversation_id: str
    kind: Kind
    started_at: datetime
    channel: Channel
    priority: Priority
    due_at: datetime | None
    warned_at: datetime | None = None
    breached: bool = False
    ended_at: datetime | None = None
    assignee: str | None = None


@dataclass(frozen=True)
class Kept:
    """How promises of one kind were kept: `ended` or broken ones count, those that still run do not."""

    channel: Channel
    kind: Kind
    n: int
    breached: int


@dataclass(frozen=True)
class Pressed:
    """How many promises of a channel run and are late, or nearly so."""

    channel: Channel
    at_risk: int
    late: int


@dataclass(frozen=True)
class Acknowledgement:
    """What a customer is told once in a conversation, before a person answers."""

    conversation_id: str
    channel: Channel
    address: str
    text: str
    state: DeliveryState
    at: datetime
