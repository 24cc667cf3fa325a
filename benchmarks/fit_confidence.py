"""Fit the confidence on the shipped labelled questions and write `bot/answering/calibration.json`.

    python -m benchmarks.fit_confidence [--company sandbox/company] [--vectors minilm] [--dry-run]
    python -m benchmarks.fit_confidence --bare LONG.jsonl    # for articles without known questions

Every figure printed is out of fold: all questions about one article are in one fold, so that the confidence is judged
on articles it was not fitted on. The choice of how a message is read (`Folds`) is made in the same way. The articles'
own questions are left out of the index while they are asked.
What becomes of whole tickets, `threadpilot eval tickets` measures.

With `--bare` the demo company's articles have no known questions, and the ranking also learns from long articles that
are asked by their titles (see `benchmarks.long_articles`).
"""

import argparse
import asyncio
import csv
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.long_articles import asked_by_title, with_rivals
from benchmarks.ticket_scale import Scale, scaled
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.confidence import (
    FEATURES,
    SHIPPED_BARE,
    SHIPPED_BY_KIND,
    Calibration,
    Logistic,
)
from bot.answering.evaluate import auroc, brier, ceiling, coverage_at_risk, ece, reliability
from bot.answering.foreign import common
from bot.answering.index import VIEWS, Index
from bot.answering.knowledge import Library, load_articles
from bot.answering.learning import OUT_OF_SCOPE, Asked, fit
from bot.answering.matching import find_matches
from bot.answering.messages import clean
from bot.answering.tickets import Ticket, read
from bot.answering.vectors import KINDS, WORDLLAMA, Vectors
from bot.core.model import ASKS_BACK, Channel, Mode, Proposal, Rules
from bot.core.ports.answering import Question
from bot.services.drafting import propose
from bot.verbs.evaluation.tickets import BRAND, case_of, outcome
from bot.wiring.textvectors import vectors_named

CALIBRATING = ("tickets.jsonl", "unseen.jsonl", "fresh.jsonl")  # The other tickets judge.
TICKETS_SHARE = 0.5  # Of the fit: tickets are what the confidence is about, but there are few.
UP_TO_CONFIDENCE = {"confidence", "sure", "audit_sample", "no_answer", ASKS_BACK}
FOLDS, HELD_OUT, RUNS = 8, 6, 5
COMPANY = Path(__file__).resolve().parents[1] / "sandbox" / "company"


@dataclass(frozen=True)
class Query:
    """A labelled message, and the index that does not know it; `answer` is its article's row, or -1."""

    index: Index
    text: str
    answer: int

    def plainly(self) -> Asked:
        """Read the message as one question."""
        return Asked(self.index.search(clean(self.text)), self.answer)

    def as_answered(self, calibration: Calibration) -> Asked:
        """Read it as the answerer does: each question in the surest way; the least sure question counts."""
        found = find_matches(self.index, calibration, Question((self.text,), Channel.CHAT))
        weakest = min(found, key=lambda match: match.confidence, default=None)
        return Asked(weakest.findings, self.answer) if weakest else self.plainly()


def labelled(library: Library, questions: Path, vectors: Vectors, *, bare: bool) -> Iterator[Query]:
    """Yield every labelled question; the articles' own and the library's foreign ones while they are not indexed."""
    articles, foreign = library.articles, (*common(), *library.foreign)
    rows = {article.slug: row for row, article in enumerate(articles)}
    index = Index(without_questions(library).articles if bare else articles, vectors, foreign, learns=False)
    with questions.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Query(index, row["text"], rows.get(row["article"], -1))
    for part in range(HELD_OUT):
        shown = [
            replace(article, questions=() if bare else _others(article.questions, part))
            for article in articles
        ]
        index = Index(shown, vectors, _others(foreign, part), learns=False)
        for number, article in enumerate(articles):
            yield from (Query(index, text, number) for text in article.questions[part::HELD_OUT])
        yield from (Query(index, text, -1) for text in foreign[part::HELD_OUT])


def without_questions(library: Library) -> Library:
    return replace(library, articles=tuple(replace(one, questions=()) for one in library.articles))


def _others(texts: Sequence[str], part: int) -> tuple[str, ...]:
    return tuple(text for i, text in enumerate(texts) if i % HELD_OUT != part)


def ask_tickets(library: Library, paths: Sequence[Path], folds: "Folds", vectors: Vectors) -> Iterator[Asked]:
    """Return what the least sure question of each labelled ticket finds; right only if every article needed is found.

    Left out is what something else than confidence holds back, such as a sensitive topic: no threshold would send it.
    """
    rows = {article.slug: row for row, article in enumerate(library.articles)}
    index = Index(library.articles, vectors, (*common(), *library.foreign), learns=False)
    answerers = [
        EmbeddedAnswerer(library, brand=BRAND, calibration=model, vectors=vectors) for model in folds.models
    ]
    for ticket in (ticket for path in paths for ticket in read(path)):
        fold = folds.of(min((rows[slug] for slug in ticket.articles), default=-1))
        model, answerer = folds.models[fold], answerers[fold]
        found = [match for one in asked_by(ticket) for match in find_matches(index, model, one)]
        if found and _is_up_to_confidence(answerer, library, ticket):
            lacking = {rows[slug] for slug in ticket.articles} - {match.article for match in found}
            weakest = min(found, key=lambda match: match.confidence)
            answer = min(lacking) if lacking else weakest.article if ticket.articles else -1
            yield Asked(weakest.findings, answer)


def _is_up_to_confidence(answerer: EmbeddedAnswerer, library: Library, ticket: Ticket) -> bool:
    became = asyncio.run(outcome(answerer, library, ticket, Rules(mode=Mode.AUTO)))
    return {*became.reasons, *became.flags} <= UP_TO_CONFIDENCE


def asked_by(ticket: Ticket) -> list[Question]:
    """Return what the answerer would be asked; nothing for a ticket that is not drafted for."""
    listener = _Listener()
    asyncio.run(propose(listener, case_of(ticket, datetime.now(UTC)), Rules(mode=Mode.AUTO)))
    return listener.heard


class _Listener:
    """An answerer that only listens."""

    def __init__(self) -> None:
        self.heard: list[Question] = []

    async def answer(self, question: Question) -> Proposal:
        self.heard.append(question)
        return Proposal("", 0.0)


class Folds:
    """Models for choosing how to read a message, each fitted without the questions about its fold's articles."""

    def __init__(self, plain: Sequence[Asked], others: Sequence[Asked]) -> None:
        """Fit one model a fold on questions that are each read as one."""
        self._generator = np.random.default_rng(RUNS)  # The runs have the seeds before it.
        answers = np.array([one.answer for one in plain])
        self._by_article = self._generator.permutation(answers.max() + 1) % FOLDS
        self.fold = [self.of(one.answer) for one in plain]
        self.models = [
            fit(
                [one for one, fold in zip(plain, self.fold, strict=True) if fold != held],
                OUT_OF_SCOPE,
                others,
            )
            for held in range(FOLDS)
        ]

    def of(self, answer: int) -> int:
        """Return the fold of an article; of what none answers, any."""
        return int(self._by_article[answer] if answer >= 0 else self._generator.integers(FOLDS))


def ask(
    library: Library, company: Path, vectors: Vectors, others: Sequence[Asked] = (), *, bare: bool = False
) -> list[Asked]:
    """Return what the index finds for each labelled question and ticket, read as the answerer reads it.

    Which way of reading is the surest, a model tells that knows no question about the same article (of a ticket that
    needs two, about the first of them).
    """
    queries = list(labelled(library, company / "questions.csv", vectors, bare=bare))
    folds = Folds([query.plainly() for query in queries], others)
    files = [path for name in CALIBRATING if (path := company / name).exists()]
    shown = without_questions(library) if bare else library
    tickets = list(ask_tickets(shown, files, folds, vectors))
    counts = TICKETS_SHARE / (1 - TICKETS_SHARE) * len(queries) / max(len(tickets), 1)
    return [
        *(query.as_answered(folds.models[fold]) for query, fold in zip(queries, folds.fold, strict=True)),
        *(replace(ticket, counts=counts) for ticket in tickets),
    ]


def out_of_fold(
    asked: Sequence[Asked], seed: int, others: Sequence[Asked] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each question a confidence by a model that never saw its article, if it was right, and its fold."""
    generator = np.random.default_rng(seed)
    answers = np.array([one.answer for one in asked])
    by_article = generator.permutation(answers.max() + 1) % FOLDS
    fold = np.where(answers >= 0, by_article[answers], generator.integers(0, FOLDS, len(asked)))
    confidences, right = np.zeros(len(asked)), np.zeros(len(asked), dtype=bool)
    for held in range(FOLDS):
        model = fit([one for one, f in zip(asked, fold, strict=True) if f != held], OUT_OF_SCOPE, others)
        for i in map(int, np.flatnonzero(fold == held)):
            ranking = model.rank(asked[i].findings)
            confidences[i] = model.confidence(ranking)
            right[i] = ranking.order[0] == answers[i]
    return confidences, right, fold


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
    parser.add_argument(
        "--vectors", choices=KINDS, default=WORDLLAMA, help="the kind of text vectors to fit for"
    )
    parser.add_argument(
        "--out", type=Path, help="where the weights go (default: those shipped for that kind)"
    )
    parser.add_argument(
        "--bare", type=Path, metavar="LONG.jsonl", help="fit for articles without known questions"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    arguments = parser.parse_args(argv)

    library = load_articles(arguments.company / "articles")
    vectors, bare = vectors_named(arguments.vectors, os.environ), arguments.bare is not None
    others = [with_rivals(one) for one in asked_by_title(arguments.bare, vectors)] if bare else []
    asked = ask(library, arguments.company, vectors, others, bare=bare)
    answers, tickets = np.array([one.answer for one in asked]), np.array([one.counts != 1 for one in asked])
    if not tickets.any():
        tickets[:] = True
    raw = [out_of_fold(asked, seed, others) for seed in range(RUNS)]
    runs = [(scaled(*run, answers >= 0, tickets), run[1]) for run in raw]
    mean = _mean([figures(confidences, right, answers) for confidences, right in runs])
    print(f"Out of fold, mean of {RUNS} × {FOLDS} folds grouped by article:")
    for name, value in mean.items():
        print(f"  {name:26} {value:g}")
    of_tickets = _mean([figures(c[tickets], right[tickets], answers[tickets]) for c, right in runs])
    print("Of these, tickets:")
    for name, value in of_tickets.items():
        print(f"  {name:26} {value:g}")
    for name, rows in (("all", slice(None)), ("tickets", tickets)):
        print(f"Reliability, {name} (first run): said, right, n")
        for low, high, n, said, share in reliability(runs[0][0][rows], runs[0][1][rows]):
            print(f"  {low:.2f}-{high:.2f}  {said:.3f}  {share:.3f}  {n}")
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    date = datetime.now(UTC).date().isoformat()
    print(f"{machine}; {date}")
    most = round(float(np.mean([ceiling(confidences, right) for confidences, right in runs])), 4)
    print(f"Ceiling: no confidence above {most:g}")
    told = np.mean([run[0][tickets] for run in raw], axis=0)
    scale = Scale.fitted(told, raw[0][1][tickets], answers[tickets] >= 0)
    print(f"Scale of tickets: slope {scale.slope:.3f}, shift {scale.shift:.3f}")
    model = fit(asked, OUT_OF_SCOPE, others)
    model = replace(model, first=scale.of(model.first), ceiling=most)
    if not arguments.dry_run:
        shipped = SHIPPED_BARE if bare else SHIPPED_BY_KIND
        path = arguments.out or shipped[vectors.kind]
        _write(path, model, vectors, (mean, of_tickets), machine, date, _origin(arguments.bare))
    return 0


def _origin(bare: Path | None) -> dict[str, Any]:
    """Say what was fitted on; long articles are not shipped, so their file is told by its hash."""
    origin: dict[str, Any] = {
        "questions": "sandbox/company: questions.csv, and those of its articles, left out while asked",
        "tickets": CALIBRATING,
    }
    if bare is not None:
        origin["long_articles"] = {
            "file": bare.name,
            "sha256": hashlib.sha256(bare.read_bytes()).hexdigest(),
            "note": "development data, not shipped; asked by their titles",
        }
    return origin


def _write(
    path: Path,
    model: Calibration,
    vectors: Vectors,
    measured: tuple[dict[str, Any], dict[str, Any]],
    machine: str,
    date: str,
    origin: dict[str, Any],
) -> None:
    told = {
        "fitted_on": origin,
        "vectors": vectors.kind,
        "date": date,
        "machine": machine,
        "out_of_fold": _defined(measured[0]),
        "out_of_fold_tickets": _defined(measured[1]),
        "views": VIEWS,
        "ranking": _rounded(model.ranking),
        "features": FEATURES,
        "first": _told(model.first),
        "among": _told(model.among),
        "ceiling": model.ceiling,
    }
    path.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(f"Written: {path}")


def _defined(measured: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in measured.items() if np.isfinite(value)}


def _mean(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}


def _told(model: Logistic) -> dict[str, Any]:
    return {
        "means": _rounded(model.means),
        "scales": _rounded(model.scales),
        "weights": _rounded(model.weights),
        "bias": round(model.bias, 6),
    }


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 6) for value in values]


if __name__ == "__main__":
    raise SystemExit(main())
