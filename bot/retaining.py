"""`RETENTION_DAYS`: what goes by itself, and from the command line what would."""

from collections.abc import Sequence

from bot.core.errors import Misconfigured
from bot.core.retention import Keep
from bot.schedule import Tick
from bot.settings import Settings
from storage.database import SqlDatabase, open_database, utc_now
from storage.migrate import check_there
from storage.retention import due, let_go
from storage.signals import LocalSignals

_EVERY = 6 * 3600.0


def retention_of(rules: Sequence[Keep], database: SqlDatabase) -> list[Tick]:
    """Return the tick that lets go of what is old; none where everything is kept for ever."""

    async def tick() -> None:
        await let_go(database, rules, utc_now())

    return [Tick("retention", tick, _EVERY, at_once=True)] if rules else []


async def tell(settings: Settings) -> str:
    """Return what would go now, by channel and kind.

    Raises:
        Misconfigured: everything is kept for ever, or there is no database.
    """
    if not settings.retention:
        raise Misconfigured(
            "RETENTION_DAYS is not set, so everything is kept: for example email=730,*.files=90."
        )
    await check_there(settings.database_url)
    async with open_database(settings.database_url, LocalSignals(), sealing=settings.sealing) as database:
        found = await due(database, settings.retention, utc_now())
    return f"This would go within six hours of a running app:\n{found}"
