"""The command line: `threadpilot VERB`. Exit codes: 0 done, 1 found a problem, 2 wrong usage or configuration."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from bot.core.access import Role, check
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.process import logs
from bot.process.memory import share_one_arena
from bot.process.stopping import disarm
from bot.verbs.audit.command import add_audit
from bot.verbs.database.command import add_backup, add_keys, add_migrate, add_restore
from bot.verbs.demo.command import add_demo
from bot.verbs.doctor.command import add_doctor
from bot.verbs.evaluation.command import add_eval
from bot.verbs.knowledge.command import add_knowledge
from bot.verbs.mail.command import add_parse_email
from bot.verbs.privacy.command import add_erase, add_export, add_retention
from bot.verbs.run import add_run
from bot.verbs.sandbox import add_sandbox
from bot.verbs.settings.command import add_settings
from bot.verbs.usage import Usage

_EPILOG = """\
first steps:
  threadpilot demo      see it work, no accounts needed
  threadpilot doctor    check the environment before `run`
  threadpilot run       the app against real services, configured by environment or .env
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; this is the one place where errors become sentences and exit codes."""
    options = _parser().parse_args(arguments)
    # A question's matrices are small: more threads only wait for each other (measured: 10 ms of processor, not 3).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    share_one_arena()
    logs.configure()
    try:
        check(Role.OWNER, f"verb {options.verb}")
        return int(asyncio.run(options.run(options)))
    except ThreadpilotError as error:
        print(f"threadpilot: {_told(error)}", file=sys.stderr)
        return 2 if isinstance(error, Misconfigured) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # Whoever read us, such as `head`, has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    finally:
        disarm()


def _told(error: ThreadpilotError) -> str:
    """Say one thing on this line, and several on a line each."""
    if not isinstance(error, Misconfigured) or len(error.problems) == 1:
        return str(error)
    return "\n  ".join(("these settings are wrong or missing:", *error.problems))


def _parser() -> argparse.ArgumentParser:
    parser = Usage(
        prog="threadpilot",
        description="Slack-first AI customer support, self-hosted.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('threadpilot')}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True)
    add_demo(verbs.add_parser("demo", help="run everything against the sandbox, no accounts"))
    add_sandbox(verbs.add_parser("sandbox", help="run only the far side: Slack, mail and the page"))
    add_run(verbs.add_parser("run", help="run the app, configured by environment or .env"))
    add_migrate(verbs.add_parser("migrate", help="bring the database schema up to date"))
    add_backup(verbs.add_parser("backup", help="write everything to a file, while it runs"))
    add_restore(verbs.add_parser("restore", help="put a backup in the place of the database"))
    add_doctor(verbs.add_parser("doctor", help="check every integration and say what to do"))
    add_audit(verbs.add_parser("audit", help="verify, export or replay the audit log"))
    add_erase(verbs.add_parser("erase", help="erase one customer everywhere"))
    add_export(verbs.add_parser("export", help="write out everything there is about one customer"))
    add_settings(verbs.add_parser("settings", help="write out all settings, or take a file of them in"))
    add_retention(verbs.add_parser("retention", help="tell what RETENTION_DAYS would let go of"))
    add_keys(verbs.add_parser("keys", help="encrypt the messages in the database anew"))
    add_parse_email(
        verbs.add_parser("parse-email", help="show what would be read of mails in files, and why")
    )
    add_knowledge(verbs.add_parser("knowledge", help="bring articles in, and find what is wrong with them"))
    add_eval(verbs.add_parser("eval", help="measure the answers on labelled examples"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
