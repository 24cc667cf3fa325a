"""Web chat."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint, false

from bot.core.model import DeliveryState
from storage.bodies import BodyJson
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, partial_index

TO_MAIL = "mail_state IN ('pending', 'sending')"
NOT_TOLD = "NOT told"

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
    conversation_id(),
    Column("visitor", Prose, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("mail_state", Word(DeliveryState)),
    Column("mail_at", UtcDateTime),
    Index(None, "visitor", "seq"),
    Index(None, "conversation_id"),
    Index(None, "since"),
    partial_index("ix_chat_unseen_to_mail", "mail_at", where=TO_MAIL),
    partial_index("ix_chat_unseen_not_told", "since", where=NOT_TOLD),
)
