"""From what the index found to a calibrated probability that the answer is right.

Three small models, fitted by `benchmarks/fit_confidence.py` and shipped as `calibration.json`: weights that rank the
articles by the index's views, and two L2 logistic regressions over features of the ranking: how likely the first
article answers the question, and how likely one of the first few does. At run time they are only evaluated.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answering.index import VIEWS, Findings
from bot.answering.vectors import MINILM, WORDLLAMA

Matrix = NDArray[np.float64]
SHIPPED = Path(__file__).with_name("calibration.json")
# Each kind of text vectors has weights of its own: their likenesses mean other things.
SHIPPED_BY_KIND = {WORDLLAMA: SHIPPED, MINILM: SHIPPED.with_name("calibration-minilm.json")}
# Weights for articles that nobody has given known questions, where there are any for that kind.
SHIPPED_BARE = {WORDLLAMA: SHIPPED.with_name("calibration-bare.json")}
FEATURES = (
    *VIEWS, "fit", "margin", "share", "agreement", "missing", "weakest", "unknown", "foreign", "length"
)  # fmt: skip
AMONG = 3  # Of so many articles one may be asked about.
# Each feature may only speak in the direction that makes sense, or it is left out: reasons stay believable.
GAPS = frozenset({"missing", "weakest", "unknown", "foreign"})
SIGNS = tuple(-1 if name in GAPS else 1 for name in FEATURES)


@dataclass(frozen=True)
class Ranking:
    """The articles' indices from best to worst, and the features that speak about the first."""

    order: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression: one weight per feature, for values standardised by `means` and `scales`."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def terms(self, values: Sequence[float]) -> Mapping[str, float]:
        """Return what each feature adds to the log-odds."""
        standard = (np.asarray(values) - self.means) / np.asarray(self.scales)
        return dict(zip(FEATURES, map(float, standard * self.weights), strict=True))

    def probability(self, values: Sequence[float]) -> float:
        return float(sigmoid(np.float64(sum(self.terms(values).values()) + self.bias)))


@dataclass(frozen=True)
class Calibration:
    """The fitted weights: of the views in the `ranking`, that the `first` is right, that one of the first few is.

    `ceiling` is the highest confidence the data can vouch for, see `evaluate.ceiling`.
    """

    ranking: tuple[float, ...]
    first: Logistic
    among: Logistic
    ceiling: float = 1.0

    @classmethod
    def load(cls, path: Path = SHIPPED, kind: str = WORDLLAMA) -> "Calibration":
        """Read the shipped weights for a kind of text vectors; a file made for others is a mistake in the release."""
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.get("vectors") != kind:
            raise ValueError(
                f"{path.name} was not fitted for {kind} vectors: run benchmarks/fit_confidence.py."
            )
        if tuple(told["views"]) != VIEWS or tuple(told["features"]) != FEATURES:
            raise ValueError(f"{path.name} was fitted for other features: run benchmarks/fit_confidence.py.")
        first, among = (_logistic(told[name]) for name in ("first", "among"))
        return cls(tuple(told["ranking"]), first, among, told["ceiling"])

    def rank(self, findings: Findings) -> Ranking:
        """Order the articles and describe how clearly the first one wins."""
        return rank(self.ranking, findings)

    def contributions(self, ranking: Ranking) -> Mapping[str, float]:
        """Return what each feature adds to the log-odds, compared with an average question.

        Gaps are compared with a question without any, so that they never speak for an answer.
        """
        return self.first.terms(ranking.values)

    def confidence(self, ranking: Ranking) -> float:
        """Return the probability that the first article answers the question.

        Never more than `ceiling`: the fit has seen too few questions to know anything more surely.
        """
        return min(self.first.probability(ranking.values), self.ceiling)

    def among_first(self, ranking: Ranking) -> float:
        """Return the probability that one of the first `AMONG` articles answers the question."""
        return max(self.among.probability(ranking.values), self.confidence(ranking))


def _logistic(told: Mapping[str, Any]) -> Logistic:
    return Logistic(tuple(told["means"]), tuple(told["scales"]), tuple(told["weights"]), told["bias"])


def rank(views: Sequence[float], findings: Findings) -> Ranking:
    """Order the articles by the weights of the views, and describe how clearly the first one wins."""
    scores = np.asarray(views, dtype=np.float64) @ findings.views.astype(np.float64)
    order = np.argsort(-scores, kind="stable")
    return Ranking(tuple(map(int, order)), tuple(_features(findings, scores, order)))


def _features(findings: Findings, scores: Matrix, order: NDArray[np.intp]) -> list[float]:
    best = int(order[0])
    second = scores[order[1]] if len(order) > 1 else 0.0
    weights = np.array([term.weight for term in findings.terms])
    gaps = 1 - findings.covered[: len(weights), best]
    unknown = np.array([not term.known for term in findings.terms])
    total = max(float(weights.sum()), 1e-9)
    shares = np.exp(scores - scores.max())
    return [
        *map(float, findings.views[:, best]),
        float(scores[best]),
        float(scores[best] - second),
        float(shares[best] / shares.sum()),
        float((findings.views.argmax(axis=1) == best).mean()),
        float(weights @ gaps / 20),
        float((weights * gaps).max(initial=0) / 20),
        float(weights @ unknown / total),
        findings.foreign,
        float(np.log1p(len(weights))),
    ]


# --- fitting ------------------------------------------------------------------------------------------------


def sigmoid(z: Matrix | np.float64) -> Matrix:
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))


def fit_logistic(
    x: Matrix,
    y: Matrix,
    l2: float,
    signs: Sequence[int] | None = None,
    counts: Matrix | None = None,
) -> tuple[Matrix, Matrix, Matrix, float]:
    """Fit P(y=1) by iteratively reweighted least squares; return means, scales, weights and bias.

    `l2` is the strength of the prior on the standardised weights; the bias is free. With `signs`, a feature whose
    weight comes out against its sign is dropped (weight 0) and the rest is fitted again. `counts` says for how many
    each row stands (default: one).
    """
    counts = np.ones(len(x)) if counts is None else counts
    means, scales = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    standard = (x - means) / scales
    weights, bias = np.zeros(x.shape[1]), 0.0
    kept = np.arange(x.shape[1])
    while True:
        beta = _newton(np.column_stack([standard[:, kept], np.ones(len(x))]), y, l2, counts)
        weights[:] = 0
        weights[kept], bias = beta[:-1], float(beta[-1])
        against = weights * (np.asarray(signs) if signs else np.sign(weights)) < 0
        if not against.any():
            return means, scales, weights, bias
        kept = np.setdiff1d(kept, np.flatnonzero(against))


def _newton(design: Matrix, y: Matrix, l2: float, counts: Matrix) -> Matrix:
    prior = np.diag([*[l2] * (design.shape[1] - 1), 1e-6])
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        p = sigmoid(design @ beta)
        slope = design.T @ (counts * (y - p)) - prior @ beta
        curve = (design * (counts * p * (1 - p))[:, None]).T @ design + prior
        step = np.linalg.solve(curve, slope)
        beta += step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return beta


def fit_ranking(views: Matrix, answers: NDArray[np.intp], l2: float, counts: Matrix | None = None) -> Matrix:
    """Fit the views' weights so that a softmax over articles picks the right one (conditional logit).

    `views` has the axes question, view, article; `answers` names the right article of each question, `counts` says
    for how many each question stands (default: one).
    """
    counts = np.ones(len(views)) if counts is None else counts
    spread = (views - views.mean(axis=2, keepdims=True)).std(axis=(0, 2))
    x = views / spread[None, :, None]
    weights = np.zeros(x.shape[1])
    right = x[np.arange(len(x)), :, answers]
    for _ in range(60):
        scores = np.einsum("f,nfa->na", weights, x)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        mean = np.einsum("nfa,na->nf", x, p)
        apart = x - mean[:, :, None]
        curve = np.einsum("nfa,na,nga->fg", apart, p * counts[:, None], apart) + np.eye(len(weights)) * l2
        step = np.linalg.solve(curve, counts @ (right - mean) - l2 * weights)
        weights += step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(weights / spread)
