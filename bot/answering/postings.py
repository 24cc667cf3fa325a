"""Sparse vectors without a matrix library: for each term, where it stands and how much it counts there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from math import log

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Postings:
    """Bags of weighted terms, searchable: the score of a bag is the dot product with the query."""

    def __init__(self, bags: Sequence[Mapping[str, float]]) -> None:
        self.size = len(bags)
        rows: dict[str, list[int]] = {}
        weights: dict[str, list[float]] = {}
        for row, bag in enumerate(bags):
            for term, weight in bag.items():
                rows.setdefault(term, []).append(row)
                weights.setdefault(term, []).append(weight)
        # One array for all terms: an array for each would take ten times the room.
        self._rows = np.fromiter(chain.from_iterable(rows.values()), dtype=np.int32)
        self._weights = np.fromiter(chain.from_iterable(weights.values()), dtype=np.float32)
        ends = list(accumulate(map(len, rows.values())))
        self._spans = dict(zip(rows, zip((0, *ends), ends, strict=False), strict=True))

    def __contains__(self, term: str) -> bool:
        return term in self._spans

    def scores(self, query: Mapping[str, float]) -> Scores:
        total = np.zeros(self.size, dtype=np.float32)
        for term, weight in query.items():
            if term in self._spans:
                here = slice(*self._spans[term])
                total[self._rows[here]] += self._weights[here] * weight
        return total


def rarity(bags: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return how telling each term is: the fewer bags have it, the more."""
    counts = Counter(term for bag in bags for term in bag)
    return {term: log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for term, n in counts.items()}


def unit_bag(bag: Mapping[str, float], rare: Mapping[str, float]) -> dict[str, float]:
    """Weigh a bag by rarity and scale it to length 1; terms nobody has are dropped."""
    found = {term: n * rare[term] for term, n in bag.items() if term in rare}
    length = sum(weight * weight for weight in found.values()) ** 0.5
    return {term: weight / length for term, weight in found.items()} if length else {}


def starts(rows: Iterable[int]) -> NDArray[np.int32]:
    """Return where each new row number begins; every article has at least one entry."""
    numbers = np.fromiter(rows, dtype=np.int32)
    return np.flatnonzero(np.diff(numbers, prepend=-1)).astype(np.int32)
