"""`threadpilot run`: the app."""

import argparse
import asyncio
import gc

from bot.process import logs
from bot.process.roles import Role as ProcessRole
from bot.process.stopping import stop_signal
from bot.verbs.options import add_env_file, environment


def add_run(verb: argparse.ArgumentParser) -> None:
    """Say what `run` takes and does."""
    verb.description = (
        "The app. Settings come from the environment and from .env; `threadpilot doctor` checks them."
    )
    verb.add_argument(
        "--role",
        choices=[role.value for role in ProcessRole],
        default=ProcessRole.ALL.value,
        help="all: everything in one process (default); with PostgreSQL also one of its parts",
    )
    add_env_file(verb)
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    verb.set_defaults(run=_run)


async def _run(options: argparse.Namespace) -> int:
    async with stop_signal(on_eof=options.stop_on_eof) as stop:
        gc.disable()  # What is imported stays: to look for garbage in it is an eighth of the start.
        from bot import app, settings
        from bot.settings import names
        from bot.settings.slack import SLACK_API
        from bot.verbs.doctor import examination as doctor

        gc.freeze()
        gc.enable()
        env = environment(options)
        names.warn(env)
        wanted = settings.from_env(env)
        logs.configure(json=wanted.watch.log_as_json)
        # A start that is under way is finished first: it takes no longer.
        role = ProcessRole(options.role)
        async with app.running(wanted, role):
            # Of the sandbox there is nothing to be told. One of several processes looks.
            looks = role.schedules and wanted.slack.api_url == SLACK_API
            looking = asyncio.create_task(doctor.at_start(env)) if looks else None
            await stop.wait()
            if looking is not None:
                looking.cancel()
    return 0
