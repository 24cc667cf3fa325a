"""`threadpilot settings`."""

import argparse
from pathlib import Path

from bot.verbs.options import actor, add_env_file, database


def add_settings(verb: argparse.ArgumentParser) -> None:
    """Say what `settings` takes and does."""
    verb.description = (
        "All that managers have set, as one JSON file. An import is checked whole, shows what it would change, and "
        "changes it only with --yes. A running app heeds it at once."
    )
    verb.add_argument("what", choices=["export", "import"])
    verb.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: standard output or input")
    verb.add_argument("--yes", action="store_true", help="import: do it")
    add_env_file(verb)
    verb.set_defaults(run=_settings)


async def _settings(options: argparse.Namespace) -> int:
    from bot.verbs.settings import exchanging

    url, sealing = database(options)
    if options.what == "export":
        await exchanging.export(url, options.file, sealing)
        return 0
    print(await exchanging.take_in(url, options.file, actor(), sealing, yes=options.yes))
    return 0
