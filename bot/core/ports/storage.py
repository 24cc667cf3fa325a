"""What is kept: one small store per aggregate, all bound to one transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from bot.core.assessing import Assessed
from bot.core.audit import AuditRow, Head
from bot.core.model import (
    Case,
    Channel,
    Cited,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Event,
    Message,
    ModelWork,
    Note,
    Ref,
    Status,
    Suggestion,
    Verdict,
)
from bot.core.ports.answering import Lesson
from bot.core.ports.desk_work import BlockedSenders, Practised, Queue, Writings
from bot.core.ports.engine import Lane
from bot.core.ports.insights import DaySheets, Facts, Insights
from bot.core.ports.merges import Merges
from bot.core.ports.peers import Processes
from bot.core.ports.ratings import RatingRequests, Ratings
from bot.core.ports.reporting import Notices
from bot.core.ports.steering import Outcomes, Scorecards
from bot.core.ports.teamwork import Acknowledgements, Promises, Watches
from bot.core.ports.unfetched import UnfetchedMedia


class Customers(Protocol):
    """Who wrote to us, by channel and address."""

    async def lock(self, channel: Channel, address: str) -> None:
        """Let no other transaction take this lock until ours ends: two first messages at once have one customer."""
        ...

    async def find(self, channel: Channel, address: str) -> Customer | None: ...

    async def add(self, customer: Customer) -> Customer:
        """Insert; when (channel, address) exists already, return the one that was first."""
        ...

    async def update(self, customer: Customer) -> None: ...

    async def same_person(self, customer_id: str) -> Sequence[Customer]:
        """Return all that are one customer with this one, itself included, the oldest first."""
        ...

    async def at(self, address: str) -> Sequence[Customer]:
        """Return who has this address on any channel, or left it as their mail address."""
        ...

    async def join(self, customer_id: str, other_id: str) -> None:
        """Make one customer of these two and all who are one with them."""
        ...

    async def part(self, customer_id: str) -> None:
        """Make this one a customer of their own, who is not joined again by itself."""
        ...

    async def note_id(self, customer_id: str, source: str, external_id: str) -> Sequence[str]:
        """Keep what a source calls a customer; return the others it calls so, without those who stay apart."""
        ...


class Conversations(Protocol):
    """Conversations and the whole case around one."""

    async def add(self, conversation: Conversation) -> None: ...

    async def get(self, conversation_id: str) -> Conversation | None: ...

    async def beginning_with(self, beginning: str) -> Conversation | None:
        """Return the conversation whose id begins so, if there is exactly one."""
        ...

    async def open_for(self, channel: Channel, address: str) -> Conversation | None:
        """Return the newest conversation with this address that is not resolved."""
        ...

    async def change(self, conversation_id: str, *, at: datetime, **values: Any) -> None:
        """Set columns of a conversation (names of `Conversation`), raise `version` by one, set `updated_at`."""
        ...

    async def mark_shown(self, conversation_id: str, version: int) -> None: ...

    async def case(self, conversation_id: str, *, known: Case | None = None) -> Case | None:
        """Load everything about one conversation; what is `known` is not loaded again at the same version."""
        ...

    async def of_person(self, customer_id: str, limit: int) -> Sequence[Conversation]:
        """Return the newest conversations of a customer, on all channels and under all their addresses."""
        ...

    async def unfinished(self, limit: int) -> Sequence[str]:
        """Return the conversations that state says are to be advanced but nobody queued."""
        ...

    async def resolved_for(self, channel: Channel, address: str) -> Conversation | None:
        """Return the newest conversation with this address that is resolved, and goes on in no other."""
        ...

    async def count_by_status(self) -> Mapping[tuple[Channel, Status], int]: ...


class Messages(Protocol):
    """What was said. Unique on (channel, external id)."""

    async def add(self, message: Message, channel: Channel) -> int | None:
        """Insert, and return its number; None, and nothing is changed, when (channel, external id) is known."""
        ...

    async def find(self, channel: Channel, external_id: str) -> Message | None: ...

    async def amend(self, message_id: str, metadata: Mapping[str, Any]) -> None:
        """Put these metadata in place of a message's."""
        ...

    async def channel_of(self, message_id: str) -> Channel | None:
        """Return on which channel a message came or went, which need not be its conversation's."""
        ...

    async def get(self, ids: Collection[str]) -> Sequence[Message]:
        """Return the messages with these ids, wherever they have been moved to."""
        ...

    async def nth_newest_of_customer(self, conversation_id: str, number: int) -> datetime | None:
        """Return when the customer's newest message but `number - 1` came; None when there are fewer."""
        ...


class RawMails(Protocol):
    """Mails as they came, by the SHA-256 of their content."""

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Insert; one that is here already stays as it is."""
        ...

    async def get(self, sha256: str) -> bytes | None: ...


class Attachments(Protocol):
    """What came with messages besides their text, by the SHA-256 of its content."""

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Insert; one that is here already stays as it is."""
        ...

    async def get(self, sha256: str) -> bytes | None: ...


class Drafts(Protocol):
    async def add(self, draft: Draft) -> None: ...

    async def get(self, draft_id: str) -> Draft | None: ...

    async def cited(self, since: datetime) -> Cited:
        """Return what the drafts since then rested on."""
        ...

    async def model_work(self, since: datetime) -> Sequence[ModelWork]:
        """Return what each model took for the drafts since then, the busiest first."""
        ...


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
        self,
        delivery_id: str,
        before: DeliveryState,
        after: DeliveryState,
        *,
        at: datetime,
        error: str = "",
        author: str = "",
        since: datetime | None = None,
        external_id: str = "",
    ) -> bool:
        """Compare and set the state; True for the one caller who moved it. Back to pending, a new attempt begins.

        An `author` and an `external_id` take the place of the old. `since` is the row's `updated_at` as the caller
        knows it: whoever claimed the row before somebody else did must not move it any more.
        """
        ...

    async def arrived(self, delivery_id: str, *, at: datetime) -> bool:
        """Note that what was sent has arrived; True for the one caller who was first."""
        ...

    async def note_uncopied(self, delivery_id: str, people: Sequence[str]) -> None:
        """Note who of those in copy did not get it, in place of what was known."""
        ...

    async def arrived_unshown(self, *, since: datetime, limit: int) -> Sequence[str]:
        """Return conversations with an answer that arrived since then, and after their last change."""
        ...

    async def claim(self, delivery_id: str, external_id: str, *, at: datetime) -> bool:
        """Pending -> sending, only while the conversation's turn is still the delivery's turn.

        `external_id` is what the answer will be known by on its channel; `find` finds the row by it from then on.
        """
        ...

    async def find(self, channel: Channel, external_id: str) -> Delivery | None:
        """Return the row of an answer by the id it carries on its channel; one that was never claimed has none."""
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


class Suggestions(Protocol):
    """Answers of agents that could become articles."""

    async def add(self, suggestion: Suggestion) -> bool:
        """Insert; False when this answer has been suggested before."""
        ...

    async def get(self, suggestion_id: str) -> Suggestion | None: ...

    async def undecided(self, limit: int) -> tuple[Sequence[Suggestion], int]:
        """Return the newest that wait for a decision, and how many there are."""
        ...

    async def decide(self, suggestion_id: str, actor: str, article: str) -> bool:
        """Note who decided, and the name of the article it became ("" for none); True for the one who was first."""
        ...


class Assessments(Protocol):
    """Drafts as statistics see them: how sure they were, and what people made of them."""

    async def add(self, assessed: Assessed) -> None: ...

    async def judge(self, draft_id: str, *, right: bool, verdict: str, at: datetime) -> bool:
        """Keep what a person made of a draft, the newest word; False when the confidence did not decide on it."""
        ...

    async def disapprove(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that somebody did otherwise than a draft said, unless a person has said that it was right."""
        ...

    async def doubt(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that a draft was not right, unless somebody has said so before, or nobody checked what left by itself.

        False when it changes nothing.
        """
        ...

    async def judged(self, channel: Channel, limit: int, *, tried: bool = True) -> Sequence[Assessed]:
        """Return the drafts of a channel that people have judged, the newest judgement first.

        Without `tried` those that variant B of an experiment decided on are left out.
        """
        ...

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        """Return what people found right, the newest first: messages answered from one article."""
        ...

    async def confidences(self, channel: Channel, limit: int) -> Sequence[float]:
        """Return how sure the newest drafts of a channel were, judged or not."""
        ...


class Audit(Protocol):
    async def append(
        self, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
    ) -> None:
        """Append one row to the hash chain, in the caller's transaction."""
        ...

    async def head(self) -> Head | None:
        """Return where the chain has to end; None when somebody has removed that."""
        ...

    async def about(self, subject: str) -> Sequence[AuditRow]:
        """Return the rows with this subject, in order."""
        ...


@dataclass(frozen=True)
class Setting:
    """One value somebody set; the newest per key counts."""

    key: str
    value: Any
    actor: str
    at: datetime


@dataclass(frozen=True)
class SettingRow:
    """A row of the settings' history: `before` is what was set before it; the first of a key has nothing there."""

    seq: int
    key: str
    value: Any
    actor: str
    at: datetime
    before: Any = None
    is_first: bool = False

    def with_before(self, before: Any) -> "SettingRow":
        """Return the same, with what counted before it."""
        return replace(self, before=before)


class Settings(Protocol):
    """Append-only: the newest row of a key is in force."""

    async def lock(self) -> None:
        """Let nobody else change a setting until the transaction ends."""
        ...

    async def current(self) -> Mapping[str, Setting]: ...

    async def set(self, setting: Setting) -> None: ...

    async def history(self, limit: int) -> Sequence[SettingRow]:
        """Return the newest rows, the newest first."""
        ...


class OptOuts(Protocol):
    """The numbers to which nothing may be texted."""

    async def add(self, address: str, at: datetime) -> None:
        """Stop what would be texted to this address; once is enough."""
        ...

    async def remove(self, address: str) -> None:
        """Allow it again."""
        ...

    async def has(self, address: str) -> bool:
        """Tell whether it is stopped."""
        ...


class Receipts(Protocol):
    """What was taken already, by its key, so that it has one effect however often it is handed over."""

    async def has(self, key: str) -> bool: ...

    async def add(self, key: str, at: datetime) -> bool:
        """Keep a receipt; False when there is one."""
        ...

    async def forget(self, before: datetime) -> None: ...


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
class DeskLine:
    """What is shown one after the other: new cards of one channel, or changes of those that are `standing`."""

    channel: Channel
    standing: bool


@dataclass(frozen=True)
class DeskRun:
    """A conversation that is ours to show, up to `until`.

    It is `doubtful` when nobody knows how far an earlier run came.
    """

    conversation_id: str
    until: datetime
    doubtful: bool = False
    tries: int = 0


class DeskRuns(Protocol):
    """Which conversations are to be shown, and who shows them."""

    async def lines(self, now: datetime) -> Collection[DeskLine]:
        """Return the lines in which something can be shown now."""
        ...

    async def waiting(self) -> int:
        """Count the conversations whose newest version is not shown."""
        ...

    async def claim(self, line: DeskLine, *, now: datetime, until: datetime) -> DeskRun | None:
        """Take what waits for a person first, then what waits longest; nobody else gets it before `until`."""
        ...

    async def release(self, run: DeskRun) -> bool:
        """Let go; False when somebody else has taken the conversation over."""
        ...

    async def postpone(self, run: DeskRun, until: datetime, *, doubtful: bool) -> bool:
        """Let go after a failure and count it; False when somebody else has taken the conversation over."""
        ...

    async def abandon(self, now: datetime) -> None:
        """End all claims, where no other process can have one."""
        ...


@dataclass(frozen=True)
class ChatEvent:
    """One numbered event in a visitor's stream; `seq` counts from 1 per visitor."""

    seq: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class ChatSession:
    """Whose session it is, and whether somebody had vouched for them when it was opened."""

    visitor: str
    identified: bool
    created_at: datetime


@dataclass(frozen=True)
class Visitor:
    """What is known of a visitor: `subject` is who they are to whoever vouched for them, None for nobody."""

    visitor: str
    subject: str | None
    name: str
    email: str
    verified: bool
    at: datetime


@dataclass(frozen=True)
class Unseen:
    """An answer that stands in a visitor's stream under `seq`, and that they have not fetched `since` then."""

    delivery_id: str
    conversation_id: str
    visitor: str
    seq: int
    since: datetime


class Chat(Protocol):
    """Web-chat visitors, their sessions, their event stream, and which answers in it they did not fetch yet."""

    async def open_session(
        self, token_hash: str, visitor: str, *, at: datetime, identified: bool = False
    ) -> None: ...

    async def session(self, token_hash: str, *, since: datetime) -> ChatSession | None:
        """Return whose token this is, unless it was handed out before `since`."""
        ...

    async def visitor(self, visitor: str) -> Visitor | None: ...

    async def visitor_of(self, subject: str) -> str | None:
        """Return the visitor who was vouched for under this name."""
        ...

    async def put_visitor(self, visitor: Visitor) -> None:
        """Insert, or replace what is known."""
        ...

    async def append(
        self, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
    ) -> int:
        """Append an event and return its seq; when (visitor, key) exists, return that event's seq unchanged."""
        ...

    async def seq_of(self, visitor: str, key: str) -> int | None: ...

    async def after(self, visitor: str, seq: int, limit: int) -> Sequence[ChatEvent]: ...

    async def last_seq(self, visitor: str) -> int: ...

    async def expect(self, unseen: Unseen) -> None:
        """Note an answer that is to be fetched; one that is known changes nothing."""
        ...

    async def unseen(self, visitors: Collection[str]) -> Sequence[Unseen]:
        """Return what these visitors did not fetch."""
        ...

    async def overdue(self, before: datetime, limit: int) -> Sequence[Unseen]:
        """Return what nobody fetched since `before`, without that of which people were told."""
        ...

    async def tell_unseen(self, delivery_id: str, *, mail_at: datetime | None = None) -> bool:
        """Have the case say that this was not fetched; True for the one caller who was first.

        With `mail_at`, it is to be mailed from then on.
        """
        ...

    async def to_mail(self, now: datetime, limit: int) -> Sequence[Unseen]:
        """Return what is to be mailed by now, or was being mailed and should be settled by now."""
        ...

    async def mail_state(self, delivery_id: str) -> DeliveryState | None:
        """Return how far the mail about an unseen answer is; None when there is none, or it was fetched."""
        ...

    async def move_mail(
        self, delivery_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime
    ) -> bool:
        """Compare and set; True for the one caller who moved it. `at` is when to look at it again."""
        ...

    async def drop_unseen(self, before: datetime) -> None:
        """Forget what was not fetched since `before`: nobody waits for it any more."""
        ...

    async def forget_unseen(self, delivery_id: str) -> bool:
        """Note that this was fetched; return whether the case said otherwise."""
        ...


class Periodic(Protocol):
    """When periodic work is due next, shared by all processes."""

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take the work of this name if it is due at `at`; True for the one caller who may do it until then."""
        ...


@dataclass(frozen=True)
class Bookmark:
    """How far a mailbox on an IMAP server has been read (RFC 3501, 2.3.1.1).

    `validity` is its UIDVALIDITY, `last_uid` the highest UID that was taken, `left` those below it that could not be
    kept yet, `caught_up_at` when everything had been taken last.
    """

    validity: int
    last_uid: int
    left: tuple[int, ...] = ()
    caught_up_at: datetime | None = None


class Mailboxes(Protocol):
    """Which process reads a mailbox, and how far it has come."""

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take a mailbox until then, or keep it longer; False while another process has it."""
        ...

    async def release(self, name: str, holder: str, *, at: datetime) -> None:
        """Let others have it at once."""
        ...

    async def bookmark(self, name: str) -> Bookmark | None: ...

    async def put(self, name: str, holder: str, mark: Bookmark) -> bool:
        """Keep a bookmark; False, changing nothing, when another process has the mailbox now."""
        ...


class ExternalRefs(Protocol):
    """What our things are called in record systems."""

    async def of(self, system: str, conversation_id: str) -> Mapping[str, Ref]:
        """Return what a system knows of a conversation, by entry."""
        ...

    async def get(self, system: str, entry_id: str) -> Ref | None: ...

    async def conversation_of(self, system: str, external_id: str) -> str | None:
        """Return the conversation whose record has this id in a system."""
        ...

    async def add(self, ref: Ref) -> bool:
        """Insert; False, changing nothing, when there is one."""
        ...

    async def put(self, ref: Ref) -> None:
        """Insert, or replace what is known."""
        ...

    async def begun(self, conversation_id: str) -> Sequence[Ref]:
        """Return the conversation's records in all systems."""
        ...

    async def carry(
        self, conversation_id: str, entries: Sequence[str], until: datetime | None = None
    ) -> None:
        """Let what is known of these entries, or was known `until` then, count for another conversation."""
        ...


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
    def attachments(self) -> Attachments: ...
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
    def ratings(self) -> Ratings: ...
    @property
    def rating_requests(self) -> RatingRequests: ...
    @property
    def merges(self) -> Merges: ...
    @property
    def assessments(self) -> Assessments: ...
    @property
    def suggestions(self) -> Suggestions: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def opt_outs(self) -> OptOuts: ...
    @property
    def unfetched(self) -> UnfetchedMedia: ...
    @property
    def writings(self) -> Writings: ...
    @property
    def waiting_list(self) -> Queue: ...
    @property
    def blocked_senders(self) -> BlockedSenders: ...
    @property
    def practised(self) -> Practised: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def desk_posts(self) -> DeskPosts: ...
    @property
    def desk_runs(self) -> DeskRuns: ...
    @property
    def chat(self) -> Chat: ...
    @property
    def periodic(self) -> Periodic: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def mailboxes(self) -> Mailboxes: ...
    @property
    def processes(self) -> Processes: ...
    @property
    def external_refs(self) -> ExternalRefs: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def insights(self) -> Insights: ...
    @property
    def day_sheets(self) -> DaySheets: ...
    @property
    def outcomes(self) -> Outcomes: ...
    @property
    def scorecards(self) -> Scorecards: ...
    @property
    def watches(self) -> Watches: ...
    @property
    def promises(self) -> Promises: ...
    @property
    def acknowledgements(self) -> Acknowledgements: ...

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
