"""`threadpilot backup` and `threadpilot restore`."""

import argparse
import os
from pathlib import Path

from bot.core.sealing import Sealing


def add_backup(verb: argparse.ArgumentParser) -> None:
    """Say what `backup` takes and does."""
    verb.description = (
        "Writes everything in DATABASE_URL, as it is at one moment, to a new file, and checks it, while it runs or "
        "not. The file is a SQLite database, whatever DATABASE_URL is. A key that lies in a file goes with it."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    _add_environment(verb)
    verb.set_defaults(run=_backup)


def add_restore(verb: argparse.ArgumentParser) -> None:
    """Say what `restore` takes and does."""
    verb.description = (
        "Makes DATABASE_URL what a backup says: stop threadpilot before. A SQLite file that is there is put aside; a "
        "PostgreSQL database has to be empty. Then nothing leaves by itself until people have looked: see "
        "docs/operations.md."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="what `threadpilot backup` wrote")
    _add_environment(verb)
    verb.set_defaults(run=_restore)


def tell_table(name: str, rows: int) -> None:
    """Say that a table is copied."""
    print(f"{name}: {rows}", flush=True)


def _add_environment(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")


async def _backup(options: argparse.Namespace) -> int:
    from bot.verbs.database import records

    url, sealing = _database(options)
    return _told(await records.backup(url, options.file, tell_table, sealing))


async def _restore(options: argparse.Namespace) -> int:
    from bot.verbs.database import records

    url, sealing = _database(options)
    return _told(await records.restore(options.file, url, tell_table, sealing))


def _database(options: argparse.Namespace) -> tuple[str, Sealing]:
    from bot import settings
    from bot.settings.reading import read_environment
    from bot.settings.sealing import sealing_settings

    env = read_environment(os.environ, options.env_file)
    return settings.database_url(env), sealing_settings(env)


def _told(outcome: tuple[str, bool]) -> int:
    said, whole = outcome
    print(said)
    return 0 if whole else 1
