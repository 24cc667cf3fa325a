"""What several verbs take: ports, addresses, the environment and its database."""

import argparse
import getpass
import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.core.sealing import Sealing
from bot.process import logs


def add_env_file(verb: argparse.ArgumentParser) -> None:
    """Let a verb take its settings from a file."""
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")


def add_env_file_again(action: argparse.ArgumentParser) -> None:
    """Take it behind an action, too; where it is not named there, what stands before the action counts."""
    action.add_argument(
        "--env-file", type=Path, default=argparse.SUPPRESS, metavar="FILE", help="default: .env"
    )


def port(text: str) -> int:
    """Read a port, 0 for any."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def address(text: str) -> str:
    """Read `HOST:PORT`."""
    host, _, number = text.rpartition(":")
    if not host or not port(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8480")
    return text


def environment(options: argparse.Namespace) -> Mapping[str, str]:
    """Return the environment with what the file of `--env-file` adds; secrets are kept out of the log from now on."""
    from bot.settings.reading import read_environment
    from bot.settings.secrets import SECRETS

    env = read_environment(os.environ, options.env_file)
    logs.hide(env.get(name, "") for name in SECRETS)
    return env


def database(options: argparse.Namespace) -> tuple[str, Sealing]:
    """Return where the database is, and how what is in it is sealed."""
    return database_of(environment(options))


def database_of(env: Mapping[str, str]) -> tuple[str, Sealing]:
    """Return the same from an environment."""
    from bot import settings
    from bot.settings.sealing import sealing_settings

    return settings.database_url(env), sealing_settings(env)


def actor() -> str:
    """Return who acts, for the audit log."""
    return f"{getpass.getuser()} (command line)"
