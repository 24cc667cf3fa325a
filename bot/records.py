"""What an operator does with the database from the command line."""

from collections.abc import Callable

from bot import auditing
from bot.core.errors import Misconfigured
from storage import copying
from storage import migrate as schema
from storage.engine.lock import single_process
from storage.urls import parse


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
    await schema.check_there(source)
    await migrate(source)
    await migrate(target)
    async with single_process(source), single_process(target):
        rows = await copying.copy(source, target, told)
    return f"{rows} rows are copied. {await auditing.verify(target)}"
