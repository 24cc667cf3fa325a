"""`threadpilot sandbox`: the far side alone."""

import argparse
import json
import sqlite3
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.process.stopping import stop_signal
from bot.verbs.options import address, port


def add_sandbox(verb: argparse.ArgumentParser) -> None:
    """Say what `sandbox` takes and does."""
    verb.description = "The far side alone, so that the app can be started, killed and replaced beside it."
    verb.add_argument("--port", type=port, default=8481, help="the page and the stand-ins (default 8481)")
    verb.add_argument(
        "--json", action="store_true", help="print one line of JSON: what `run` needs is in `env`"
    )
    verb.add_argument("--state", type=Path, metavar="DIR", help="keep messages and mail here")
    verb.add_argument(
        "--app",
        type=address,
        default="127.0.0.1:8480",
        metavar="HOST:PORT",
        help="where the app listens (for Slack over HTTP)",
    )
    verb.add_argument(
        "--smtp-port", type=port, default=2525, help="where the app listens for mail (default 2525)"
    )
    verb.add_argument(
        "--sink-port", type=port, default=0, help="where customers' mail boxes listen (default: any)"
    )
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    verb.set_defaults(run=_sandbox)


async def _sandbox(options: argparse.Namespace) -> int:
    from sandbox.server import Sandbox, SandboxConfig

    config = SandboxConfig(
        port=options.port,
        state_dir=options.state,
        request_url=f"http://{options.app}/slack/events",
        app_http=options.app,
        smtp_listen=f"127.0.0.1:{options.smtp_port}",
        sink_port=options.sink_port,
    )
    try:
        sandbox = Sandbox(config)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise Misconfigured(f"The sandbox cannot use --state {options.state}: {error}.") from error
    try:
        await sandbox.start()
    except OSError as error:
        ports = f"--port {options.port} and --sink-port {options.sink_port}"
        raise Misconfigured(f"The sandbox cannot listen on {ports}: {error.strerror}.") from error
    try:
        print(
            json.dumps(sandbox.contract()) if options.json else f"The sandbox is at {sandbox.url}/",
            flush=True,
        )
        async with stop_signal(on_eof=options.stop_on_eof) as stop:
            await stop.wait()
    finally:
        await sandbox.stop()
    return 0
