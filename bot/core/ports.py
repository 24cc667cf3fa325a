"""What the services need from the outside, as small Protocols. `bot.app` chooses who fulfils them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.core.model import (
    Case,
    Channel,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Event,
    Message,
    Note,
    Proposal,
    Sender,
    Status,
    Verdict,
)

Clock = Callable[[], datetime]


class Lane(StrEnum):
    """The engine's queues; each runs one job per key at a time."""

    ADVANCE = "advance"
    SHOW = "show"
    SYNC = "sync"


# --- storage: one small store per aggregate, all bound to one transaction -----------------------------------


class Customers(Protocol):
    """Who wrote to us, by channel and address."""

    async def find(self, channel: Channel, address: str) -> Customer | None: ...

    async def add(self, customer: Customer) -> Customer:
        """Insert; when (channel, address) exists already, return the one that was first."""
        ...

    async def update(self, customer: Customer) -> None: ...


class Conversations(Protocol):
    """Conversations and the whole case around one."""

    async def add(self, conversation: Conversation) -> None: ...

    async def get(self, conversation_id: str) -> Conversation | None: ...

    async def open_for(self, channel: Channel, address: str) -> Conversation | None:
        """Return the newest conversation with this address that is not resolved."""
        ...

    async def change(self, conversation_id: str, *, at: datetime, **values: Any) -> None:
        """Set columns of a conversation (names of `Conversation`), raise `version` by one, set `updated_at`."""
        ...

    async def mark_shown(self, conversation_id: str, version: int) -> None: ...

    async def case(self, conversation_id: str) -> Case | None:
        """Load everything about one conversation."""
        ...

    async def unfinished(self, limit: int) -> Sequence[tuple[Lane, str]]:
        """Return the jobs that state says are due but nobody queued: the net under lost wake-ups."""
        ...

    async def count_by_status(self) -> Mapping[tuple[Channel, Status], int]: ...


class Messages(Protocol):
    """What was said. Unique on (channel, external id)."""

    async def add(self, message: Message, channel: Channel) -> bool:
        """Insert; return False, changing nothing, when (channel, external id) is known."""
        ...

    async def find(self, channel: Channel, external_id: str) -> Message | None: ...

    async def next_seq(self, conversation_id: str) -> int: ...


class RawMails(Protocol):
    """Mails as they came, by the SHA-256 of their content."""

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Insert; one that is here already stays as it is."""
        ...

    async def get(self, sha256: str) -> bytes | None: ...


class Drafts(Protocol):
    async def add(self, draft: Draft) -> None: ...

    async def get(self, draft_id: str) -> Draft | None: ...


class Decisions(Protocol):
    async def add(self, decision: Decision) -> bool:
        """Insert; return False, changing nothing, when the same kind (policy, or person) decided on this draft.

        A person's escalation may be followed by another person's answer: only sends, by whomever, are unique.
        """
        ...

    async def sent(self, draft_id: str) -> Decision | None:
        """Return the decision to send this draft, if there is one."""
        ...


class Deliveries(Protocol):
    """The send ledger."""

    async def add(self, delivery: Delivery) -> None: ...

    async def get(self, delivery_id: str) -> Delivery | None: ...

    async def move(
        self, delivery_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime, error: str = ""
    ) -> bool:
        """Compare and set the state; True for the one caller who moved it."""
        ...

    async def claim(self, delivery_id: str, *, at: datetime) -> bool:
        """Pending -> sending, only while the conversation's turn is still the delivery's turn."""
        ...


class Notes(Protocol):
    async def add(self, note: Note) -> bool:
        """Insert; False when a note with this `desk_ref` exists."""
        ...

    async def edit(self, desk_ref: str, content: str) -> str | None:
        """Change the text of a note; return its conversation id, or None when there is no such note."""
        ...

    async def remove(self, desk_ref: str) -> str | None: ...


class Events(Protocol):
    async def add(self, event: Event) -> None: ...


class Verdicts(Protocol):
    async def set(self, verdict: Verdict) -> None: ...


class Audit(Protocol):
    async def append(
        self, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
    ) -> None:
        """Append one row to the hash chain, in the caller's transaction."""
        ...


@dataclass(frozen=True)
class Setting:
    """One value somebody set; the newest per key counts."""

    key: str
    value: Any
    actor: str
    at: datetime


class Settings(Protocol):
    """Append-only: the newest row of a key is in force."""

    async def current(self) -> Mapping[str, Setting]: ...

    async def set(self, setting: Setting) -> None: ...


@dataclass(frozen=True)
class DeskPost:
    """Where one sheet of a conversation stands in Slack, and what it shows (`digest`)."""

    conversation_id: str
    sheet: str
    slack_channel: str
    ts: str
    digest: str


class DeskPosts(Protocol):
    async def of(self, conversation_id: str) -> Mapping[str, DeskPost]: ...

    async def put(self, post: DeskPost) -> None: ...

    async def drop(self, conversation_id: str) -> None: ...

    async def conversation_at(self, slack_channel: str, ts: str) -> str | None: ...


@dataclass(frozen=True)
class ChatEvent:
    """One numbered event in a visitor's stream; `seq` counts from 1 per visitor."""

    seq: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime


class Chat(Protocol):
    """Web-chat visitors, their sessions and their event stream."""

    async def open_session(self, token_hash: str, visitor: str, *, at: datetime) -> None: ...

    async def visitor(self, token_hash: str, *, since: datetime) -> str | None:
        """Return whose token this is, unless it was handed out before `since`."""
        ...

    async def append(
        self, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
    ) -> int:
        """Append an event and return its seq; when (visitor, key) exists, return that event's seq unchanged."""
        ...

    async def seq_of(self, visitor: str, key: str) -> int | None: ...

    async def after(self, visitor: str, seq: int, limit: int) -> Sequence[ChatEvent]: ...

    async def last_seq(self, visitor: str) -> int: ...


class Transaction(Protocol):
    """One unit of work: all of it is committed, or nothing."""

    @property
    def customers(self) -> Customers: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def raw_mails(self) -> RawMails: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def events(self) -> Events: ...
    @property
    def verdicts(self) -> Verdicts: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def desk_posts(self) -> DeskPosts: ...
    @property
    def chat(self) -> Chat: ...

    async def defer(self, lane: Lane, key: str, run_at: datetime | None = None) -> None:
        """Queue a job in this transaction; one that is queued already is kept, at the earlier time."""
        ...

    def publish(self, topic: str) -> None:
        """Wake the subscribers of `topic`, in every process, once this transaction is committed."""
        ...


class Database(Protocol):
    """Opens transactions. `transaction` may write; `snapshot` only reads."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def snapshot(self) -> AbstractAsyncContextManager[Transaction]: ...


class Handler(Protocol):
    """Works off one job. `retried` is True when nobody knows how far an earlier run of this job came.

    So it is after a crash, a fault or OutcomeUnknown, and not after Unavailable: that ends a run with all it did
    on record. All of these run the job again later.
    """

    async def __call__(self, key: str, *, retried: bool) -> None: ...


class Engine(Protocol):
    """Works off deferred jobs, one per (lane, key) at a time, until cancelled; then waits for those running."""

    async def run(self, handlers: Mapping[Lane, Handler]) -> None: ...


class Subscription(Protocol):
    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for the next publication since the last wait; False when the time (seconds) ran out."""
        ...


class Signals(Protocol):
    """Wake-ups without content: whoever is woken reads the database."""

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]: ...

    def publish(self, topic: str) -> None: ...


# --- the outside world --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outgoing:
    """An answer on its way: `delivery.id` is the idempotency key; `thread` are external ids, oldest first."""

    delivery: Delivery
    conversation: Conversation
    customer_name: str
    subject: str
    thread: tuple[str, ...] = ()


class Reconciled(StrEnum):
    """What a channel knows about a send that was cut short."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


# Sends, and returns the external id of what was sent.
Send = Callable[[], Awaitable[str]]


class OutboundChannel(Protocol):
    """Hands an answer to the customer's channel."""

    def ready(self, outgoing: Outgoing) -> AbstractAsyncContextManager[Send]:
        """Do everything that comes before the customer can see anything, and yield the act of sending.

        So the time in which a crash leaves an unknown outcome is as short as the channel allows. Leaving the
        context without sending leaves no trace. Entering and sending raise

            Unavailable: certainly not sent; may be tried again.
            Refused: certainly not sent, and never will be.
            OutcomeUnknown: it may have gone out (sending only).
        """
        ...

    async def reconcile(self, outgoing: Outgoing) -> Reconciled: ...

    def external_id(self, outgoing: Outgoing) -> str:
        """Return the external id this answer has, or will have."""
        ...


@dataclass(frozen=True)
class Profile:
    """What a directory or CRM says about an address."""

    name: str
    company: str = ""
    facts: tuple[str, ...] = ()


class CustomerDirectory(Protocol):
    async def look_up(self, channel: Channel, address: str) -> Profile | None:
        """Raises Unavailable when the directory does not answer in time."""
        ...


@dataclass(frozen=True)
class Question:
    """What is to be answered: the customer's unanswered messages, oldest first, and the talk before them."""

    texts: tuple[str, ...]
    channel: Channel
    subject: str = ""
    customer_name: str = ""
    history: tuple[tuple[Sender, str], ...] = ()


class Answerer(Protocol):
    async def answer(self, question: Question) -> Proposal:
        """Propose an answer; never raises for what the customer wrote."""
        ...


@dataclass(frozen=True)
class Passage:
    """A piece of an article that an answer may rest on; `number` is how it is cited."""

    number: int
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Written:
    """What a language model wrote from passages. `cited` are passage numbers; `missing` names what was not found."""

    text: str
    cited: tuple[int, ...]
    answered: bool
    missing: str = ""
    model: str = ""


class Writer(Protocol):
    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        """Write an answer from the passages only.

        Raises:
            Unavailable: the model did not answer, answered too late, or answered nonsense.
        """
        ...


@dataclass(frozen=True)
class Sheet:
    """One Slack message of a conversation, rendered. `name` is stable (root, escalation, message:ID …)."""

    name: str
    slack_channel: str
    text: str
    blocks: Sequence[Mapping[str, Any]]
    digest: str
    in_thread: bool = False


class Desk(Protocol):
    """The Slack side as the services see it."""

    def sheets(
        self, case: Case, *, threshold: float, now: datetime, standing: Collection[str]
    ) -> Sequence[Sheet]:
        """Render the conversation: the root card, what stands elsewhere, then what belongs beneath the card.

        `standing` names the sheets that are posted: they are kept true even when they would not be posted now.
        """
        ...

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        """Post a sheet and return its ts; `root_ts` is the card's, once it stands.

        Raises:
            Unavailable: not posted, with `retry_after` when Slack says so.
            Refused: Slack will not take it.
            OutcomeUnknown: it may stand there.
        """
        ...

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        """Change a posted sheet. Raises as `post`, and Gone when the message was deleted."""
        ...

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        """Look for a sheet that an interrupted run may have posted, by its metadata; return its ts."""
        ...
