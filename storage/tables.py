"""The tables, in SQLAlchemy Core. Alembic migrations create them; a test holds the two against each other.

Names of columns are the names of the model's fields, so that a row becomes a value without further ado. `position`
orders rows of one conversation (or draft) that may share a moment.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
    text,
)

from bot.core.audit import GENESIS
from bot.core.insights.facts import Sent
from bot.core.model import Action, Channel, Closed, DeliveryState, RefState, Sender, Status
from bot.core.ports.engine import Lane
from bot.core.ports.reporting import NoticeState
from storage.bodies import Body, BodyBytes, BodyJson, BodyParts
from storage.codec import (
    decode_copies,
    decode_facts,
    decode_looks,
    decode_moved,
    decode_parts,
    decode_proposal,
    decode_reasons,
    encode_facts,
    encode_looks,
    encode_moved,
    encode_parts,
    encode_proposal,
    encode_reasons,
)
from storage.columns import Coded, Packed, Prose, UtcDateTime, Word

# Conditions of partial indexes: SQLite uses one only for a query that says the same, letter by letter.
NOT_SHOWN = "shown_version < version"
ON_ITS_WAY = "state IN ('pending', 'sending')"
HAS_ARRIVED = "delivered_at IS NOT NULL"
NOT_TOLD = "NOT told"
IS_RESOLVED = "status = 'resolved'"
TO_MAIL = "mail_state IN ('pending', 'sending')"
IN_EXPERIMENT = "variant <> ''"
IS_ASLEEP = "snoozed_until IS NOT NULL"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id", *, primary_key: bool = False) -> Column[str]:
    return Column(name, String(32), primary_key=primary_key, nullable=False)


def _conversation_id() -> Column[str]:
    return Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False)


customers = Table(
    "customers",
    metadata,
    _id(primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("name", Prose, nullable=False),
    Column("company", Prose, nullable=False),
    Column("facts", Coded(encode_facts, decode_facts), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("created_at", UtcDateTime),
    Column("email", Prose, nullable=False, server_default=text("''")),
    Column("looks", Coded(encode_looks, decode_looks), nullable=False, server_default=text("'[]'")),
    # Rows with the same `person` are one customer; one that stays `apart` is joined by hand only.
    Column("person", String(32), nullable=False, server_default=text("''"), index=True),
    Column("apart", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("channel", "address"),
)

customer_ids = Table(
    "customer_ids",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("external_id", String(64), primary_key=True),
    Column("customer_id", String(32), ForeignKey("customers.id"), primary_key=True),
)

conversations = Table(
    "conversations",
    metadata,
    _id(primary_key=True),
    Column("customer_id", String(32), ForeignKey("customers.id"), nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("subject", Prose, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("identified", Boolean, nullable=False),
    Column("assignee", String(32)),
    Column("escalated", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("shown_version", Integer, nullable=False),
    Column("snoozed_until", UtcDateTime),
    Column("closed_as", Word(Closed), nullable=False, server_default=text("''")),
    Column("closed_at", UtcDateTime),
    Index(None, "channel", "address", "created_at"),
    Index(None, "customer_id", "created_at"),
    Index(None, "status", "channel"),
    Index(None, "updated_at"),
    Index(
        "ix_conversations_not_shown",
        "channel",
        "updated_at",
        sqlite_where=text(NOT_SHOWN),
        postgresql_where=text(NOT_SHOWN),
    ),
    Index(
        "ix_conversations_resolved",
        "channel",
        "updated_at",
        sqlite_where=text(IS_RESOLVED),
        postgresql_where=text(IS_RESOLVED),
    ),
    Index(
        "ix_conversations_asleep",
        "snoozed_until",
        sqlite_where=text(IS_ASLEEP),
        postgresql_where=text(IS_ASLEEP),
    ),
)

messages = Table(
    "messages",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("channel", Word(Channel), nullable=False),
    Column("external_id", Prose),
    Column("seq", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("sender_type", Word(Sender), nullable=False, key="sender"),
    Column("author", Prose, nullable=False),
    Column("content", Body("messages.content"), nullable=False),
    Column("metadata", BodyParts("messages.metadata", ("quoted",)), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("channel", "external_id"),
)

raw_mails = Table(
    "raw_mails",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", BodyBytes("raw_mails.content"), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", BodyBytes("attachments.content"), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)

unfetched_media = Table(
    "unfetched_media",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id"), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)

drafts = Table(
    "drafts",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("proposal", BodyJson("drafts.proposal", encode_proposal, decode_proposal), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "turn", "version"),
)

model_uses = Table(
    "model_uses",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("model", Prose, nullable=False),
    Column("prompt", Prose, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_model_uses_sums", *"at model tokens_in tokens_out seconds cost".split()),
)

decisions = Table(
    "decisions",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("draft_id", String(32), ForeignKey("drafts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("action", Word(Action), nullable=False),
    Column("reasons", BodyJson("decisions.reasons", encode_reasons, decode_reasons), nullable=False),
    Column("threshold", Float, nullable=False),
    Column("policy_version", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("actor", String(32)),
    Column("variant", String(40), nullable=False, server_default=text("''")),
    Index(None, "draft_id", "position"),
    Index(
        "ix_decisions_variant",
        "variant",
        sqlite_where=text(IN_EXPERIMENT),
        postgresql_where=text(IN_EXPERIMENT),
    ),
    Index(
        "uq_decisions_draft_sent",
        "draft_id",
        unique=True,
        sqlite_where=text("action = 'send'"),
        postgresql_where=text("action = 'send'"),
    ),
)
B_OF_AN_EXPERIMENT = decisions.c.variant.endswith(":b")

deliveries = Table(
    "deliveries",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("decision_id", String(32), ForeignKey("decisions.id"), nullable=False),
    Column("draft_id", String(32), ForeignKey("drafts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("text", Body("deliveries.text"), nullable=False),
    Column("sender", Word(Sender), nullable=False),
    Column("author", Prose, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("error", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("external_id", Prose),
    Column("cc", Coded(list, decode_copies)),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("delivered_at", UtcDateTime),
    Column("uncopied", Coded(list, decode_copies)),
    UniqueConstraint("decision_id"),
    Index(None, "channel", "external_id"),
    Index(None, "conversation_id", "position"),
    Index(
        "ix_deliveries_has_arrived",
        "delivered_at",
        sqlite_where=text(HAS_ARRIVED),
        postgresql_where=text(HAS_ARRIVED),
    ),
    Index(
        "ix_deliveries_on_its_way",
        "conversation_id",
        sqlite_where=text(ON_ITS_WAY),
        postgresql_where=text(ON_ITS_WAY),
    ),
)

notes = Table(
    "notes",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("position", Integer, nullable=False),
    Column("author", Prose, nullable=False),
    Column("content", Body("notes.content"), nullable=False),
    Column("desk_ref", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("desk_ref"),
    Index(None, "conversation_id", "position"),
)

events = Table(
    "events",
    metadata,
    _id(primary_key=True),
    _conversation_id(),
    Column("position", Integer, nullable=False),
    Column("text", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "conversation_id", "position"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("good", Boolean, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("score", Integer, nullable=False),
    Column("comment", Body("ratings.comment"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

rating_requests = Table(
    "rating_requests",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "channel", "address"),
)

merges = Table(
    "merges",
    metadata,
    Column("source_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("target_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("actor", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("moved", Coded(encode_moved, decode_moved), nullable=False),
    Index(None, "target_id"),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("question", Body("suggestions.question"), nullable=False),
    Column("answer", Body("suggestions.answer"), nullable=False),
    Column("author", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_by", String(32)),
    Column("article", Prose, nullable=False),
    Index(None, "decided_by", "created_at"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("right", Boolean),
    Column("verdict", Prose, nullable=False),
    Column("judged_at", UtcDateTime),
    Index(None, "channel", "decided_at"),
    Index(None, "channel", "judged_at"),
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("reviewer", String(32), primary_key=True),
    Column("right", Boolean, nullable=False),
    Column("complete", Boolean),
    Column("tone", Boolean),
    Column("sources", Boolean),
    Column("context", Boolean),
    Column("note", Body("scorecards.note"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Prose, nullable=False),
    Column("action", Prose, nullable=False),
    Column("subject", Prose, nullable=False),
    Column("payload", BodyJson("audit.payload"), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "subject", "seq"),
)

# One row: where the chain has to end, so that rows cut off at its end are missed.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)


@event.listens_for(audit_head, "after_create")
def _begin_chain(_: Table, connection: Connection, **__: object) -> None:
    connection.execute(audit_head.insert(), {"id": 1, "seq": 0, "hash": GENESIS})


settings = Table(
    "settings",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("key", Prose, nullable=False),
    Column("value", JSON, nullable=False),
    Column("actor", Prose, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "key", "seq"),
)

desk_posts = Table(
    "desk_posts",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("sheet", String(64), primary_key=True),
    Column("slack_channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "slack_channel", "ts"),
)

desk_runs = Table(
    "desk_runs",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
)

chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("visitor", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("identified", Boolean, nullable=False, server_default=false()),
)

chat_visitors = Table(
    "chat_visitors",
    metadata,
    Column("visitor", Prose, primary_key=True),
    Column("subject", Prose),
    Column("name", Prose, nullable=False),
    Column("email", Prose, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("subject"),
)

chat_events = Table(
    "chat_events",
    metadata,
    Column("visitor", Prose, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("key", Prose, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", BodyJson("chat_events.payload"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("visitor", "key"),
)

chat_unseen = Table(
    "chat_unseen",
    metadata,
    Column("delivery_id", String(32), primary_key=True),
    _conversation_id(),
    Column("visitor", Prose, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("mail_state", Word(DeliveryState)),
    Column("mail_at", UtcDateTime),
    Index(None, "visitor", "seq"),
    Index(None, "conversation_id"),
    Index(None, "since"),
    Index("ix_chat_unseen_to_mail", "mail_at", sqlite_where=text(TO_MAIL), postgresql_where=text(TO_MAIL)),
    Index("ix_chat_unseen_not_told", "since", sqlite_where=text(NOT_TOLD), postgresql_where=text(NOT_TOLD)),
)

jobs = Table(
    "jobs",
    metadata,
    Column("lane", Word(Lane), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("run_at", UtcDateTime, nullable=False),
    Column("again_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "lane", "run_at", "key"),
)

periodic = Table(
    "periodic",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("holder", String(64), nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("state", Word(NoticeState), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("said", Prose, nullable=False),
    Column("good_since", UtcDateTime),
    Column("tried_at", UtcDateTime),
    Column("slack_channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("version", Integer, nullable=False),
)

processes = Table(
    "processes",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("duties", JSON, nullable=False),
    Column("down", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", Prose, primary_key=True),
    Column("holder", String(96), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("validity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("left", JSON, nullable=False),
    Column("caught_up_at", UtcDateTime),
)

rate_gates = Table(
    "rate_gates",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("next_at", UtcDateTime),
    Column("closed_until", UtcDateTime),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("address", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# An answer that somebody has not sent yet, saved while they type; `view_id` is their window, "" once it is closed.
writings = Table(
    "writings",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), primary_key=True),
    Column("actor", String(32), primary_key=True),
    Column("turn", Integer, nullable=False),
    Column("draft_id", String(32)),
    Column("parts", BodyJson("writings.parts", encode_parts, decode_parts), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("view_id", String(64), nullable=False),
    Column("told", String(96), nullable=False),
    Column("noticed", Boolean, nullable=False, server_default=false()),
)

blocked_senders = Table(
    "blocked_senders",
    metadata,
    Column("address", Prose, primary_key=True),
    Column("channel", Word(Channel), primary_key=True),
    Column("actor", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

practised = Table(
    "practised",
    metadata,
    Column("actor", String(32), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

external_refs = Table(
    "external_refs",
    metadata,
    Column("system", String(16), primary_key=True),
    Column("entry_id", String(64), primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id")),
    Column("state", Word(RefState), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("external_id", Prose, nullable=False),
    Column("url", Prose, nullable=False),
    Column("mark", Prose, nullable=False),
    Column("trouble", Prose, nullable=False),
    Index(None, "conversation_id", "system"),
    Index(None, "system", "external_id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

# What is kept of logins to far sides; `leased_until` says until when somebody is fetching the next token.
access_tokens = Table(
    "access_tokens",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("sealed", Prose, nullable=False),
    Column("leased_until", UtcDateTime, nullable=False),
)

# What belongs to the installation as a whole.
installation = Table(
    "installation",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Prose, nullable=False),
)

# The keys that bodies are encrypted with, each encrypted with one that lies outside of the database.
data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("wrapped", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# No foreign keys: facts follow from the rest, and are made anew when it changes.
case_facts = Table(
    "case_facts",
    metadata,
    _id("conversation_id", primary_key=True),
    Column("version", Integer, nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("hour", Integer, nullable=False),  # For the version before, as `ended_hour`.
    Column("quarter", Integer, nullable=False, server_default=text("0")),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("durable", Boolean, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("reopened", Boolean, nullable=False),
    Column("repeated", Boolean, nullable=False),
    Column("ended_hour", Integer),
    Column("ended_quarter", Integer),
    Column("resolution_s", Integer),
    Column("resolution_open_s", Integer),
    Column("score", Integer),
    Column("hours", String(16), nullable=False, server_default=text("'?'")),
    Index(
        "ix_case_facts_sums",
        *"channel quarter asked answered automated durable escalated reopened repeated score".split(),
        *"resolution_s resolution_open_s".split(),
    ),
    Index(
        "ix_case_facts_lists",
        *"begun_at channel asked answered automated durable escalated reopened repeated score".split(),
        "conversation_id",
    ),
    Index("ix_case_facts_ended", *"ended_quarter channel asked automated quarter resolution_s".split()),
)

turn_facts = Table(
    "turn_facts",
    metadata,
    _id("conversation_id", primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("channel", Word(Channel), nullable=False),
    Column("hour", Integer, nullable=False),  # For the version before, as `ended_hour`.
    Column("quarter", Integer, nullable=False, server_default=text("0")),
    Column("first", Boolean, nullable=False),
    Column("action", Word(Action)),
    Column("reason", Prose, nullable=False),
    Column("confidence", Integer),
    Column("article", Prose, nullable=False),
    Column("sent", Word(Sent)),
    Column("agent", Prose, nullable=False),
    Column("wait_s", Integer),
    Column("wait_open_s", Integer),
    Column("approval_s", Integer),
    Column("approval_open_s", Integer),
    Column("edit", Integer),
    Column("good", Boolean),
    Column("missed", Boolean, nullable=False, server_default=false()),
    Index("ix_turn_facts_sums", *"channel quarter sent action good missed confidence reason".split()),
    Index("ix_turn_facts_articles", *"channel quarter article sent good".split()),
    Index("ix_turn_facts_agents", *"channel quarter agent sent good".split()),
    Index(
        "ix_turn_facts_times",
        *"channel quarter first wait_s wait_open_s approval_s approval_open_s edit".split(),
    ),
)

# Sums of whole days. A row goes when a fact of its day changes; whatever is missing is added up from the facts.
# `shape` says what `sheet` consists of: one of another shape is as good as none.
day_sheets = Table(
    "day_sheets",
    metadata,
    Column("channel", Word(Channel), primary_key=True),
    Column("since", Integer, primary_key=True, autoincrement=False),
    Column("until", Integer, primary_key=True, autoincrement=False),
    Column("shape", Integer, nullable=False),
    Column("sheet", Packed, nullable=False),
)
