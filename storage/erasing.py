"""Erases what belongs to somebody, everywhere in the database, and leaves in the audit log that it was done.

Rows of the audit log cannot go: the chain would end there. Their content goes, and an `erase` row, which is part of
the chain like any other, names their numbers and hashes, so that what was emptied so is told from what was forged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import ERASE, TOMBSTONE, AuditRow, is_tombstone
from storage.facts import forget_days_of
from storage.migrate import upkeep_engine
from storage.personal import Belongings, audit_rows, rows_of
from storage.tables import audit
from storage.transaction import SqlTransaction
from storage.urls import parse


@dataclass(frozen=True)
class Erased:
    """How many rows of which table, and how many of the audit log were emptied."""

    rows: Mapping[str, int]
    emptied: int

    def __str__(self) -> str:
        parts = [f"{count} {name}" for name, count in self.rows.items() if count]
        return ", ".join([*parts, f"{self.emptied} audit rows emptied"])


async def count(connection: AsyncConnection, theirs: Belongings) -> Erased:
    """Return what `erase` would do."""
    counts = {
        table.name: int(
            await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
        )
        for table, condition in rows_of(theirs).items()
    }
    return Erased(counts, len([row for row in await audit_rows(connection, theirs) if not is_tombstone(row)]))


async def erase(tx: SqlTransaction, theirs: Belongings, *, at: datetime, actor: str, why: str) -> Erased:
    """Erase it, in this transaction, which overwrites what it deletes (on SQLite)."""
    connection = tx.connection
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")
    emptied = await _empty(connection, await audit_rows(connection, theirs), theirs)
    await forget_days_of(connection, theirs.conversations)
    counts = {}
    for table, condition in rows_of(theirs).items():
        counts[table.name] = (await connection.execute(delete(table).where(condition))).rowcount
    await _drop_jobs(connection, theirs)
    payload = {"why": why, "rows": {name: count for name, count in counts.items() if count}, "audit": emptied}
    await tx.audit.append(at=at, actor=actor, action=ERASE, subject=ERASE, payload=payload)
    return Erased(counts, len(emptied))


async def _empty(connection: AsyncConnection, rows: list[AuditRow], theirs: Belongings) -> dict[str, str]:
    """Empty rows of the audit log; return number -> hash."""
    emptied = [row for row in rows if not is_tombstone(row)]
    for row in emptied:
        values = {
            "payload": TOMBSTONE,
            "subject": _bare(row.subject, theirs),
            "actor": _bare(row.actor, theirs),
        }
        await connection.execute(update(audit).where(audit.c.seq == row.seq).values(values))
    return {str(row.seq): row.hash for row in emptied}


def _bare(said: str, theirs: Belongings) -> str:
    return ERASE if any(word.lower() in said.lower() for word in theirs.words) else said


async def _drop_jobs(connection: AsyncConnection, theirs: Belongings) -> None:
    """Drop what the engine of PostgreSQL still has to do, or has done, for these conversations."""
    if connection.dialect.name != "postgresql" or not theirs.conversations:
        return
    dropped = text("DELETE FROM procrastinate_jobs WHERE right(args ->> 'key', 32) = ANY(:ids)")
    await connection.execute(dropped, {"ids": list(theirs.conversations)})


async def leave_no_pages(url: str) -> bool:
    """Rebuild a SQLite database without its free pages, and empty its log; return False for another database.

    Nobody else may work on it.
    """
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite":
        return False
    engine = upkeep_engine(parsed)
    try:
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None, "it was just opened"  # noqa: S101
            await raw.rollback()
            await raw.execute("VACUUM")
            await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await engine.dispose()
    return True
