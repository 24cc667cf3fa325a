"""Long articles that nobody has given known questions: does the ranking find more than BM25 alone?

    python -m benchmarks.long_articles FILE.jsonl    # one article a line: {"id", "title", "body" in Markdown}

Each article's title is the question, and is taken out of the article. That is harsh (a title says what its text takes
for granted) and the same for all. Also printed: the demo company's articles without their known questions.
"""

import argparse
import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import comb
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from bot.answering.confidence import SHIPPED_BARE, Calibration
from bot.answering.foreign import common
from bot.answering.index import VIEWS, Index
from bot.answering.knowledge import Article, load_articles, parse_article
from bot.answering.learning import Asked
from bot.answering.messages import clean
from bot.answering.tickets import Figure
from bot.answering.vectors import Vectors, shared_vectors

COMPANY = Path(__file__).resolve().parents[1] / "sandbox" / "company"
_INTERNAL = re.compile(r"^\(?internal\)?:?\s*", re.IGNORECASE)
_RIVALS = 40  # For fitting, so many articles besides the right one are enough.


def asked_by_title(path: Path, vectors: Vectors) -> list[Asked]:
    """Ask for each article by its title, unless another has the same."""
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    titles = [_INTERNAL.sub("", str(one["title"])) for one in told]
    articles = [_untitled(one["id"], one["body"]) for one in told]
    index, times = Index(articles, vectors, common()), Counter(titles)
    return [Asked(index.search(clean(title)), row) for row, title in enumerate(titles) if times[title] == 1]


def _untitled(slug: str, body: str) -> Article:
    article = parse_article(slug, f"---\ntitle: Help\n---\n{body}")
    assert article is not None, "It is public."
    return article


def asked_of_company(company: Path, vectors: Vectors) -> list[Asked]:
    """Ask all labelled questions of the demo company's articles, which have none of their own then."""
    library = load_articles(company / "articles")
    rows = {article.slug: row for row, article in enumerate(library.articles)}
    bare = [replace(article, questions=()) for article in library.articles]
    index = Index(bare, vectors, (*common(), *library.foreign))
    with (company / "questions.csv").open(encoding="utf-8", newline="") as file:
        asked = [
            (row["text"], rows[row["article"]]) for row in csv.DictReader(file) if row["article"] in rows
        ]
    asked += [(text, row) for row, article in enumerate(library.articles) for text in article.questions]
    return [Asked(index.search(clean(text)), row) for text, row in asked]


def with_rivals(one: Asked) -> Asked:
    """Keep the right article, put first, and its strongest rivals: what a ranking is fitted on."""
    views = one.findings.views
    spread = np.maximum(views.std(axis=1, keepdims=True), 1e-9)
    strength = ((views - views.mean(axis=1, keepdims=True)) / spread).sum(axis=0)
    strength[one.answer] = np.inf
    kept = np.argsort(-strength, kind="stable")[: _RIVALS + 1]
    return Asked(replace(one.findings, views=views[:, kept]), 0)


def _found(asked: Sequence[Asked], weights: np.ndarray) -> np.ndarray:
    return np.array([int((weights @ one.findings.views).argmax()) == one.answer for one in asked])


def _sign_test(some: int, others: int) -> float:
    """Return how likely chance alone parts so many pairs so unevenly, or more (two-sided)."""
    n = some + others
    return float(min(1.0, 2 * sum(comb(n, k) for k in range(min(some, others) + 1)) / 2**n))


def _print(name: str, asked: Sequence[Asked], models: dict[str, np.ndarray]) -> None:
    found = {label: _found(asked, weights) for label, weights in models.items()}
    print(f"{name}, n = {len(asked)}")
    for label, right in found.items():
        low, high = (figure := Figure(label, int(right.sum()), len(right))).interval
        print(f"  {label:32} first article right {figure.share:.3f} [{low:.3f}, {high:.3f}]")
    ours, bm25 = found["weights for bare articles"], found["BM25 alone"]
    more, fewer = int((ours & ~bm25).sum()), int((bm25 & ~ours).sum())
    print(f"  only ours {more}, only BM25 {fewer}: sign test p = {_sign_test(more, fewer):.2g}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path, metavar="FILE.jsonl")
    path, vectors = parser.parse_args(argv).articles, shared_vectors()
    models = {
        "BM25 alone": np.eye(len(VIEWS))[VIEWS.index("words")],
        "weights for known questions": np.asarray(Calibration.load().ranking),
        "weights for bare articles": np.asarray(
            Calibration.load(SHIPPED_BARE[vectors.kind], vectors.kind).ranking
        ),
    }
    print(machine())
    _print(path.name, asked_by_title(path, vectors), models)
    _print("the demo company, no known questions", asked_of_company(COMPANY, vectors), models)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
