"""What is to be done, and how processes share it."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from bot.core.ports.engine import Lane
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import metadata

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

receipts = Table(
    "receipts",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)
