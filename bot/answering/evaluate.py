"""Figures that say how far a confidence can be trusted. Pure functions of predictions and what was right."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auroc(scores: ArrayLike, right: ArrayLike) -> float:
    """Return how often a right answer scores above a wrong one; ties count half. NaN without both kinds."""
    values, labels = _pair(scores, right)
    positive, negative = values[labels], values[~labels]
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).mean() / (2 * len(negative)))


def ece(confidences: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """Return the expected calibration error: the mean gap between said and true share, over equal bins."""
    values, labels = _pair(confidences, right)
    if not len(values):
        return float("nan")
    bin_of = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [
        abs(values[bin_of == b].mean() - labels[bin_of == b].mean()) * (bin_of == b).mean()
        for b in set(bin_of)
    ]
    return float(sum(gaps))


def brier(confidences: ArrayLike, right: ArrayLike) -> float:
    """Return the mean squared distance between the confidence and what came true."""
    values, labels = _pair(confidences, right)
    return float(np.mean((values - labels) ** 2)) if len(values) else float("nan")


def aurc(scores: ArrayLike, right: ArrayLike) -> float:
    """Return the area under the risk-coverage curve: the mean, over k, of the share wrong among the k surest.

    Geifman and El-Yaniv, “Selective classification for deep neural networks”, arXiv:1705.08500, and their follow-up
    arXiv:1805.08206. 0 is best.
    """
    values, labels = _pair(scores, right)
    wrong = np.cumsum(~labels[np.argsort(-values, kind="stable")])
    return float(np.mean(wrong / np.arange(1, len(values) + 1))) if len(values) else float("nan")


def coverage_at_risk(scores: ArrayLike, right: ArrayLike, risk: float) -> float:
    """Return the largest share of all that can be sent, best first, with at most `risk` wrong among the sent.

    Those with equal scores are sent together or not at all, because a threshold cannot tell them apart.
    """
    values, labels = _pair(scores, right)
    if not len(values):
        return 0.0
    order = np.argsort(-values, kind="stable")
    sent = np.arange(1, len(values) + 1)
    wrong = np.cumsum(~labels[order])
    last_of_tie = np.append(np.diff(values[order]) != 0, True)
    good = sent[(wrong <= risk * sent + 1e-12) & last_of_tie]
    return float(good.max() / len(values)) if len(good) else 0.0


def risk_coverage(scores: ArrayLike, right: ArrayLike, points: int = 100) -> list[tuple[float, float]]:
    """Return the risk-coverage curve: pairs of the share sent, best first, and the share wrong among these."""
    values, labels = _pair(scores, right)
    order = np.argsort(-values, kind="stable")
    wrong = np.cumsum(~labels[order]) / np.arange(1, len(values) + 1)
    ends = np.flatnonzero(np.append(np.diff(values[order]) != 0, True)) if len(values) else np.array([], int)
    some = ends[np.unique(np.linspace(0, len(ends) - 1, points).round().astype(int))] if len(ends) else ends
    return [((int(i) + 1) / len(values), float(wrong[i])) for i in some]


def ceiling(confidences: ArrayLike, right: ArrayLike, share: float = 0.1) -> float:
    """Return the highest confidence that n answers can vouch for.

    Laplace's rule of succession over the surest `share` of them: (right + 1) / (n + 2).
    """
    values, labels = _pair(confidences, right)
    surest = np.argsort(-values, kind="stable")[: max(1, round(share * len(values)))]
    return float((labels[surest].sum() + 1) / (len(surest) + 2)) if len(values) else 0.5


def reliability(
    confidences: ArrayLike, right: ArrayLike, edges: Sequence[float] = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 1)
) -> list[tuple[float, float, int, float, float]]:
    """Return per band: lower edge, upper edge, number, mean confidence, share that was right."""
    values, labels = _pair(confidences, right)
    rows = []
    for low, high in pairwise(edges):
        inside = (values >= low) & ((values < high) | (high == edges[-1]))
        if inside.any():
            mean, share = float(values[inside].mean()), float(labels[inside].mean())
            rows.append((low, high, int(inside.sum()), mean, share))
    return rows


def _pair(scores: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, labels = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=np.bool_)
    if values.shape != labels.shape:
        raise ValueError("There must be one label per score.")
    return values, labels
