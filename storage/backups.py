"""Backups: a whole database as one SQLite file, taken beside a running threadpilot, and put in place again.

The file is the same whatever the database is: what was backed up on SQLite may be restored on PostgreSQL, and back.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from bot.core.errors import Misconfigured
from storage import copying
from storage.migrate import check_newest, check_there, upgrade
from storage.soundness import damage
from storage.sqlite import file_of, prepare
from storage.urls import parse

_LOGS = ("-wal", "-shm")


def url_of(file: Path) -> str:
    """Return the database URL of a backup."""
    return f"sqlite+aiosqlite:///{file}"


async def take(url: str, file: Path, told: copying.Told) -> None:
    """Write everything there is at one moment to a new file, which appears whole or not at all.

    `told` hears of each table that is copied row by row, as those of a server are.

    Raises:
        Misconfigured: there is no database of ours, or the file cannot be written.
        Unavailable: the database's server cannot be reached.
    """
    await check_there(url)
    source = file_of(parse(url))
    with _appearing(file) as draft:
        if source is None:
            await check_newest(url)
            await upgrade(url_of(draft))
            await copying.copy(url, url_of(draft), told)
        else:
            await asyncio.to_thread(_copy_pages, source, draft)


async def put_back(
    file: Path, url: str, at: datetime, told: copying.Told, ready: Callable[[str], Awaitable[None]]
) -> Path | None:
    """Make a database what a backup says, brought up to date; return where the file that was there is now, if any.

    Nobody may work on it. A SQLite file is put aside; a database on a server has the newest schema and is empty.
    `ready` gets the URL of a draft and makes it fit to be worked on: if it raises, all stays as it was.

    Raises:
        Misconfigured: this is no backup, a damaged one, or one of a newer version; or the place cannot be used.
        Unavailable: the database's server cannot be reached.
    """
    target = file_of(parse(url))
    if target is not None:
        prepare(target)
        with _draft_of(file, target.parent) as draft:
            await _check_and_upgrade(draft, file)
            await ready(url_of(draft))
            _take_in_log(draft)
            _sync(draft)
            aside = _put_aside(target, at)
            draft.rename(target)
            return aside
    with _draft_of(file, None) as draft:
        await _check_and_upgrade(draft, file)
        await ready(url_of(draft))
        await copying.copy(url_of(draft), url, told)
    return None


async def _check_and_upgrade(draft: Path, file: Path) -> None:
    wrong = await asyncio.to_thread(damage, draft)
    if wrong:
        raise Misconfigured(f"{file} cannot be restored: it is damaged ({wrong}). Take another backup.")
    await check_there(url_of(draft))
    await upgrade(url_of(draft))


def _copy_pages(source: Path, draft: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(draft)) as new:
        old.backup(new)
    wrong = damage(draft)
    if wrong:
        raise Misconfigured(f"DATABASE_URL: the database {source} cannot be backed up: {wrong}.")


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Yield the path of a draft that becomes the file, safe on the disk and for its owner's eyes only."""
    if file.exists():
        raise Misconfigured(f"{file} is there already, and a backup overwrites nothing. Name a new file.")
    draft = Path(f"{file}.part")
    try:
        _remove(draft)
        draft.touch(mode=0o600)
        yield draft
        _sync(draft)
        draft.rename(file)
    except (OSError, sqlite3.Error) as error:
        raise Misconfigured(f"{file} cannot be written: {_why(error)}.") from error
    finally:
        with suppress(OSError):
            _remove(draft)


@contextmanager
def _draft_of(file: Path, folder: Path | None) -> Iterator[Path]:
    """Yield a copy of a backup in a folder of its own, in the given one if any, which may be moved away."""
    if not file.is_file():
        raise Misconfigured(f"There is no backup at {file}.")
    try:
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder) as place:
            draft = Path(place) / "threadpilot.db"
            draft.touch(mode=0o600)
            shutil.copyfile(file, draft)
            yield draft
    except OSError as error:
        raise Misconfigured(f"{file} cannot be restored: {_why(error)}.") from error


def _sync(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _why(error: OSError | sqlite3.Error) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _put_aside(target: Path, at: datetime) -> Path | None:
    """Move a database and what belongs to it out of the way; return where it is now.

    The file first, with its log taken in: whenever this ends early, nothing that was committed is without its place.
    """
    aside, moved = target.with_name(f"{target.name}.before-{at:%Y%m%dT%H%M%S}"), None
    if target.exists():
        with suppress(sqlite3.Error):  # A damaged one is kept with its log beside it.
            _take_in_log(target)
        moved = target.rename(aside)
    for log in _LOGS:
        with suppress(FileNotFoundError):
            Path(f"{target}{log}").rename(f"{aside}{log}")
    return moved


def _take_in_log(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _remove(path: Path) -> None:
    for part in ("", *_LOGS):
        Path(f"{path}{part}").unlink(missing_ok=True)
