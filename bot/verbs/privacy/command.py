"""`threadpilot erase`, `export` and `retention`."""

import argparse
from pathlib import Path

from bot.verbs.options import actor, add_env_file, database, database_of, environment


def add_erase(verb: argparse.ArgumentParser) -> None:
    """Say what `erase` takes and does."""
    verb.description = (
        "Erases one customer from the database, and threadpilot's messages about them in Slack. Without --yes it "
        "only tells what that would be. With SQLite, stop threadpilot before --yes."
    )
    verb.add_argument("customer", metavar="CUSTOMER", help="an address, a number or a customer's id")
    verb.add_argument("--yes", action="store_true", help="do it")
    add_env_file(verb)
    verb.set_defaults(run=_erase)


def add_export(verb: argparse.ArgumentParser) -> None:
    """Say what `export` takes and does."""
    verb.description = (
        "Writes everything there is about one customer, as JSON, as a readable page, and as files."
    )
    verb.add_argument("customer", metavar="CUSTOMER", help="an address, a number or a customer's id")
    verb.add_argument("--to", type=Path, required=True, metavar="DIR", help="an empty folder, or a new one")
    add_env_file(verb)
    verb.set_defaults(run=_export)


def add_retention(verb: argparse.ArgumentParser) -> None:
    """Say what `retention` takes and does."""
    verb.description = (
        "Tells what RETENTION_DAYS lets go of now. Changes nothing: a running app does it by itself."
    )
    add_env_file(verb)
    verb.set_defaults(run=_retention)


async def _erase(options: argparse.Namespace) -> int:
    from bot.settings.slack import slack_settings
    from bot.verbs.privacy import erasing

    env = environment(options)
    named = env.get("SLACK_BOT_TOKEN") or env.get("SLACK_CLIENT_ID")
    slack = slack_settings(env) if named else None
    url, sealing = database_of(env)
    told = await erasing.erase_customer(
        url,
        options.customer,
        slack,
        yes=options.yes,
        actor=actor(),
        sealing=sealing,
        secret_key=env.get("THREADPILOT_SECRET_KEY", ""),
    )
    print(told)
    return 1 if told.left else 0


async def _export(options: argparse.Namespace) -> int:
    from bot.verbs.privacy import exporting

    url, sealing = database(options)
    told = await exporting.everything(url, options.customer, sealing)
    exporting.write(told, options.to)
    print(f"{told} They are in {options.to}.")
    for record in told.elsewhere.records:
        print(f"To be asked elsewhere: {record}")
    return 0


async def _retention(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.verbs.privacy import retention

    wanted = settings.from_env(environment(options), settings.DATABASE, settings.RETENTION)
    print(await retention.tell(wanted))
    return 0
