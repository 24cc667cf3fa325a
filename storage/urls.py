"""Which database a DATABASE_URL names."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.core.errors import Misconfigured

_EXAMPLES = "sqlite+aiosqlite:///var/threadpilot.db or postgresql+psycopg://user:password@host/threadpilot"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",  # As many hosters write it.
}


def parse(url: str) -> URL:
    """Parse a DATABASE_URL and name the driver that we use.

    Raises:
        Misconfigured: it is no URL, or one of a database that is not supported.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"DATABASE_URL is not a database URL. Use for example {_EXAMPLES}.") from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise Misconfigured(
            f"DATABASE_URL names {backend}, which is not supported. Use for example {_EXAMPLES}."
        )
    return parsed.set(drivername=_DRIVERS[backend])


def on_postgres(url: str) -> bool:
    """Tell whether a DATABASE_URL names PostgreSQL, where several processes may work on one database."""
    return parse(url).get_backend_name() == "postgresql"
