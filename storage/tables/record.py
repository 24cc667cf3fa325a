"""What our things are called in record systems."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from bot.core.model import RefState
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import metadata

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
