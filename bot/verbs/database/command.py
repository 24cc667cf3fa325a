"""`threadpilot migrate`, `backup`, `restore` and `keys`."""

import argparse
from pathlib import Path

from bot.verbs.options import actor, add_env_file, database


def add_migrate(verb: argparse.ArgumentParser) -> None:
    """Say what `migrate` takes and does."""
    verb.description = (
        "Brings the schema of DATABASE_URL up to date; `run` does so by itself. With --copy-from it also copies "
        "another database into it, for example SQLite into PostgreSQL: stop threadpilot before."
    )
    verb.add_argument(
        "--copy-from", metavar="URL", help="the old database, for example sqlite:///var/threadpilot.db"
    )
    verb.add_argument(
        "--new-key", action="store_true", help="take the secret key of the next start for the right one"
    )
    add_env_file(verb)
    verb.set_defaults(run=_migrate)


def add_backup(verb: argparse.ArgumentParser) -> None:
    """Say what `backup` takes and does."""
    verb.description = (
        "Writes everything in DATABASE_URL, as it is at one moment, to a new file, and checks it, while it runs or "
        "not. The file is a SQLite database, whatever DATABASE_URL is. A key that lies in a file goes with it."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    add_env_file(verb)
    verb.set_defaults(run=_backup)


def add_restore(verb: argparse.ArgumentParser) -> None:
    """Say what `restore` takes and does."""
    verb.description = (
        "Makes DATABASE_URL what a backup says: stop threadpilot before. A SQLite file that is there is put aside; a "
        "PostgreSQL database has to be empty. Then nothing leaves by itself until people have looked: see "
        "docs/operations.md."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="what `threadpilot backup` wrote")
    add_env_file(verb)
    verb.set_defaults(run=_restore)


def add_keys(verb: argparse.ArgumentParser) -> None:
    """Say what `keys` takes and does."""
    verb.description = (
        "With THREADPILOT_ENCRYPT=messages: encrypts everything with a new data key, wraps that with the first of "
        "THREADPILOT_ENCRYPTION_KEY, and forgets the old ones. Without: decrypts everything. Stop threadpilot before."
    )
    verb.add_argument("what", choices=["rotate"], help="rotate: write everything anew")
    add_env_file(verb)
    verb.set_defaults(run=_keys)


async def _migrate(options: argparse.Namespace) -> int:
    from bot.verbs.database import records

    url, sealing = database(options)
    if options.copy_from is None:
        print(await records.migrate(url))
        if options.new_key:
            print(await records.forget_key(url, sealing))
        return 0
    print(await records.copy_from(options.copy_from, url, _tell_table, sealing))
    print("Keep the key: without THREADPILOT_SECRET_KEY it stands in the .key file beside the old database.")
    return 0


async def _backup(options: argparse.Namespace) -> int:
    from bot.verbs.database import records

    url, sealing = database(options)
    return _told(await records.backup(url, options.file, _tell_table, sealing))


async def _restore(options: argparse.Namespace) -> int:
    from bot.verbs.database import records

    url, sealing = database(options)
    return _told(await records.restore(options.file, url, _tell_table, sealing))


async def _keys(options: argparse.Namespace) -> int:
    from bot.verbs.database.rotating import rotate_keys

    url, sealing = database(options)
    print(await rotate_keys(url, sealing, actor()))
    return 0


def _told(outcome: tuple[str, bool]) -> int:
    said, whole = outcome
    print(said)
    return 0 if whole else 1


def _tell_table(name: str, rows: int) -> None:
    print(f"{name}: {rows}", flush=True)
