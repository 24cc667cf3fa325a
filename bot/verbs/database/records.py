"""What an operator does with the database from the command line."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.core.sealing import OPEN, Sealing
from bot.verbs.audit import auditing
from bot.verbs.database.restoring import LET_GO, Held, hold
from bot.wiring import keys
from storage import backups, copying, installation
from storage import migrate as schema
from storage.database import open_database, utc_now
from storage.engine.lock import single_process
from storage.signals import LocalSignals
from storage.urls import on_postgres, parse

_HEARD_OF = timedelta(seconds=30)  # Whoever has said nothing for so long has ended without a word.


async def migrate(url: str) -> str:
    """Bring the schema up to date; return a sentence about it."""
    async with single_process(url):
        before = await schema.current(url)
        await schema.upgrade(url)
        after = await schema.current(url)
    if before == after:
        return f"The schema is up to date ({after})."
    return f"The schema went from {before or 'nothing'} to {after}."


async def forget_key(url: str, sealing: Sealing = OPEN) -> str:
    """Take the secret key of the next start for the right one; return a sentence about it."""
    async with single_process(url), open_database(url, LocalSignals(), sealing=sealing) as database:
        await installation.forget_key(database)
    return "The next start takes its secret key for the right one."


async def copy_from(
    source: str, target: str, told: Callable[[str, int], None], sealing: Sealing = OPEN
) -> str:
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
        await check_stopped(source, sealing)
        await check_stopped(target, sealing)
        rows = await copying.copy(source, target, told)
    return f"{rows} rows are copied. {await auditing.verify(target, sealing=sealing)}"


async def backup(
    url: str, file: Path, told: Callable[[str, int], None], sealing: Sealing = OPEN
) -> tuple[str, bool]:
    """Write everything to a new file, while threadpilot works; return a sentence, and whether the file is whole.

    Raises:
        Misconfigured: there is no such database, or the file cannot be written.
        Unavailable: the database's server cannot be reached.
    """
    await backups.take(url, file, told)
    key = keys.copy_with(url, file)
    verdict = await auditing.verify(backups.url_of(file), sealing=sealing)
    return f"{file} is a backup of everything.{key} {verdict}", not verdict.broken


async def restore(
    file: Path, url: str, told: Callable[[str, int], None], sealing: Sealing = OPEN
) -> tuple[str, bool]:
    """Make the database what a backup says, and hold what may have gone out since; return as `backup` does.

    What may have gone out is held before the backup takes the database's place: it is never there unheld. The rows of
    every table are counted in the backup, in what was made of it, and in what is there in the end, where the chain of
    the audit log is looked at, too.

    Raises:
        Misconfigured: threadpilot runs, this is no backup, its key is another one, or the database cannot be used so.
        Unavailable: the database's server cannot be reached.
    """
    now, done = utc_now(), list[tuple[Held, dict[str, int], dict[str, int]]]()

    async def ready(draft: str) -> None:
        before = await copying.counts(draft)
        async with open_database(draft, LocalSignals(), sealing=sealing) as database:
            held = await hold(database, now)
        done.append((held, before, await copying.counts(draft)))

    async with single_process(url):
        if on_postgres(url):
            await schema.upgrade(url)
            await check_stopped(url, sealing)
        aside = await backups.put_back(file, url, now, told, ready)
        moved = f" What was there is in {aside}." if aside else ""
        keys.put_back(file, url, now)
        ((held, before, ready_made),) = done
        found, verdict = await copying.counts(url), await auditing.verify(url, sealing=sealing)
    lost = list(_lost(before, ready_made, found))
    if lost:
        return (
            f"{file} is NOT restored as it is: {', '.join(lost)}. Do not start threadpilot on it.{moved}",
            False,
        )
    whole = f"All {len(before)} tables have as many rows as the backup, beside those of this restore."
    return f"{file} is restored.{moved} {held} {whole} {verdict}", not verdict.broken


def _lost(
    before: Mapping[str, int], ready_made: Mapping[str, int], found: Mapping[str, int]
) -> Iterator[str]:
    """Say what is missing: of the backup's rows, and of those that were there once it was made ready."""
    for name, rows in found.items():
        least = 0 if name in LET_GO else before[name]
        if rows < least:
            yield f"{name} has {rows} rows and the backup {least}"
        elif rows != ready_made[name]:
            yield f"{name} has {rows} rows and not {ready_made[name]}"


async def check_stopped(url: str, sealing: Sealing) -> None:
    """See that no process works on a database that several may work on; SQLite's has a lock."""
    if not on_postgres(url):
        return
    async with open_database(url, LocalSignals(), sealing=sealing) as database, database.snapshot() as tx:
        peers = await tx.processes.since(utc_now() - _HEARD_OF)
    if peers:
        names = ", ".join(peer.name for peer in peers)
        raise Misconfigured(
            f"threadpilot works on this database ({names}). Stop it first, or wait 30 seconds."
        )
