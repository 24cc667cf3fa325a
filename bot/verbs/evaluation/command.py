"""`threadpilot eval`: intents and tickets."""

import argparse
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import Misconfigured
from bot.verbs.options import add_env_file, environment

if TYPE_CHECKING:
    from bot.answering.vectors import Vectors

_VECTORS = ("wordllama", "minilm")


def add_eval(verb: argparse.ArgumentParser) -> None:
    """Say what `eval` takes and does."""
    verb.description = "Measures the answering engine on labelled data. Sends nothing."
    sets = verb.add_subparsers(title="sets", metavar="SET", required=True)
    intents = sets.add_parser("intents", help="how well labelled messages find their article")
    tickets = sets.add_parser("tickets", help="labelled tickets through the whole pipeline")
    _add_eval_intents(intents)
    _add_eval_tickets(tickets)
    for one in (intents, tickets):
        one.add_argument("--vectors", choices=_VECTORS, help="text vectors (default: as MINILM_DIR says)")
        add_env_file(one)


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


async def _eval_intents(options: argparse.Namespace) -> int:
    from bot.verbs.evaluation import intents as eval_intents

    figures = eval_intents.evaluate(options.train, options.test, _vectors(options))
    print(eval_intents.as_json(figures) if options.json else eval_intents.as_text(figures))
    _draw(options.picture, lambda: eval_intents.as_picture(figures))
    return 0


async def _eval_tickets(options: argparse.Namespace) -> int:
    from bot.settings.answers import model_settings
    from bot.verbs.evaluation import tickets as eval_tickets
    from bot.wiring.answers import judge_of

    articles = options.articles or options.file.parent / "articles"
    async with AsyncExitStack() as stack:
        judge = None
        if options.judge:
            judge = await stack.enter_async_context(judge_of(model_settings(environment(options))))
        report = await eval_tickets.evaluate(
            options.file, articles, options.threshold, _vectors(options), judge
        )
    print(report.as_json() if options.json else report.as_text())
    _draw(options.picture, report.as_picture)
    return 0


def _vectors(options: argparse.Namespace) -> "Vectors":
    from bot.settings.answers import minilm_dir
    from bot.wiring import textvectors

    env = environment(options)
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
