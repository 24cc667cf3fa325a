"""How often a guardrail stops an answer that is right: the labelled questions of a company, answered without a model.

    python -m benchmarks.guardrails [--company FOLDER]

Asks every question of questions.csv and of the articles themselves, keeps the answers that rest on the right article,
and counts the findings on them, with Wilson's 95 % interval. An article past its review date is no false alarm, a
question back is no answer, and a matter for a person is no fault of the draft.
"""

import argparse
import asyncio
import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.machine import machine
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import Library, load_articles
from bot.answering.tickets import Figure
from bot.core.model import ASKS_BACK, Channel
from bot.core.ports.answering import Question
from bot.core.topics import SHIPPED

COMPANY = Path(__file__).parent.parent / "sandbox" / "company"
_NO_FALSE_ALARM = {"stale_article", *(topic.code for topic in SHIPPED)}


def labelled(company: Path, library: Library) -> Iterator[tuple[str, str]]:
    """Yield questions with the slug of the article that answers them."""
    with (company / "questions.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["text"], row["article"]) for row in csv.DictReader(file) if row["article"] != "oos")
    yield from ((question, article.slug) for article in library.articles for question in article.questions)


async def measure(company: Path) -> tuple[int, Counter[str], int, list[float]]:
    """Return how many answers were right, findings by name, answers with one, and the processor time of each."""
    library = load_articles(company / "articles")
    answerer = EmbeddedAnswerer(library, brand="Northwind")
    right, stopped, names, seconds = 0, 0, Counter[str](), []
    for text, slug in labelled(company, library):
        begun = time.process_time()
        proposal = await answerer.answer(Question((text,), Channel.EMAIL))
        seconds.append(time.process_time() - begun)
        names_of = {flag.name for flag in proposal.flags}
        if slug not in {source.slug for source in proposal.sources} or ASKS_BACK in names_of:
            continue
        found = names_of - _NO_FALSE_ALARM
        right, stopped = right + 1, stopped + bool(found)
        names.update(found)
    return right, names, stopped, sorted(seconds)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--company", type=Path, default=COMPANY, help="folder with articles/ and questions.csv"
    )
    right, names, stopped, seconds = asyncio.run(measure(parser.parse_args(argv).company))
    low, high = (figure := Figure("false alarms", stopped, right)).interval
    print(machine())
    print(f"false alarms: {figure.share:.2%} ({stopped} of {right} right answers; {low:.2%} to {high:.2%})")
    print("by name: " + (", ".join(f"{name} {count}" for name, count in names.most_common()) or "none"))
    p50, p95 = (seconds[int(share * len(seconds))] * 1000 for share in (0.5, 0.95))
    print(f"processor time of a draft, {len(seconds)} questions: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
