"""`threadpilot keys rotate`: all messages encrypted anew, or decrypted."""

from bot.core.sealing import Sealing
from bot.verbs.database.records import check_stopped
from storage.database import open_database, utc_now
from storage.engine.lock import single_process
from storage.erasing import leave_no_pages
from storage.migrate import check_there, upgrade
from storage.resealing import rotate
from storage.signals import LocalSignals


async def rotate_keys(url: str, sealing: Sealing, actor: str) -> str:
    """Encrypt everything anew, with a new data key, or nothing any more; return what was done.

    Raises:
        Misconfigured: threadpilot is running, or the keys given do not open what is there.
        Unavailable: the database failed; it may be run again.
    """
    await check_there(url)
    told: dict[str, int] = {}
    async with single_process(url):
        await upgrade(url)
        await check_stopped(url, sealing)
        async with open_database(url, LocalSignals(), sealing=sealing) as database:
            number = await rotate(database, utc_now(), actor, told.__setitem__)
        await leave_no_pages(url)
    how = "encrypted with a new key" if sealing.bodies else "decrypted"
    lines = (f"  {name}: {count}" for name, count in told.items() if count)
    return "\n".join([f"{number} rows were {how}.", *lines])
