"""aiosqlite with one trip to the connection's thread per statement instead of four.

SQLAlchemy opens a cursor, executes, fetches and closes. With aiosqlite each of these switches to another thread and
back, which takes longer than SQLite needs for a query of ours. Here the first trip does it all.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

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
        return OneTripCursor(partial(self._execute, self._work))

    def _work(self, method: str, sql: str, parameters: Any) -> _Outcome:
        cursor = self._conn.cursor()
        try:
            getattr(cursor, method)(sql, parameters)
            rows = cursor.fetchall() if cursor.description else []
            return rows, cursor.description, cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()


async def connect(path: str) -> OneTripConnection:
    """Open a connection that leaves BEGIN and COMMIT to whoever uses it."""
    connector = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
    connection = OneTripConnection(connector, iter_chunk_size=64)
    await connection
    return connection
