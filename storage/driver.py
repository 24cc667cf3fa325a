"""aiosqlite with two trips to the connection's thread per transaction, instead of four per statement.

SQLAlchemy opens a cursor, executes, fetches and closes. With aiosqlite each of these switches to another thread and
back, which takes ten times as long as SQLite needs for a query of ours. What may wait for a lock or for the disk is
done in the thread: to begin, to commit, to set up. What stands between, reads and writes pages in memory, in some
20 microseconds, and is done at once. Unless it says that it takes longer.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

_LOOK = "SELECT 1 FROM sqlite_master LIMIT 1"
ASIDE = "/* aside */"  # At the end of a query: it reads much, so it is done in the thread.
_QUICK = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

_Outcome = tuple[list[Any], Any, int, int | None]


class OneTripCursor:
    """A cursor that fetches while it executes. Results are small: whoever reads many rows asks for pages."""

    def __init__(self, trip: Callable[..., Awaitable[_Outcome]]) -> None:
        self._trip = trip
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "OneTripCursor":
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "OneTripCursor":
        """Execute a statement and fetch its rows."""
        self._note(await self._trip("execute", sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "OneTripCursor":
        """Execute a statement once per set of parameters."""
        self._note(await self._trip("executemany", sql, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows, which are here already."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _note(self, outcome: _Outcome) -> None:
        self._rows, self.description, self.rowcount, self.lastrowid = outcome


class OneTripConnection(aiosqlite.Connection):
    """A connection that hands out such cursors."""

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        """Return a cursor, without a trip."""
        return OneTripCursor(self._run)

    async def _run(self, method: str, sql: str, parameters: Any) -> _Outcome:
        if sql.startswith(_QUICK) and not sql.rstrip().endswith(ASIDE):
            return self._work(method, sql, parameters)
        outcome: _Outcome = await self._execute(self._work, method, sql, parameters)  # type: ignore[no-untyped-call]
        return outcome

    def _work(self, method: str, sql: str, parameters: Any) -> _Outcome:
        cursor = self._conn.cursor()
        try:
            getattr(cursor, method)(sql, parameters)
            if sql.startswith("BEGIN"):
                cursor.execute(_LOOK)  # A snapshot begins with the first look: here it may wait for a lock.
            rows = cursor.fetchall() if cursor.description else []
            return rows, cursor.description, cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


async def connect(path: str, script: str = "") -> OneTripConnection:
    """Open a connection that leaves BEGIN and COMMIT to whoever uses it, and begins with a script."""
    connector = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
    connection = OneTripConnection(connector, iter_chunk_size=64)
    await connection
    if script:
        await connection.executescript(script)
    return connection
