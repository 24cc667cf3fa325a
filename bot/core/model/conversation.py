"""What belongs together: conversations, what happened to them, and which go on in others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model.channel import Channel


class Status(StrEnum):
    """Whose turn it is in a conversation."""

    WORKING = "working"  # ours: a draft or a delivery is under way
    WAITING = "waiting"  # an agent's: a draft waits for a decision
    ESCALATED = "escalated"  # a specialist's
    ANSWERED = "answered"  # the customer's
    UNDELIVERED = "undelivered"  # an agent's: the answer did not go out, or nobody knows
    HELD = "held"  # nobody's by itself: off, shadow, or not to be answered
    RESOLVED = "resolved"


class Closed(StrEnum):
    """As what a conversation was closed, besides being dealt with."""

    USUAL = ""
    NOT_SUPPORT = "not_support"
    SPAM = "spam"


@dataclass(frozen=True)
class Conversation:
    """All messages with one customer about one matter in one channel.

    `turn` counts inbound messages, without what machines add; `version` counts every change, and `shown_version` is
    the last one on the desk. `snoozed_until` is when people want to hear of it again, `closed_at` since when it is
    closed (None: it is open). `workspace` is the Slack workspace in which it is looked after, "" the main one.
    """

    id: str
    customer_id: str
    channel: Channel
    address: str
    status: Status
    created_at: datetime
    updated_at: datetime
    subject: str = ""
    turn: int = 0
    identified: bool = False
    assignee: str | None = None
    escalated: bool = False
    version: int = 0
    shown_version: int = -1
    snoozed_until: datetime | None = None
    closed_as: Closed = Closed.USUAL
    closed_at: datetime | None = None
    workspace: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to a conversation and belongs in its thread: who did what."""

    id: str
    conversation_id: str
    text: str
    created_at: datetime


@dataclass(frozen=True)
class MovedMessage:
    """Where a message of a merged conversation stood before."""

    id: str
    seq: int
    turn: int


@dataclass(frozen=True)
class Merge:
    """That one conversation went on in another, who decided so, and what was moved there."""

    source_id: str
    target_id: str
    actor: str
    at: datetime
    moved: tuple[MovedMessage, ...]
