"""What the learned escalation model finds beside the rules, and how often it cries wolf.

    python -m benchmarks.sensitive_matters [--utterances FILE.csv]

The shipped sentences are judged by models that did not learn them: each matter is cut into 5 runs as its sentences
stand, since neighbours are often alike. Ordinary messages are the known questions of the articles that are not among
the sentences, and the tickets that a careful team answers or reviews. `--utterances` names a file with
the columns `utterance,intent`, such as Bitext's: only measured, never learned from.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.answering import sensitive
from bot.answering.foreign import common
from bot.answering.knowledge import load_articles
from bot.answering.language import words
from bot.answering.tickets import Figure, read
from bot.core import topics
from bot.core.model import Action

PARTS = 5
COMPANY = Path(__file__).resolve().parents[1] / "sandbox" / "company"
TICKETS = ("tickets", "unseen", "fresh", "heldout", "sealed")


def learned(text: str, matters: sensitive.Matters | None = None) -> bool:
    hit = (matters or sensitive.shipped()).best(text)
    return hit is not None and hit.margin >= sensitive.THRESHOLD


def ruled(text: str) -> bool:
    return bool(topics.sensitive(text))


@dataclass(frozen=True)
class Judged:
    """A shipped sentence, whether a model that did not learn it finds it, and whether a rule does."""

    code: str
    text: str
    learned: bool
    ruled: bool


def cross_validated() -> Iterator[Judged]:
    """Judge each shipped sentence by a model without it."""
    examples = [*sensitive.examples(), *((sensitive.NONE, text) for text in common())]
    later = written_for_alarms()  # Cut apart, so that the others are cut as they were without them.
    parts = list(_runs([f"{code} later" if text in later else code for code, text in examples]))
    for held in range(PARTS):
        matters = sensitive.Matters([one for one, part in zip(examples, parts, strict=True) if part != held])
        for code, text in (one for one, part in zip(examples, parts, strict=True) if part == held):
            yield Judged(code, text, learned(text, matters), ruled(text))


def written_for_alarms() -> frozenset[str]:
    """Return the near misses that were written having seen false alarms: the second run of them in the file."""
    told = (files("bot.answering") / "sensitive.txt").read_text(encoding="utf-8")
    return frozenset(told.split("[none]\n")[2].splitlines())


def _runs(codes: Sequence[str]) -> Iterator[int]:
    """Yield for each sentence the part it is in: each code is cut into runs."""
    counts, seen = Counter(codes), Counter[str]()
    for code in codes:
        yield seen[code] * PARTS // counts[code]
        seen[code] += 1


def _key(text: str) -> tuple[str, ...]:
    return tuple(words(text))


def show(name: str, hits: Sequence[bool]) -> None:
    figure = Figure(name, sum(hits), len(hits))
    low, high = figure.interval
    print(f"{name:44}{figure.share:7.1%}  {figure.hits:>4} of {figure.n:<5}[{low:.1%} to {high:.1%}]")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=Path, help="a CSV file with the columns utterance,intent")
    arguments = parser.parse_args(argv)

    judged = list(cross_validated())
    matters = [one for one in judged if one.code != sensitive.NONE]
    show("shipped sentences: rules alone", [one.ruled for one in matters])
    show("shipped sentences: model alone", [one.learned for one in matters])
    show("shipped sentences: either", [one.learned or one.ruled for one in matters])
    near, harder = [one for one in judged if one.code == sensitive.NONE], written_for_alarms()
    show("shipped near misses: model", [one.learned for one in near if one.text not in harder])
    show("those written for false alarms: model", [one.learned for one in near if one.text in harder])
    taught = {_key(text) for _, text in sensitive.examples()}
    known = [text for article in load_articles(COMPANY / "articles").articles for text in article.questions]
    known = [text for text in known if _key(text) not in taught]
    show("known questions: model", list(map(learned, known)))
    tickets = [ticket for name in TICKETS for ticket in read(COMPANY / f"{name}.jsonl")]
    ordinary = [t for t in tickets if t.action in {Action.SEND, Action.REVIEW}]
    show("tickets to answer or review: model", [learned(f"{t.subject}\n{t.text}") for t in ordinary])
    show("tickets to answer or review: rules", [ruled(f"{t.subject}\n{t.text}") for t in ordinary])
    if arguments.utterances:
        _utterances(arguments.utterances)
    return 0


def _utterances(path: Path) -> None:
    """Show both for each intent of a file of utterances."""
    found: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["intent"]].append(row["utterance"])
    for intent, texts in sorted(found.items()):
        some = texts[:: max(1, len(texts) // 300)]
        show(f"{intent}: rules", list(map(ruled, some)))
        show(f"{intent}: either", [learned(text) or ruled(text) for text in some])


if __name__ == "__main__":
    raise SystemExit(main())
