"""What an operator does with the database from the command line."""

from collections.abc import Callable

from bot.core.audit import GENESIS, first_broken
from bot.core.errors import Misconfigured
from storage import copying
from storage import migrate as schema
from storage.database import open_database
from storage.engine.lock import single_process
from storage.signals import LocalSignals
from storage.sqlite import file_of
from storage.urls import parse

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


async def copy_from(source: str, target: str, told: Callable[[str, int], None]) -> str:
    """Copy everything from one database into another, empty one; return a sentence about it.

    `told` hears the name of each table and how many rows it has, when it is copied.

    Raises:
        Misconfigured: they cannot be used so.
        Unavailable: a server cannot be reached.
    """
    if parse(source) == parse(target):
        raise Misconfigured("DATABASE_URL is the database to copy from. Set it to the new one.")
    await _check_there(source)
    await migrate(source)
    await migrate(target)
    async with single_process(source), single_process(target):
        rows = await copying.copy(source, target, told)
    _, broken = await verify_audit(target)
    chain = f"broken at {broken}, as it was before" if broken else "whole"
    return f"{rows} rows are copied; the audit chain is {chain}."


async def _check_there(url: str) -> None:
    path = file_of(parse(url))
    revision = await schema.current(url) if path is None or path.exists() else None
    if revision is None:
        raise Misconfigured(
            f"There is no database of threadpilot's at {path or parse(url).render_as_string()}."
        )
    schema.check_known(revision)


async def verify_audit(url: str) -> tuple[int, str]:
    """Walk the audit chain; return how many rows are whole, and what is wrong with the next ("" when it ends)."""
    await _check_there(url)
    previous, count, page = GENESIS, 0, _PAGE
    async with open_database(url, LocalSignals()) as database:
        while True:
            try:
                async with database.snapshot() as tx:
                    rows = await tx.audit.rows(count, page)
            except (ValueError, TypeError):  # One of these rows holds what we would never write.
                if page == 1:
                    return count, f"row {count + 1} (it cannot be read)"
                page = 1
                continue
            broken = first_broken(rows, previous, count)
            if broken is not None:
                return broken.seq - 1, f"row {broken.seq} ({broken.action}, {broken.at.isoformat()})"
            if not rows:
                return count, ""
            previous, count = rows[-1].hash, rows[-1].seq
