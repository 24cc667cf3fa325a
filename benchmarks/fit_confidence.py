"""Fit the confidence on the shipped labelled questions and write `bot/answering/calibration.json`.

    python -m benchmarks.fit_confidence [--company sandbox/company] [--dry-run]

Every figure printed is out of fold: all questions about one article are in one fold, so that the confidence is judged
on articles it was not fitted on. The articles' own questions are left out of the index while they are asked.
"""

import argparse
import asyncio
import csv
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import tickets
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.confidence import FEATURES, SHIPPED, Calibration
from bot.answering.evaluate import auroc, brier, ceiling, coverage_at_risk, ece, reliability
from bot.answering.index import VIEWS, Index
from bot.answering.knowledge import Article, Library, load_articles
from bot.answering.learning import Asked, fit
from bot.answering.messages import clean
from bot.answering.vectors import shared_vectors
from bot.core.model import Channel
from bot.core.ports.answering import Question

FOLDS, HELD_OUT, RUNS = 8, 6, 5
COMPANY = Path(__file__).resolve().parents[1] / "sandbox" / "company"


def labelled(articles: Sequence[Article], questions: Path) -> Iterator[Asked]:
    """Ask every labelled question; the articles' own ones while they are not in the index."""
    rows = {article.slug: row for row, article in enumerate(articles)}
    index = Index(articles, shared_vectors())
    with questions.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Asked(index.search(clean(row["text"])), rows.get(row["article"], -1))
    for part in range(HELD_OUT):
        shown = [
            replace(a, questions=tuple(q for i, q in enumerate(a.questions) if i % HELD_OUT != part))
            for a in articles
        ]
        index = Index(shown, shared_vectors())
        for row_number, article in enumerate(articles):
            for question in article.questions[part::HELD_OUT]:
                yield Asked(index.search(clean(question)), row_number)


def out_of_fold(asked: Sequence[Asked], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each question a confidence by a model that never saw its article, and whether it was right."""
    generator = np.random.default_rng(seed)
    answers = np.array([one.answer for one in asked])
    by_article = generator.permutation(answers.max() + 1) % FOLDS
    fold = np.where(answers >= 0, by_article[answers], generator.integers(0, FOLDS, len(asked)))
    confidences, right = np.zeros(len(asked)), np.zeros(len(asked), dtype=bool)
    for held in range(FOLDS):
        model = fit([one for one, f in zip(asked, fold, strict=True) if f != held])
        for i in map(int, np.flatnonzero(fold == held)):
            ranking = model.rank(asked[i].findings)
            confidences[i] = model.confidence(ranking)
            right[i] = ranking.order[0] == answers[i]
    return confidences, right


def figures(confidences: np.ndarray, right: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    inside, sent = answers >= 0, confidences >= 0.9
    return {
        "n": len(right),
        "n_out_of_scope": int((~inside).sum()),
        "top1": _share(right[inside]),
        "auroc": auroc(confidences, right),
        "out_of_scope_auroc": auroc(confidences, inside),
        "ece": ece(confidences, right),
        "brier": brier(confidences, right),
        **{
            f"coverage_at_{risk:.0%}_wrong": coverage_at_risk(confidences, right, risk)
            for risk in (0.01, 0.03, 0.05)
        },
        "sent_from_0.90": _share(sent),
        "wrong_among_sent": _share(~right[sent]),
        "in_scope_sent": _share(sent[inside]),
        "out_of_scope_below_0.70": _share(confidences[~inside] < 0.7),
        "out_of_scope_sent": _share(sent[~inside]),
    }


def _share(claims: np.ndarray) -> float:
    return float(claims.mean()) if claims.size else 0.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--company", type=Path, default=COMPANY, help="folder with articles/ and questions.csv"
    )
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the weights go")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    arguments = parser.parse_args(argv)

    articles = load_articles(arguments.company / "articles").articles
    asked = list(labelled(articles, arguments.company / "questions.csv"))
    answers = np.array([one.answer for one in asked])
    runs = [out_of_fold(asked, seed) for seed in range(RUNS)]
    told = [figures(confidences, right, answers) for confidences, right in runs]
    mean = {name: round(float(np.mean([run[name] for run in told])), 4) for name in told[0]}
    print(f"Out of fold, mean of {RUNS} × {FOLDS} folds grouped by article:")
    for name, value in mean.items():
        print(f"  {name:26} {value:g}")
    print("Reliability (first run): said, right, n")
    for low, high, n, said, share in reliability(*runs[0]):
        print(f"  {low:.2f}-{high:.2f}  {said:.3f}  {share:.3f}  {n}")
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    date = datetime.now(UTC).date().isoformat()
    print(f"{machine}; {date}")
    most = round(float(np.mean([ceiling(confidences, right) for confidences, right in runs])), 4)
    print(f"Ceiling: no confidence above {most:g}")
    model = replace(fit(asked), ceiling=most)
    labelled_tickets = arguments.company / "tickets.jsonl"
    if labelled_tickets.exists():
        print("Tickets, no weight fitted on them but looked at during development, all parts counted:")
        for name, value in unseen_tickets(articles, model, labelled_tickets).items():
            print(f"  {name:26} {value:.4g}")
    if not arguments.dry_run:
        _write(arguments.out, model, mean, machine, date)
    return 0


def unseen_tickets(articles: Sequence[Article], model: Calibration, path: Path) -> dict[str, float]:
    """Answer the labelled tickets through the whole engine. No weight was fitted on them."""
    today = datetime.now(UTC).date()
    library = Library(tuple(articles))
    answerer = EmbeddedAnswerer(library, brand="Northwind", calibration=model, today=lambda: today)
    confidences, right, answerable = [], [], []
    for ticket in tickets.read(path):
        question = Question((ticket["text"],), Channel(ticket["channel"]), ticket.get("subject", ""))
        proposal = asyncio.run(answerer.answer(question))
        confidences.append(proposal.confidence)
        right.append(tickets.is_right(proposal, ticket))
        answerable.append(bool(ticket["expected"]["articles"]))
    return figures(np.array(confidences), np.array(right), np.where(answerable, 0, -1))


def _write(path: Path, model: Calibration, measured: dict[str, Any], machine: str, date: str) -> None:
    told = {
        "fitted_on": {
            "questions": "sandbox/company: questions.csv and the articles' own, left out while asked"
        },
        "date": date,
        "machine": machine,
        "out_of_fold": measured,
        "views": VIEWS,
        "ranking": _rounded(model.ranking),
        "features": FEATURES,
        "model": {
            "means": _rounded(model.means),
            "scales": _rounded(model.scales),
            "weights": _rounded(model.weights),
            "bias": round(model.bias, 6),
            "ceiling": model.ceiling,
        },
    }
    path.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(f"Written: {path}")


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 6) for value in values]


if __name__ == "__main__":
    raise SystemExit(main())
