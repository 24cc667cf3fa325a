"""The confidence of a knowledge base with many labelled questions, fitted on these questions themselves.

The shipped weights know a small shop with few questions an article. Where there are many, they are asked while they
are left out of the index, as by a customer who is not in it:

- An article's questions are cut into runs as they stand. Neighbours often come from one person or one day and are
  alike: leaving out single ones would promise more than new customers keep.
- What no article answers is learned from known questions of that kind. Where these are too few, a fifth of the
  articles is left out too, and what they would have answered stands in. That is harder to tell, so it makes cautious.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.answering.confidence import (
    AMONG,
    FEATURES,
    GAPS,
    SHIPPED_BARE,
    SHIPPED_BY_KIND,
    SIGNS,
    Calibration,
    Logistic,
    fit_logistic,
    fit_ranking,
    rank,
)
from bot.answering.index import Findings, Index
from bot.answering.knowledge import Article, teaches
from bot.answering.vectors import Vectors

RUNS = 5
ENOUGH_ASKED = 2_000  # More questions move the weights no more.
ENOUGH_FOREIGN = 50
OUT_OF_SCOPE = 0.2  # What share of messages no article answers; of the demo company's questions, it is this.
RANKING_L2, LOGISTIC_L2 = 3.0, 10.0


@dataclass(frozen=True)
class Asked:
    """A labelled question as the index sees it; `answer` is its article's row, or -1 when no article answers it.

    `counts` says for how many questions it stands when the confidence is fitted.
    """

    findings: Findings
    answer: int
    counts: float = 1.0


def calibration_for(
    articles: Sequence[Article], vectors: Vectors, foreign: Sequence[str] = ()
) -> Calibration:
    """Return weights learned from these articles if they teach enough, else the shipped ones for their like."""
    if teaches(articles):
        return learned(articles, foreign, vectors)
    shipped = SHIPPED_BARE if is_bare(articles) else {}
    return Calibration.load({**SHIPPED_BY_KIND, **shipped}[vectors.kind], vectors.kind)


def is_bare(articles: Sequence[Article]) -> bool:
    """Tell whether hardly any article has known questions, as in an imported help center."""
    return sum(len(article.questions) + len(article.taught) for article in articles) < len(articles)


def learned(articles: Sequence[Article], foreign: Sequence[str], vectors: Vectors) -> Calibration:
    """Fit the weights on the articles' own questions and on `foreign` ones, which no article answers."""
    asked = list(left_out(articles, foreign, vectors))
    return fit(asked, OUT_OF_SCOPE)


def left_out(articles: Sequence[Article], foreign: Sequence[str], vectors: Vectors) -> Iterator[Asked]:
    """Ask questions that the index does not have."""
    per_run = sum(len(article.questions) for article in articles) // RUNS
    runs = min(RUNS, -(-ENOUGH_ASKED // max(per_run, 1)))
    every = -(-per_run * runs // ENOUGH_ASKED)
    for run in range(runs):
        gone = set(range(run, len(articles), RUNS)) if len(foreign) < ENOUGH_FOREIGN else set()
        shown = [_without(article, run) for row, article in enumerate(articles) if row not in gone]
        index, rows = (
            Index(shown, vectors, learns=True),
            {article.slug: row for row, article in enumerate(shown)},
        )
        asked = [(text, rows.get(article.slug, -1)) for article in articles for text in _run(article, run)]
        for text, answer in (*asked[::every], *((text, -1) for text in foreign[run::runs])):
            yield Asked(index.search(text), answer)


def _bounds(article: Article, run: int) -> tuple[int, int]:
    count = len(article.questions)
    return run * count // RUNS, (run + 1) * count // RUNS


def _run(article: Article, run: int) -> tuple[str, ...]:
    start, end = _bounds(article, run)
    return article.questions[start:end]


def _without(article: Article, run: int) -> Article:
    start, end = _bounds(article, run)
    return replace(article, questions=(*article.questions[:start], *article.questions[end:]))


def fit(
    asked: Sequence[Asked], out_of_scope: float | None = None, others: Sequence[Asked] = ()
) -> Calibration:
    """Fit the ranking on what an article answers, then the confidence on everything.

    `out_of_scope` is the share that questions without an answer are to have; by default, that of `asked`. `others`
    are asked of another knowledge base: the ranking learns as much from them, the confidence nothing.
    """
    inside = np.array([one.answer >= 0 for one in asked])
    ranking = _ranking([one for one in asked if one.answer >= 0], others)
    ranked = [rank(_floats(ranking), one.findings) for one in asked]
    places = [
        r.order.index(one.answer) if one.answer >= 0 else -1 for r, one in zip(ranked, asked, strict=True)
    ]
    counts = np.array([one.counts for one in asked])
    if out_of_scope is not None:
        counts = _counts(inside, out_of_scope, counts)
    x, place = np.array([r.values for r in ranked]), np.array(places)
    first, among = (_logistic(x, (place >= 0) & (place < most), counts) for most in (1, AMONG))
    return Calibration(_floats(ranking), first, among)


def _ranking(answered: Sequence[Asked], others: Sequence[Asked]) -> np.ndarray:
    both = (*answered, *others)
    counts = np.repeat((1.0, len(answered) / max(len(others), 1)), (len(answered), len(others)))
    return fit_ranking(_views(both), np.array([one.answer for one in both]), RANKING_L2, counts)


def _logistic(x: np.ndarray, right: np.ndarray, counts: np.ndarray) -> Logistic:
    means, scales, weights, bias = fit_logistic(x, right.astype(float), LOGISTIC_L2, SIGNS, counts)
    for i in (FEATURES.index(name) for name in GAPS):  # Measured from “no gap” instead of from the average.
        bias -= float(weights[i] * means[i] / scales[i])
        means[i] = 0.0
    return Logistic(_floats(means), _floats(scales), _floats(weights), bias)


def _counts(inside: np.ndarray, out_of_scope: float, counts: np.ndarray) -> np.ndarray:
    """Scale for how many each row stands, so that those outside have their share; their sum stays the same."""
    within, outside = max(float(counts[inside].sum()), 1e-9), max(float(counts[~inside].sum()), 1e-9)
    share = np.where(inside, (1 - out_of_scope) / within, out_of_scope / outside)
    return np.asarray(counts.sum() * counts * share)


def _views(asked: Sequence[Asked]) -> np.ndarray:
    """Stack the views; where an index had fewer articles than another, its worst stands in for those it lacks."""
    most = max(one.findings.views.shape[1] for one in asked)
    return np.stack([_widened(one.findings.views, most) for one in asked]).astype(np.float64)


def _widened(views: np.ndarray, most: int) -> np.ndarray:
    lacking = most - views.shape[1]
    return np.hstack([views, np.repeat(views.min(axis=1, keepdims=True), lacking, axis=1)])


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, values))
