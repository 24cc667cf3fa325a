"""The audit chain."""

from sqlalchemy import Column, Connection, Index, Integer, String, Table, event

from bot.core.audit import GENESIS
from storage.bodies import BodyJson
from storage.columns import Prose, UtcDateTime
from storage.tables.schema import metadata

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
