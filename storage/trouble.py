"""A database that fails, in words: what it is, what to do, since when; said once and not at every attempt."""

import logging
import sqlite3
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock
from storage.rows import insert_into
from storage.tables import chat_sessions

log = logging.getLogger(__name__)

# SQLite's primary result codes -> what helps. After each of them the app goes on by itself.
_REMEDIES = {
    sqlite3.SQLITE_FULL: "Make room on its disk.",
    sqlite3.SQLITE_READONLY: "Give threadpilot the right to write the file and its folder.",
    sqlite3.SQLITE_PERM: "Give threadpilot the right to write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "Look whether the file and its folder are there and may be written.",
    sqlite3.SQLITE_BUSY: "Another program keeps it locked: end that program.",
    sqlite3.SQLITE_LOCKED: "Another program keeps it locked: end that program.",
    sqlite3.SQLITE_IOERR: "Look whether its disk is full, at its limit, or broken.",
    sqlite3.SQLITE_CORRUPT: "It is damaged: stop threadpilot and restore a backup.",
    sqlite3.SQLITE_NOTADB: "It is damaged, or no database: stop threadpilot and restore a backup.",
}
_PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PROBE, _SEVERAL_PAGES = "probe", "-" * 16_384
_PRIMARY = 0xFF  # Extended result codes keep the primary one in the lowest byte.


def explain(error: BaseException) -> str:
    """Say what failed in the driver's words, and what to do. SQLAlchemy's own would repeat the customer's text."""
    cause = getattr(error, "orig", None) or error
    remedy = _REMEDIES.get(_code(cause), "")
    said = str(cause).partition("\n")[0]  # After the first line PostgreSQL repeats the customer's text too.
    return f"The database failed: {said}" + (f". {remedy}" if remedy else "")


def passes(error: BaseException) -> bool:
    """Tell whether SQLite says something that may be different in a moment: a full disk, a lock."""
    return _code(getattr(error, "orig", None) or error) in _PASSING


def _code(cause: BaseException) -> int:
    return int(getattr(cause, "sqlite_errorcode", None) or 0) & _PRIMARY


class Trouble:
    """Remembers an outage of the database from its first failed transaction to the next that is committed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: datetime | None = None
        self.text = ""

    def begins(self, text: str) -> None:
        """Note a failure; only the first of an outage is logged."""
        if self._since is None:
            self._since = self._clock()
            log.error("database_down", extra={"reason": text})
        self.text = text

    def ends(self) -> None:
        """Note a commit."""
        if self._since is not None:
            lasted = (self._clock() - self._since).total_seconds()
            log.info("database_back", extra={"after_s": round(lasted)})
        self._since, self.text = None, ""


async def leave_no_trace(connection: AsyncConnection, now: datetime) -> None:
    """Write a row that needs room on the disk, and take it back: the commit tells whether writing works again."""
    probe = {"token_hash": _PROBE, "visitor": _SEVERAL_PAGES, "created_at": now}
    await connection.execute(insert_into(connection, chat_sessions).values(probe))
    await connection.execute(delete(chat_sessions).where(chat_sessions.c.token_hash == _PROBE))
