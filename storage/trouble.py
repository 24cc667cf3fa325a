"""A database that fails, in words: what it is, what to do, since when; said once and not at every attempt."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import NotStored
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
# Codes of PostgreSQL. SQLite's driver counts a missing table among the operational errors anyway.
_NO_SUCH_TABLE = "42P01"
_CONFLICT = "40"  # Two transactions in each other's way: no outage, one of them comes again.
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


@contextmanager
def driver_errors_wrapped(tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Turn a failing database into NotStored. A violated constraint is a fault of ours and stays as it is.

    A deadlock, a time limit and a lost connection are failures too: nothing was kept, and trying again is safe.
    """
    try:
        yield
    except (PoolTimeout, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not _is_failure(error):
            raise
        said = explain(error)
        if not str(getattr(error.__cause__, "sqlstate", "")).startswith(_CONFLICT):
            tell(said)
        raise NotStored(said) from error


def _is_failure(error: DBAPIError) -> bool:
    if isinstance(error, ProgrammingError):
        return getattr(error.orig, "sqlstate", "") == _NO_SUCH_TABLE
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


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
