"""Conversations, and what happens to them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from bot.core.model import Channel, Closed, Status
from storage.bodies import Body
from storage.codec import decode_moved, encode_moved
from storage.columns import Coded, Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, partial_index, row_id

NOT_SHOWN = "shown_version < version"
IS_RESOLVED = "status = 'resolved'"
IS_ASLEEP = "snoozed_until IS NOT NULL"

conversations = Table(
    "conversations",
    metadata,
    row_id(),
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
    Column("workspace", String(32), nullable=False, server_default=text("''")),
    Index(None, "channel", "address", "created_at"),
    Index(None, "customer_id", "created_at"),
    Index(None, "status", "channel"),
    Index(None, "updated_at"),
    partial_index("ix_conversations_not_shown", "channel", "updated_at", where=NOT_SHOWN),
    partial_index("ix_conversations_resolved", "channel", "updated_at", where=IS_RESOLVED),
    partial_index("ix_conversations_asleep", "snoozed_until", where=IS_ASLEEP),
)

notes = Table(
    "notes",
    metadata,
    row_id(),
    conversation_id(),
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
    row_id(),
    conversation_id(),
    Column("position", Integer, nullable=False),
    Column("text", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "conversation_id", "position"),
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
