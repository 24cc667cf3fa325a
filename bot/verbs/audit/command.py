"""`threadpilot audit`: verify, export and replay."""

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.verbs.options import add_env_file, database_of, environment

if TYPE_CHECKING:
    from bot.wiring.signing import Signer


def add_audit(verb: argparse.ArgumentParser) -> None:
    """Say what `audit` takes and does."""
    verb.description = "Reads the audit log of DATABASE_URL. Ends with 1 when its chain is broken."
    verb.add_argument(
        "what",
        choices=["verify", "export", "replay"],
        help="verify: find any change, gap, reorder or missing end; export: print every row; replay: make the "
        "decisions about a conversation again, and say where today's policy would differ",
    )
    verb.add_argument(
        "conversation", nargs="?", default="", metavar="CONVERSATION", help="of replay; default: all"
    )
    verb.add_argument(
        "--noted",
        action="append",
        default=[],
        metavar="ROWS:HASH[:SIGNATURE]",
        help="an end the chain had before, as verify or Slack told it (may be given several times)",
    )
    verb.add_argument("--format", choices=["jsonl", "csv"], default="jsonl", help="of export; default: jsonl")
    add_env_file(verb)
    verb.set_defaults(run=_audit, refuse=verb.error)


async def _audit(options: argparse.Namespace) -> int:
    from bot.verbs.audit import auditing

    if options.what == "replay":
        return await _replay(options)
    if options.conversation:
        options.refuse(f"{options.what} takes no conversation: it reads the whole log")
    env = environment(options)
    url, sealing = database_of(env)
    signer = _signer(url, env)
    noted = [signer.read(text) for text in options.noted]
    if options.what == "export":
        write = {"jsonl": auditing.as_jsonl, "csv": auditing.as_csv}[options.format](sys.stdout)
        verdict = await auditing.verify(url, noted, write, sealing)
        print(verdict, file=sys.stderr)
    else:
        verdict = await auditing.verify(url, noted, sealing=sealing)
        print(verdict)
        if not verdict.broken:
            end = signer.sign(verdict.end)
            print(f"To prove later that nothing before has changed, note its end elsewhere: {end}")
            print(f"Who has the public key can check the signature: {signer.public}")
    return 1 if verdict.broken else 0


def _signer(url: str, env: Mapping[str, str]) -> "Signer":
    from bot.wiring.keys import reply_key
    from bot.wiring.signing import Signer

    return Signer(lambda: reply_key(url, env.get("THREADPILOT_SECRET_KEY", "").strip()))


async def _replay(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.verbs.audit import replaying

    wanted = settings.from_env(environment(options), settings.DATABASE, settings.ESCALATION)
    report = await replaying.replay(wanted, options.conversation)
    print(report)
    return 0 if report.is_clean else 1
