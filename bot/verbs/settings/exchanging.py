"""`threadpilot settings`: all settings out to a file, and in from one."""

import asyncio
import sys
from pathlib import Path

from bot.core.errors import InvalidInput, Misconfigured
from bot.core.model import Actor
from bot.core.policy import default_rules
from bot.core.sealing import Sealing
from bot.services.controls import Controls
from bot.services.exchange import Exchange
from bot.services.settingbook import Change
from storage.database import SqlDatabase, open_database, utc_now
from storage.migrate import check_there
from storage.signals import LocalSignals


async def export(url: str, file: Path | None, sealing: Sealing) -> None:
    """Write all settings into a file, or to standard output. Raises Misconfigured where that cannot be written."""
    await check_there(url)
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        told = await _exchange(database).file()
    if file is None:
        sys.stdout.write(told)
        return
    try:
        await asyncio.to_thread(file.write_text, told, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written: {error.strerror}.") from error


async def take_in(url: str, file: Path | None, actor: str, sealing: Sealing, *, yes: bool) -> str:
    """Return what a file changes; with `yes` it is changed.

    Raises:
        Misconfigured: the file cannot be read, or holds something impossible; then nothing of it counts.
    """
    await check_there(url)
    text = _read(file)
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        exchange = _exchange(database)
        try:
            plan = await exchange.compare(text)
            if yes:
                await exchange.take_in(text, Actor(actor, is_manager=True), plan.seen)
        except InvalidInput as error:
            raise Misconfigured(str(error)) from error
    lines = [_line(change) for change in plan.changes]
    if not lines:
        return "All settings are like that already."
    return "\n".join([*lines, "Done." if yes else "Nothing was changed yet: add --yes to do it."])


def _line(change: Change) -> str:
    return f"{change.whole_key}: {change.old!r} -> {change.new!r}"


def _read(file: Path | None) -> str:
    try:
        return sys.stdin.read() if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file or 'standard input'} cannot be read as text.") from error


def _exchange(database: SqlDatabase) -> Exchange:
    async def nothing() -> list[tuple[str, str]]:
        return []

    async def nobody(_actor: Actor, _name: str, _content: str) -> None:
        """Nobody is handed anything here."""

    controls = Controls(database, utc_now, default_rules(), nothing)
    return Exchange(database, controls, utc_now, nobody)
