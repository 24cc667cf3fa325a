"""`threadpilot backup` and `threadpilot restore`."""

import argparse
import os
from pathlib import Path


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
    from bot import records

    return _told(await records.backup(_url(options), options.file, tell_table))


async def _restore(options: argparse.Namespace) -> int:
    from bot import records

    return _told(await records.restore(options.file, _url(options), tell_table))


def _url(options: argparse.Namespace) -> str:
    from bot import settings
    from bot.settings.reading import read_environment

    return settings.database_url(read_environment(os.environ, options.env_file))


def _told(outcome: tuple[str, bool]) -> int:
    said, whole = outcome
    print(said)
    return 0 if whole else 1
