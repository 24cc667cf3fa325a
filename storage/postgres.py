"""How we open PostgreSQL: time limits, so that nothing waits for ever, and errors that keep customers' words."""

import re
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.core.clocks import awake_or_not
from bot.core.errors import Misconfigured, NotStored, ThreadpilotError, Unavailable
from storage.trouble import explain, passes

_POOL = {"pool_size": 5, "max_overflow": 5, "pool_timeout": 10}
# What a server says that is there, in its own words: connecting gives no code of its own.
_TURNED_AWAY = re.compile(r"FATAL: +(database|role|password|no pg_hba|permission)")
_IDLE = 1.0  # Seconds after which a connection of the pool is tried before it is used again.
_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# A connection whose other end is gone without a word (a cut cable, a failover) is noticed within a minute.
_KEEPALIVE = {
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_NEEDED = ("psycopg", "psycopg_pool", "procrastinate")


def check_installed() -> None:
    """See that the packages for PostgreSQL are there.

    Raises:
        Misconfigured: they are not.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise Misconfigured(
            f"DATABASE_URL names PostgreSQL, but {missing[0]} is not installed: pip install -e '.[postgres]'."
        )


# What a transaction begins as is a setting of the connection: to change it for each would cost more than a query.
_WRITER = {"default_transaction_isolation": "read\\ committed", "default_transaction_read_only": "off"}
_READER = {"default_transaction_isolation": "repeatable\\ read", "default_transaction_read_only": "on"}


def postgres_writer(url: URL, **limits: str) -> AsyncEngine:
    """Make an engine whose transactions see what others have committed meanwhile (READ COMMITTED).

    `limits` are time limits of the server's, other than ours.

    Raises:
        Misconfigured: the driver is not installed.
    """
    return _engine(url, **_WRITER, **limits)


def postgres_reader(url: URL, **limits: str) -> AsyncEngine:
    """Make an engine whose transactions see one moment throughout, and cannot write; `limits` as above.

    Raises:
        Misconfigured: the driver is not installed.
    """
    return _engine(url, **_READER, **limits)


async def check_settings(reader: AsyncEngine, writer: AsyncEngine) -> None:
    """See that connections begin as they were opened to: a pooler in between may drop it without a word.

    Raises:
        Misconfigured: they do not, and what we read and write would not be what it has to be.
    """
    for engine, asked in ((reader, _READER), (writer, _WRITER)):
        async with engine.connect() as connection:
            for name, value in asked.items():
                given = (await connection.exec_driver_sql(f"SHOW {name}")).scalar_one()
                if given != value.replace("\\", ""):
                    raise Misconfigured(
                        f"DATABASE_URL: the server does not take the settings of a connection ({name} is {given}). "
                        "A pooler in between drops them: connect to PostgreSQL itself."
                    )


def _engine(url: URL, **settings: str) -> AsyncEngine:
    check_installed()
    engine = create_async_engine(
        url,
        hide_parameters=True,  # Else errors repeat the customer's words, and logs repeat errors.
        connect_args=connect_arguments(url, **settings),
        **_POOL,
    )
    _try_the_idle(engine)
    return engine


def _try_the_idle(engine: AsyncEngine) -> None:
    """Replace all connections once one is found broken that nobody used for a while: the server was away."""
    pool, dialect = engine.sync_engine.pool, engine.dialect

    @event.listens_for(pool, "checkin")
    def note(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["laid_down"] = awake_or_not()

    @event.listens_for(pool, "checkout")
    def look(connection: Any, entry: ConnectionPoolEntry, _: Any) -> None:
        if awake_or_not() - entry.info.get("laid_down", awake_or_not()) < _IDLE:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def connect_arguments(url: URL, **limits: str) -> dict[str, Any]:
    """Return what every connection of ours is opened with, beside what the URL says itself."""
    said = url.query.get("options", "")
    options = " ".join(f"-c {name}={value}" for name, value in (_LIMITS | limits).items())
    given = {"application_name": "threadpilot", "connect_timeout": 10, **_KEEPALIVE}
    ours = {name: value for name, value in given.items() if name not in url.query}
    return ours | {"options": f"{options} {said}".strip()}


def connection_string(url: URL) -> str:
    """Return the URL as PostgreSQL's own programs and libraries read it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def cannot_open(error: DBAPIError, what: str) -> ThreadpilotError:
    """Return what to raise when `what` cannot be done at the start: a server may come, a wrong file will not mend."""
    reason = str(error.orig).strip().partition("\n")[0]
    if isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg"):
        if _TURNED_AWAY.search(reason):
            return Misconfigured(
                f"DATABASE_URL: the database server turns us away ({reason}). Check user, password and name; "
                "a database is made with createdb."
            )
        return Unavailable(f"DATABASE_URL: the database server cannot be reached ({reason}).")
    said = f"DATABASE_URL: the database cannot be {what}. {explain(error)}"
    return NotStored(said) if passes(error) else Misconfigured(said)
