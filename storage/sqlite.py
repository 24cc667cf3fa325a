"""How we open SQLite: where the file may lie, and which settings make it durable and quick."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from bot.core.errors import Misconfigured
from storage.driver import connect

_CONNECTIONS = 16
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000")
# Write-ahead logging shares memory between connections, which these cannot.
_NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb3 smbfs fuse.sshfs afs ceph glusterfs fuse.glusterfs".split()
)


def file_of(url: URL) -> Path | None:
    """Return the database file, or None for a database in memory or on a server."""
    on_a_server = url.get_backend_name() != "sqlite"
    return None if on_a_server or url.database in (None, "", ":memory:") else Path(str(url.database))


def prepare(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Make the directory of a database file, and see that the file can be used there.

    Raises:
        Misconfigured: it cannot be written, or lies on a network file system.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"DATABASE_URL: the directory {path.parent} cannot be made ({error.strerror})."
        ) from error
    needed = [path.parent, path] if path.exists() else [path.parent]  # Beside the file lies its log.
    if path.is_dir() or not all(os.access(place, os.W_OK) for place in needed):
        raise Misconfigured(
            f"DATABASE_URL: {path} cannot be written. Give threadpilot the right to, or move it."
        )
    kind = file_system_of(path.parent.resolve(), mounts.read_text() if mounts.exists() else "")
    if kind in _NETWORK_FILE_SYSTEMS:
        raise Misconfigured(
            f"DATABASE_URL: {path} lies on a network file system ({kind}), where SQLite loses data. "
            "Put it on a local disk."
        )


def file_system_of(path: Path, mounts: str) -> str:
    """Return the type of the file system a path lies on, from the text of /proc/mounts; "" when unknown."""
    lines = [line.split() for line in mounts.splitlines()]
    places = [(Path(fields[1].replace("\\040", " ")), fields[2]) for fields in lines if len(fields) > 2]
    above = [(len(place.parts), kind) for place, kind in places if path.is_relative_to(place)]
    return max(above, key=lambda candidate: candidate[0], default=(0, ""))[1]


def sqlite_engine(url: URL, *, foreign_keys: bool = True, script: str = "") -> AsyncEngine:
    """Make an engine whose transactions begin as the execution option `begin` says (IMMEDIATE to write).

    `script` is what each connection begins with.
    """
    pool: dict[str, Any] = {"poolclass": StaticPool}
    if file_of(url) is not None:
        pool = {"pool_size": _CONNECTIONS, "max_overflow": 0}
    engine = create_async_engine(
        url,
        async_creator=partial(connect, url.database or ":memory:", script),
        hide_parameters=True,  # Else errors repeat the customer's words, and logs repeat errors.
        **pool,
    )
    pragmas = (*_PRAGMAS, f"foreign_keys={'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")

    return engine
