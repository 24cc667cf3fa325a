"""`threadpilot retention`: what `RETENTION_DAYS` would let go of."""

from bot.core.errors import Misconfigured
from bot.settings import Settings
from storage.database import open_database, utc_now
from storage.migrate import check_there
from storage.retention import due
from storage.signals import LocalSignals


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
