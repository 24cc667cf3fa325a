"""What an operator does with the database from the command line."""

from bot.core.audit import GENESIS, AuditRow, first_broken
from bot.core.errors import Misconfigured
from storage import migrate as schema
from storage.database import open_database
from storage.engine.lock import single_process
from storage.signals import LocalSignals
from storage.sqlite import file_of, sqlite_url

_PAGE = 1_000


async def migrate(url: str) -> str:
    """Bring the schema up to date; return a sentence about it."""
    async with single_process(url):
        before = await schema.current(url)
        await schema.upgrade(url)
        after = await schema.current(url)
    if before == after:
        return f"The schema is up to date ({after})."
    return f"The schema went from {before or 'nothing'} to {after}."


async def verify_audit(url: str) -> tuple[int, AuditRow | None]:
    """Walk the audit chain; return how many rows were read and the first broken one."""
    path = file_of(sqlite_url(url))
    if path is not None and not path.exists():
        raise Misconfigured(f"There is no database at {path}.")
    previous, count = GENESIS, 0
    async with open_database(url, LocalSignals()) as database:
        while True:
            async with database.snapshot() as tx:
                rows = await tx.audit.rows(count, _PAGE)
            broken = first_broken(rows, previous, count)
            if broken is not None or not rows:
                return count, broken
            previous, count = rows[-1].hash, rows[-1].seq
