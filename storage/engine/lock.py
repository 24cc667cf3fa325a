"""One process per SQLite database: a lock of the operating system, gone with the process that held it."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

from bot.core.errors import Misconfigured
from storage.sqlite import file_of, prepare
from storage.urls import parse

_RETRY = 0.05


@asynccontextmanager
async def single_process(url: str, wait: float = 5.0) -> AsyncIterator[None]:
    """Hold the lock of a database; a process that is just ending has `wait` seconds to let go of it.

    A database in memory needs no lock, and PostgreSQL is made for several processes.

    Raises:
        Misconfigured: another process works on this database, or its lock file cannot be opened.
    """
    path = file_of(parse(url))
    if path is None:
        yield
        return
    prepare(path)
    path = path.resolve()  # Another name of the same file is the same database.
    beside = path.with_name(f"{path.name}.lock")
    lock = await _held(beside, path, monotonic() + wait)
    try:
        with suppress(OSError):  # The disk is full: what needs room will say so, and the lock holds.
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        if not path.exists():  # Nothing came of it, so nothing is left of it.
            beside.unlink(missing_ok=True)
        os.close(lock)


async def _held(beside: Path, path: Path, deadline: float) -> int:
    """Return the lock file, open and locked: the one that lies there, and not one that was removed meanwhile."""
    while True:
        lock = _open(beside)
        try:
            await _acquire(lock, path, deadline)
        except BaseException:
            os.close(lock)
            raise
        if _lies_at(beside, lock):
            return lock
        os.close(lock)


def _lies_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise Misconfigured(f"DATABASE_URL: {path} cannot be opened ({error.strerror}).") from error


async def _acquire(lock: int, path: Path, deadline: float) -> None:
    while not _try(lock):
        if monotonic() >= deadline:
            holder = os.pread(lock, 20, 0).decode(errors="replace") or "unknown"
            raise Misconfigured(
                f"Another threadpilot (process {holder}) works on {path} already. "
                "Stop it first, or give this one a database of its own: with DATABASE_URL, a demo with --state."
            )
        await asyncio.sleep(_RETRY)


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
