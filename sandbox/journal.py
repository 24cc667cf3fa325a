"""What the stand-ins must not forget: one small SQLite table of JSON records by kind and key.

Without a directory the table lives in memory only. Every write is committed before the caller goes on, so that a
killed process finds everything it had answered for when it starts again on the same directory.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sandbox.wire import Json

FILE_NAME = "sandbox.db"


class Journal:
    def __init__(self, directory: Path | None = None) -> None:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
        place = ":memory:" if directory is None else str(directory / FILE_NAME)
        self._db = sqlite3.connect(place, isolation_level=None)
        # A write must outlive the process, not a power cut: NORMAL in WAL mode is enough and quick.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS records "
            "(kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def put(self, kind: str, key: str, body: Json) -> None:
        self._db.execute("REPLACE INTO records VALUES (?, ?, ?)", (kind, key, json.dumps(body)))

    def drop(self, kind: str, key: str) -> None:
        self._db.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))

    def load(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Yield all records of a kind, ordered by key."""
        rows = self._db.execute("SELECT key, body FROM records WHERE kind = ? ORDER BY key", (kind,))
        for key, body in rows.fetchall():
            yield key, json.loads(body)

    def part(self, name: str) -> "Part":
        """Return a part of this one: what is kept there is apart from all else."""
        return Part(self, name)

    def close(self) -> None:
        self._db.close()


class Part:
    """A journal within a journal."""

    def __init__(self, journal: Journal, name: str) -> None:
        self._journal, self._name = journal, name

    def put(self, kind: str, key: str, body: Json) -> None:
        self._journal.put(f"{self._name} {kind}", key, body)

    def drop(self, kind: str, key: str) -> None:
        self._journal.drop(f"{self._name} {kind}", key)

    def load(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Yield all records of a kind, ordered by key."""
        return self._journal.load(f"{self._name} {kind}")
