"""Whether a database is what it should be, looked at before anybody works on it: ours, whole, and one to write to.

What takes time on a large file (reading every page) is for `threadpilot doctor`; a start reads those of a small one.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.core.errors import Misconfigured
from storage.sqlite import file_of
from storage.tables import metadata
from storage.urls import parse

_QUICKLY_READ = 64 * 1024 * 1024
RESTORE = "Restore a backup: stop threadpilot, then `threadpilot restore FILE`."


async def check_file(url: str, *, largest: int | None = _QUICKLY_READ) -> None:
    """See that a SQLite file is a database, ours, and (up to that size) without a damaged page.

    Raises:
        Misconfigured: it is not.
    """
    path = file_of(parse(url))
    if path is not None and path.exists() and path.stat().st_size:
        reads_all = largest is None or path.stat().st_size <= largest
        wrong = await asyncio.to_thread(lambda: next(_faults(path, reads_all=reads_all), ""))
        if wrong:
            raise Misconfigured(f"DATABASE_URL: {path} {wrong}")


def damage(path: Path) -> str:
    """Read all pages of a SQLite file; return what is wrong with it, "" when nothing is."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else str(said).splitlines()[-1]


def _faults(path: Path, *, reads_all: bool) -> Iterator[str]:
    try:
        with closing(sqlite3.connect(path)) as connection:
            names = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
    except sqlite3.OperationalError:
        return  # It cannot be read just now: whoever opens it says why.
    except sqlite3.DatabaseError as error:
        yield f"is damaged ({error}). {RESTORE}"
        return
    if names and "alembic_version" not in names:
        yield "is another program's database. Name one of threadpilot's, or a file that is not there yet."
    wrong = damage(path) if reads_all else ""
    if wrong:
        yield f"is damaged ({wrong}). {RESTORE}"


def check_tables(connection: Connection) -> None:
    """See that all tables of the newest schema are there.

    Raises:
        Misconfigured: some are not, although the migrations were applied.
    """
    there = set(inspect(connection).get_table_names())
    missing = [table.name for table in metadata.sorted_tables if table.name not in there]
    if missing:
        raise Misconfigured(f"DATABASE_URL: the database lacks the table {', '.join(missing)}. {RESTORE}")
