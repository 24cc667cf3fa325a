"""What is said, and what comes with it."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint

from bot.core.model import Channel, Sender
from storage.bodies import Body, BodyBytes, BodyParts
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, row_id

messages = Table(
    "messages",
    metadata,
    row_id(),
    conversation_id(),
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
