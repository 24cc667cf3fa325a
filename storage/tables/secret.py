"""Keys, and logins to far sides."""

from sqlalchemy import Column, String, Table

from storage.columns import Prose, UtcDateTime
from storage.tables.schema import metadata

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
