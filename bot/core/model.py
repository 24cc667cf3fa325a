"""The words of the product as plain values. Nothing here looks anything up or changes in place.

Times are timezone-aware UTC; ids are lower-case hexadecimal UUIDs unless said otherwise; confidences are
probabilities from 0 to 1.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any
from uuid import uuid4

from bot.core.access import Role
from bot.core.context import Fact, Look
from bot.core.priority import Pressing, Priority

ASKS_BACK = "asks_back"  # The flag of a draft that asks the customer instead of answering.
BEST_SCORE = 5  # Customers rate from 1 to this.


def new_id() -> str:
    """Return a fresh random id: 32 hexadecimal digits."""
    return uuid4().hex


class Channel(StrEnum):
    """The way a customer reaches us (a Slack channel is always called a Slack channel)."""

    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    PHONE = "phone"
    ZENDESK = "zendesk"


class Mode(StrEnum):
    """How far threadpilot goes by itself on one channel."""

    OFF = "off"
    SHADOW = "shadow"
    ASSIST = "assist"
    AUTO = "auto"


class AskEmail(StrEnum):
    """Whether chat visitors are asked for their e-mail address before they write."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Sender(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AI = "ai"
    AGENT = "agent"


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


class Action(StrEnum):
    """The policy's outcome for a draft."""

    SEND = "send"
    REVIEW = "review"
    ESCALATE = "escalate"
    IGNORE = "ignore"


class DeliveryState(StrEnum):
    """The life of one row of the send ledger."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"  # it went out, and came back


_ON_ITS_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True)
class Customer:
    """Who is asking, as far as we know: `facts` from those who know customers, `looks` are what came of asking them.

    `verified` says that somebody we trust has vouched for them. `email` is where they want mail besides the channel.
    """

    id: str
    channel: Channel
    address: str
    name: str = ""
    company: str = ""
    facts: tuple[Fact, ...] = ()
    verified: bool = False
    known: bool = False
    created_at: datetime | None = None
    email: str = ""
    looks: tuple[Look, ...] = ()

    def as_a_stranger(self) -> "Customer":
        """Return the same customer with nothing but the address: for when somebody may only claim to be them."""
        return Customer(id=self.id, channel=self.channel, address=self.address, created_at=self.created_at)


@dataclass(frozen=True)
class Returned:
    """The news that a message of ours came back (`permanent`), or that it is late.

    `external_ids` are the ids it may have on its channel, the likeliest first; `reason` is in the far side's words.
    `recipients` are whom it did not reach, as far as that is said.
    """

    external_ids: tuple[str, ...]
    reason: str
    permanent: bool
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """What came with a message besides its text; `size` is in bytes.

    `sha256` names its content among those that are kept; it is "" when that was not kept, for its size or for how
    many there were. `inline` tells that the text itself shows it. `missing` says why its content is not here
    although it should be, and `late` that it was fetched after the message had been shown.
    """

    name: str
    type: str
    size: int
    sha256: str = ""
    inline: bool = False
    missing: str = ""
    late: bool = False


@dataclass(frozen=True)
class Inbound:
    """One message as an edge hands it to intake.

    `external_id` is unique per channel and makes redelivery harmless. `conversation_hint` is a conversation id
    that the edge has verified (a signed address, a session); `references` are external ids of earlier
    messages, newest first. `beginning` is how the id of a conversation begins, for who takes part in that one.
    `automatic` says why the message came from a machine, or is empty. `returned` is what it reports of a message that
    may be ours. `attachments` are what came with it; `contents` are those to keep, by their SHA-256. `email` and
    `verified` are what the edge knows of who is writing.
    """

    channel: Channel
    external_id: str
    address: str
    text: str
    name: str = ""
    subject: str = ""
    conversation_hint: str | None = None
    references: tuple[str, ...] = ()
    beginning: str = ""
    automatic: str = ""
    returned: Returned | None = None
    wants_human: bool = False
    email: str = ""
    verified: bool = False
    attachments: tuple[Attachment, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)


NEXT = 0  # The number of a message that gets the next one of its conversation when it is kept.


@dataclass(frozen=True)
class Message:
    """Something the customer, the machine or an agent said; `seq` orders a conversation from 1."""

    id: str
    conversation_id: str
    seq: int
    turn: int
    sender: Sender
    content: str
    created_at: datetime
    external_id: str = ""
    author: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def automatic(self) -> str:
        """Why this came from a machine, or nothing."""
        return str(self.metadata.get("automatic", ""))

    @property
    def sender_check(self) -> str:
        """Whether the far side's identity was proven: `pass`, `fail`, or nothing when that is not known."""
        return str(self.metadata.get("sender_check", ""))

    @property
    def rating(self) -> int | None:
        """The score that this is and nothing else, or None."""
        score = self.metadata.get("rating")
        return score if isinstance(score, int) else None

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What came with this besides its text."""
        return tuple(_attachment(each) for each in self.metadata.get("attachments") or ())


def _attachment(said: Mapping[str, Any]) -> Attachment:
    # What older versions and other channels wrote lacks some of this.
    return Attachment(
        name=str(said.get("name") or ""),
        type=str(said.get("type") or ""),
        size=int(said.get("size") or 0),
        sha256=str(said.get("sha256") or ""),
        inline=bool(said.get("inline")),
        missing=str(said.get("missing") or ""),
        late=bool(said.get("late")),
    )


def by_people(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Leave out what machines wrote, such as an out-of-office reply, unless there is nothing else."""
    everything = tuple(messages)
    return tuple(m for m in everything if not m.automatic) or everything


@dataclass(frozen=True)
class Note:
    """Internal text typed in the Slack thread; it never leaves."""

    id: str
    conversation_id: str
    author: str
    content: str
    desk_ref: str
    created_at: datetime

    @property
    def system(self) -> str:
        """The record system in which it was typed, or nothing for Slack, whose channels are upper-case."""
        name = self.desk_ref.partition(":")[0]
        return name if name.islower() else ""


@dataclass(frozen=True)
class Conversation:
    """All messages with one customer about one matter in one channel.

    `turn` counts inbound messages, without what machines add; `version` counts every change, and `shown_version` is
    the last one on the desk. `snoozed_until` is when people want to hear of it again, `closed_at` since when it is
    closed (None: it is open).
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


# How long what is made of a suggestion may be.
LONGEST_TITLE, LONGEST_QUESTION, LONGEST_TEXT = 120, 300, 3_000


@dataclass(frozen=True)
class Suggestion:
    """What an agent answered to a question, which could be an article.

    `article` is the name of the article that whoever `decided_by` made of it, if any.
    """

    id: str
    conversation_id: str
    question: str
    answer: str
    author: str
    created_at: datetime
    decided_by: str | None = None
    article: str = ""


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
class Reason:
    """Why a decision came out as it did: a stable code for machines, a phrase for people."""

    code: str
    text: str


@dataclass(frozen=True)
class Decision:
    """What was decided for a draft, by the policy (`actor` is None) or by a person (their Slack user id).

    `variant` names the experiment and the arm in which the policy decided, "" for none.
    """

    id: str
    conversation_id: str
    turn: int
    draft_id: str
    action: Action
    reasons: tuple[Reason, ...]
    threshold: float
    policy_version: str
    created_at: datetime
    actor: str | None = None
    variant: str = ""


@dataclass(frozen=True)
class Delivery:
    """One row of the send ledger: one answer to one customer, at most once; `cc` get a copy of it, except `uncopied`.

    An automatic answer may be `due_at` a later moment, so that people can stop it until then. `attempt` counts from 1
    how often it was to be sent; `delivered_at` is when the far side said that it has arrived, where one does.
    """

    id: str
    conversation_id: str
    turn: int
    decision_id: str
    draft_id: str
    channel: Channel
    address: str
    text: str
    sender: Sender
    author: str
    state: DeliveryState
    created_at: datetime
    updated_at: datetime
    error: str = ""
    due_at: datetime | None = None
    cc: tuple[str, ...] = ()
    attempt: int = 1
    delivered_at: datetime | None = None
    uncopied: tuple[str, ...] = ()

    @property
    def unattended(self) -> bool:
        """Only the policy decided to send this; `author` names whoever else did."""
        return self.sender is Sender.AI and not self.author

    @property
    def is_on_its_way(self) -> bool:
        """Tell whether it is still to be seen what becomes of it."""
        return self.state in _ON_ITS_WAY

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether it is to leave later than `now`, and can still be stopped."""
        return self.state is DeliveryState.PENDING and self.due_at is not None and self.due_at > now


@dataclass(frozen=True)
class Verdict:
    """An agent's word on an answer that went out by itself."""

    draft_id: str
    good: bool
    actor: str
    created_at: datetime


@dataclass(frozen=True)
class Rating:
    """What a customer says of a conversation that was closed: 1 (bad) to 5 (good), and why."""

    conversation_id: str
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class RatingRequest:
    """That the customer of a closed conversation is asked to rate it: where, how far that is, and since when."""

    conversation_id: str
    channel: Channel
    address: str
    state: DeliveryState
    at: datetime


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


@dataclass(frozen=True)
class Event:
    """Something that happened to a conversation and belongs in its thread: who did what."""

    id: str
    conversation_id: str
    text: str
    created_at: datetime


class RefState(StrEnum):
    """How far an entry of a record system is."""

    OPEN = "open"  # to be written, and perhaps written already
    DONE = "done"
    PARKED = "parked"  # refused: people have to look


@dataclass(frozen=True)
class Ref:
    """What one of our things is called in a record system: a help desk, a CRM.

    `entry_id` is the id of an entry (see `bot.core.ports.records`); `conversation_id` is None for what belongs to
    none. `external_id` and `url` are the far side's, "" until it is written. `mark` is how far the far side was read,
    and `trouble` why the entry is not written.
    """

    system: str
    entry_id: str
    conversation_id: str | None
    state: RefState
    at: datetime
    external_id: str = ""
    url: str = ""
    mark: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Case:
    """Everything about one conversation at one moment: what steps, policy and cards are functions of.

    `draft` is the newest draft, `decisions` are those on it (oldest first), `deliveries` all of the conversation.
    `unseen` says that a chat customer left before they got the newest answer. `earlier` counts the customer's other
    conversations, `chasing` those of the last 7 days that still wait for an answer of ours, `answered_lately` the
    automatic answers of the last hour to this address. `opted_out` says that text messages to this number were
    stopped by whoever has it, `blocked` that nothing of this sender is answered. `merged_into` is the conversation in
    which this one goes on. `records` are where the conversation stands in record systems, and what could not be
    written there. `priority` is what an agent has said; `followers` want to hear of it.
    `pressing` and `writers`, the agents who have a window for an answer open, are known where a case is shown.
    """

    conversation: Conversation
    customer: Customer
    messages: tuple[Message, ...]
    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()
    draft: Draft | None = None
    decisions: tuple[Decision, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    verdict: Verdict | None = None
    unseen: bool = False
    rating: Rating | None = None
    earlier: int = 0
    chasing: int = 0
    answered_lately: int = 0
    opted_out: bool = False
    blocked: bool = False
    merged_into: str | None = None
    records: tuple[Ref, ...] = ()
    priority: Priority | None = None
    followers: tuple[str, ...] = ()
    pressing: Pressing | None = None
    writers: tuple[str, ...] = ()

    @property
    def owner(self) -> str | None:
        """Whoever has it; nobody once they have escalated it: that hands it on, until they take it."""
        agent = self.conversation.assignee
        on, back = f"Escalated by <@{agent}>", f"Taken by <@{agent}>"
        last = next((e.text for e in reversed(self.events) if e.text.startswith((on, back))), "")
        return None if self.conversation.status is Status.ESCALATED and last.startswith(on) else agent

    @property
    def unanswered(self) -> tuple[Message, ...]:
        """The customer's messages of turns after the last answered one, oldest first.

        Turns, not order of arrival, tell: what arrives while an answer is on its way is not answered by it.
        """
        answered = max((m.turn for m in self.messages if m.sender is not Sender.CUSTOMER), default=0)
        return by_people(m for m in self.messages if m.sender is Sender.CUSTOMER and m.turn > answered)

    @property
    def newest_inbound(self) -> Message | None:
        """The customer's newest message."""
        return next(reversed(by_people(m for m in self.messages if m.sender is Sender.CUSTOMER)), None)

    @property
    def in_a_row(self) -> int:
        """How many answers went out by themselves since a person last wrote for us."""
        ours = [m for m in reversed(self.messages) if m.sender is not Sender.CUSTOMER]
        by_itself = (m.sender is Sender.AI and not m.author for m in ours)
        return sum(1 for _ in takewhile(bool, by_itself))

    @property
    def doubted(self) -> Message | None:
        """The newest of the unanswered messages whose sender was found to be somebody else."""
        return next((m for m in reversed(self.unanswered) if m.sender_check == "fail"), None)

    @property
    def current_draft(self) -> Draft | None:
        """The draft of the current turn, or None when it is still to be written."""
        draft = self.draft
        return draft if draft is not None and draft.turn == self.conversation.turn else None

    @property
    def decision(self) -> Decision | None:
        """The newest decision on the current draft."""
        draft = self.current_draft
        made = [d for d in self.decisions if draft is not None and d.draft_id == draft.id]
        return made[-1] if made else None

    @property
    def delivery(self) -> Delivery | None:
        """The newest row of the send ledger."""
        return self.deliveries[-1] if self.deliveries else None

    @property
    def on_its_way(self) -> Delivery | None:
        """The oldest row of the send ledger that is not settled: answers leave in order."""
        return next((d for d in self.deliveries if d.is_on_its_way), None)


@dataclass(frozen=True)
class Topic:
    """A rule that hands a matter to people, with texts that it must find (`hits`) and must not (`misses`)."""

    code: str
    label: str
    pattern: re.Pattern[str] = field(repr=False)
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


class AnsweredBy(StrEnum):
    """Who writes drafts, where a language model is connected; without one it is the embedded answerer anyway."""

    MODEL = "model"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Rules:
    """What managers have set for one channel. Thresholds are probabilities, shares run from 0 to 1.

    `undo` is for how many seconds an automatic answer can still be stopped before it leaves. At most `in_a_row`
    answers in a conversation leave by themselves one after the other, and `per_hour` to one customer. `topics` are
    the rules that hand a matter to people; without any, those that are shipped; managers add `words` to them and
    switch some `off`. `risk` is the share of the automatic answers that may be wrong, where a manager has promised
    one; it sets `auto_above` then. `stricter` are thresholds of single topics, by article: they only ever raise the
    channel's. More than `exchanges` messages of a customer without a solution go to a person. When `wrong`,
    `reopened` or `satisfied` leave their bound, the channel goes back to people by itself; None is no bound. `style`
    is told to the model for every draft, and `answerer` says whether there is to be one at all.
    """

    mode: Mode = Mode.ASSIST
    auto_above: float = 0.90
    escalate_below: float = 0.70
    rollout: float = 1.0
    audit_share: float = 0.10
    paused: bool = False
    undo: int = 0
    in_a_row: int = 2
    per_hour: int = 30
    topics: tuple[Topic, ...] = ()
    risk: float | None = None
    vips: frozenset[str] = frozenset()
    exchanges: int = 5
    words: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    stricter: Mapping[str, float] = field(default_factory=dict)
    wrong: float | None = 0.10
    reopened: float | None = 0.25
    satisfied: float | None = 0.50
    style: str = ""
    answerer: AnsweredBy = AnsweredBy.MODEL

    @property
    def escalation_floor(self) -> float:
        """Below this an answer is escalated; never above the threshold for sending."""
        return min(self.escalate_below, self.auto_above)

    def threshold_of(self, proposal: "Proposal") -> float:
        """Return from which confidence this answer goes out by itself: the strictest of channel and topics."""
        return max([self.auto_above, *(self.stricter.get(source.slug, 0.0) for source in proposal.sources)])


@dataclass(frozen=True)
class Actor:
    """A person in Slack who asks for something, and what they may do."""

    id: str
    is_manager: bool = False

    @property
    def role(self) -> Role:
        """Return their role as far as it is known here: who is not known to be a manager is an agent."""
        return Role.MANAGER if self.is_manager else Role.AGENT
