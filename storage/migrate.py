"""Brings a database's schema up to date. The migrations are part of this package; there is no alembic.ini."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.core.errors import Misconfigured
from storage.sqlite import file_of, prepare, sqlite_engine, sqlite_url

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(url: str, revision: str = "head") -> None:
    """Apply the migrations that are missing, all or none of them."""
    await _run(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Take migrations back, down to `revision` ("base" for all)."""
    await _run(url, lambda connection: command.downgrade(_config(connection), revision))


async def current(url: str) -> str | None:
    """Return the revision a database is at, or None when nothing was applied yet."""
    revision: str | None = await _run(
        url, lambda connection: MigrationContext.configure(connection).get_current_revision()
    )
    return revision


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


async def _run(url: str, work: Callable[[Connection], Any]) -> Any:
    parsed = sqlite_url(url)
    path = file_of(parsed)
    if path is not None:
        prepare(path)
    # Altering a table on SQLite means to copy and drop it, which must not cascade.
    engine = sqlite_engine(parsed, foreign_keys=False)
    try:
        async with engine.execution_options(begin="IMMEDIATE").begin() as connection:
            return await connection.run_sync(work)
    except CommandError as error:
        raise _of_another_version(str(error).rstrip(".")) from error
    except DBAPIError as error:
        raise Misconfigured(f"DATABASE_URL: the database cannot be migrated ({error.orig}).") from error
    finally:
        await engine.dispose()
