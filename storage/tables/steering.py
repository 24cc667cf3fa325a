"""What managers have set."""

from sqlalchemy import JSON, Column, Index, Integer, Table

from storage.columns import Prose, UtcDateTime
from storage.tables.schema import metadata

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
