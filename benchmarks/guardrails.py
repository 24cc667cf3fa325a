"""How often a guardrail stops an answer that is right: the labelled questions of a company, answered without a model.

    python -m benchmarks.guardrails [--company FOLDER]

Asks every question of questions.csv and of the articles themselves, keeps the answers that rest on the right article,
and counts the findings on them, with Wilson's 95 % interval. An article past its review date is no false alarm, and a
question back is no answer. What is taken for a matter for a person is counted apart: no fault of the draft, but
holds it back as well.
"""

import argparse
import asyncio
import csv
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine import machine
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import Library, load_articles
from bot.answering.tickets import Figure
from bot.core.model import ASKS_BACK, Channel
from bot.core.ports.answering import Question
from bot.core.topics import SHIPPED

COMPANY = Path(__file__).parent.parent / "sandbox" / "company"
_MATTERS = {topic.code for topic in SHIPPED}


@dataclass
class Measured:
    """How many answers were right, how many of these were stopped by what, and the processor time of every draft."""

    right: int = 0
    stopped: int = 0
    sensitive: int = 0
    names: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def count(self, names: Collection[str]) -> None:
        """Count one right answer with its findings."""
        found = {*names} - _MATTERS - {"stale_article"}
        self.right += 1
        self.stopped += bool(found)
        self.sensitive += not _MATTERS.isdisjoint(names)
        self.names.update(found)


def labelled(company: Path, library: Library) -> Iterator[tuple[str, str]]:
    """Yield questions with the slug of the article that answers them."""
    with (company / "questions.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["text"], row["article"]) for row in csv.DictReader(file) if row["article"] != "oos")
    yield from ((question, article.slug) for article in library.articles for question in article.questions)


async def measure(company: Path) -> Measured:
    """Answer every labelled question."""
    library = load_articles(company / "articles")
    answerer, measured = EmbeddedAnswerer(library, brand="Northwind"), Measured()
    for text, slug in labelled(company, library):
        begun = time.process_time()
        proposal = await answerer.answer(Question((text,), Channel.EMAIL))
        measured.seconds.append(time.process_time() - begun)
        names = {flag.name for flag in proposal.flags}
        if slug in {source.slug for source in proposal.sources} and ASKS_BACK not in names:
            measured.count(names)
    return measured


def told(name: str, hits: int, n: int) -> str:
    low, high = (figure := Figure(name, hits, n)).interval
    return f"{name}: {figure.share:.2%} ({hits} of {n} right answers; {low:.2%} to {high:.2%})"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--company", type=Path, default=COMPANY, help="folder with articles/ and questions.csv"
    )
    measured = asyncio.run(measure(parser.parse_args(argv).company))
    print(machine())
    print(told("false alarms", measured.stopped, measured.right))
    print("by name: " + (", ".join(f"{name} {n}" for name, n in measured.names.most_common()) or "none"))
    print(told("held back as a matter for a person", measured.sensitive, measured.right))
    seconds = sorted(measured.seconds)
    p50, p95 = (seconds[int(share * len(seconds))] * 1000 for share in (0.5, 0.95))
    print(f"processor time of a draft, {len(seconds)} questions: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
