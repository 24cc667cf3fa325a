"""`threadpilot demo`."""

import argparse
from pathlib import Path

from bot.verbs.demo.day import add_day_options, day_options
from bot.verbs.options import port


def add_demo(verb: argparse.ArgumentParser) -> None:
    """Say what `demo` takes and does."""
    verb.description = (
        "The unchanged app against the sandbox. Nothing leaves this machine. Port 0 takes a free one."
    )
    verb.add_argument("--port", type=port, default=8480, help="the app (default 8480)")
    verb.add_argument(
        "--sandbox-port", type=port, default=8481, help="the page and the stand-ins (default 8481)"
    )
    verb.add_argument("--smtp-port", type=port, default=2525, help="inbound mail (default 2525)")
    verb.add_argument("--no-browser", action="store_true", help="do not open the page")
    verb.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    verb.add_argument(
        "--state", type=Path, metavar="DIR", help="keep everything here (default: forget it at the end)"
    )
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    add_day_options(verb)
    verb.set_defaults(run=_demo)


async def _demo(options: argparse.Namespace) -> int:
    from bot.verbs.demo.running import DemoOptions, run_demo

    return await run_demo(
        DemoOptions(
            port=options.port,
            sandbox_port=options.sandbox_port,
            smtp_port=options.smtp_port,
            browser=not options.no_browser,
            json=options.json,
            state=options.state,
            stop_on_eof=options.stop_on_eof,
            day=day_options(options),
        )
    )
