"""Brings a database's schema up to date. The migrations are part of this package; there is no alembic.ini."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Misconfigured
from storage.engine import schema as queue
from storage.locks import lock
from storage.postgres import cannot_open, postgres_writer
from storage.soundness import check_file, check_tables
from storage.sqlite import file_of, prepare, sqlite_engine
from storage.urls import parse

T = TypeVar("T")

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(url: str, revision: str = "head") -> None:
    """Apply the migrations that are missing, all or none of them; on PostgreSQL, make the engine's tables too.

    Several processes may do so at once: one does, the others wait for it.

    Raises:
        Misconfigured: it cannot be used, is damaged, or is of another version or program.
        Unavailable: its server cannot be reached, or its disk is full.
    """
    await check_file(url)

    async def work(connection: AsyncConnection) -> None:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))
        if revision == "head":
            await connection.run_sync(check_tables)
        if connection.dialect.name == "postgresql":
            await queue.apply(await _driver_connection(connection))

    await _run(url, work)


async def downgrade(url: str, revision: str) -> None:
    """Take migrations back, down to `revision` ("base" for all, and the engine's tables with them)."""

    async def work(connection: AsyncConnection) -> None:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))
        if revision == "base" and connection.dialect.name == "postgresql":
            await queue.remove(await _driver_connection(connection))

    await _run(url, work)


async def current(url: str) -> str | None:
    """Return the revision a database is at, or None when nothing was applied yet."""

    async def work(connection: AsyncConnection) -> str | None:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())

    return await _run(url, work, "read")


async def check_there(url: str) -> None:
    """See that a URL names a database of ours, without making one.

    Raises:
        Misconfigured: it does not, or a newer version has made it.
    """
    path = file_of(parse(url))
    revision = await current(url) if path is None or path.exists() else None
    if revision is None:
        place = path or parse(url).render_as_string()
        raise Misconfigured(f"There is no database of threadpilot's at {place}.")
    check_known(revision)


def newest() -> str:
    """Return the revision of this version's schema."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def check_newest(url: str) -> None:
    """See that a database has the schema of this version.

    Raises:
        Misconfigured: it has another.
    """
    revision = await current(url)
    if revision != newest():
        raise Misconfigured(
            f"DATABASE_URL: the database has the schema {revision}, this version of threadpilot knows {newest()}. "
            "Do it with the version that runs, or `threadpilot migrate` first."
        )


async def check_complete(url: str) -> None:
    """See that no table is missing from a database of the newest schema.

    Raises:
        Misconfigured: one is.
    """
    await _run(url, lambda connection: connection.run_sync(check_tables), "read")


def check_known(revision: str) -> None:
    """See that this version of threadpilot can work with a database at that revision, perhaps after migrating.

    Raises:
        Misconfigured: a newer version, or another program, has made it.
    """
    if all(known.revision != revision for known in ScriptDirectory.from_config(_config()).walk_revisions()):
        raise _of_another_version(f"its schema is {revision}")


def _of_another_version(how: str) -> Misconfigured:
    return Misconfigured(
        f"DATABASE_URL: this database is not one of this version of threadpilot: {how}. "
        "Install the version that wrote it, or restore the backup made before."
    )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _run(url: str, work: Callable[[AsyncConnection], Awaitable[T]], what: str = "migrated") -> T:
    engine = upkeep_engine(parse(url))
    try:
        async with engine.begin() as connection:
            await lock(connection, "migrate")
            return await work(connection)
    except CommandError as error:
        raise _of_another_version(
            f"it has the schema {_named(error)}, and this one knows up to {newest()}"
        ) from error
    except DBAPIError as error:
        raise cannot_open(error, what) from error
    finally:
        await engine.dispose()


def _named(error: CommandError) -> str:
    """Return the revision that Alembic does not know: it stands last, in quotation marks."""
    return str(error).rpartition(" ")[2].strip("'.")


def upkeep_engine(url: URL) -> AsyncEngine:
    """Make an engine for work on the database as a whole, which takes the time that it takes.

    Raises:
        Misconfigured: the place it names cannot be used, or its driver is not installed.
    """
    if url.get_backend_name() != "sqlite":
        # Who waits for another process's migration, or whose own takes long, must not give up.
        return postgres_writer(url, statement_timeout="0", lock_timeout="0")
    path = file_of(url)
    if path is not None:
        prepare(path)
    # Altering a table on SQLite means to copy and drop it, which must not cascade.
    return sqlite_engine(url, foreign_keys=False).execution_options(begin="IMMEDIATE")


async def _driver_connection(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
