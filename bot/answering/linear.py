"""Which article is meant, with many labelled questions: a softmax regression that learns one text at a time.

A text is three blocks of length 1 each: its words and pairs of words, its runs of 3 to 5 letters, its word vector.
A step moves the weights of the terms that one text has along the gradient of the cross entropy. So a fit of 15,000
texts costs a few passes of small products, and no matrix of all texts against all others.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import grams, words
from bot.answering.postings import Scores
from bot.answering.vectors import Vector

STEP = 2.0  # Of the first pass; the n-th takes this over the root of n.
LEAST_STEPS = 30_000  # Few texts are read more often, at most MOST_PASSES times.
LEAST_PASSES, MOST_PASSES = 3, 20
MOST_WEIGHTS = 24_000_000  # 96 MB: with more articles, fewer of the rare terms are kept.
_SEED = 1

Sparse = tuple[NDArray[np.int32], Scores]


class LinearClassifier:
    """Scores every article for a question, as log-odds up to a constant; trained on texts of one article each."""

    def __init__(
        self,
        texts: Sequence[str],
        articles: NDArray[np.int32],
        weights: Scores,
        vectors: Vector,
        most: int = MOST_WEIGHTS,
    ) -> None:
        """Train on `texts` with their articles' numbers; `weights` say how much each counts; keep `most` at most."""
        count = int(articles.max()) + 1
        bags = [_bag(text) for text in texts]
        self._terms = _vocabulary(bags, most // count)
        self._by_term = np.zeros((len(self._terms), count), dtype=np.float32)
        self._by_vector = np.zeros((vectors.shape[1], count), dtype=np.float32)
        self._bias = np.zeros(count, dtype=np.float32)
        sparse = [self._sparse(bag) for bag in bags]
        for step, i in _schedule(len(texts)):
            self._learn(sparse[i], vectors[i], int(articles[i]), step * float(weights[i]))

    def scores(self, text: str, vector: Vector) -> Scores:
        """Return one value per article; the higher, the likelier, and low for all where nothing is alike."""
        return self._scores(self._sparse(_bag(text)), vector)

    def _scores(self, sparse: Sparse, vector: Vector) -> Scores:
        columns, values = sparse
        return np.asarray(values @ self._by_term[columns] + vector @ self._by_vector + self._bias)

    def _learn(self, sparse: Sparse, vector: Vector, article: int, step: float) -> None:
        scores = self._scores(sparse, vector)
        wrong = np.exp(scores - scores.max())
        wrong *= step / wrong.sum()
        wrong[article] -= step
        columns, values = sparse
        self._by_term[columns] -= values[:, None] * wrong
        self._by_vector -= vector[:, None] * wrong

    def _sparse(self, bag: Sequence[Mapping[str, int]]) -> Sparse:
        """Return the columns of the terms we know and their values; each block has length 1."""
        columns: list[int] = []
        values: list[float] = []
        for block in bag:
            known = [(*self._terms[term], n) for term, n in block.items() if term in self._terms]
            told = [rare * (1 + log(n)) for _, rare, n in known]
            length = sum(value * value for value in told) ** 0.5
            columns += [column for column, _, _ in known]
            values += [value / length for value in told]
        return np.array(columns, dtype=np.int32), np.array(values, dtype=np.float32)


def _bag(text: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
    found = words(text)
    return Counter([*found, *(f"{one} {other} " for one, other in pairwise(found))]), grams(found)


def _vocabulary(bags: Sequence[Sequence[Mapping[str, int]]], most: int) -> dict[str, tuple[int, float]]:
    """Return for each term its column and its rarity; what only one of many texts has teaches nothing."""
    counts = Counter(term for bag in bags for block in bag for term in block)
    kept = [(term, n) for term, n in counts.most_common(most) if n > 1]
    return {term: (column, log((1 + len(bags)) / (1 + n)) + 1) for column, (term, n) in enumerate(kept)}


def _schedule(texts: int) -> Iterator[tuple[float, int]]:
    """Yield the size of each step and the text it learns from; every pass has its own order, always the same."""
    order = np.random.default_rng(_SEED)
    passes = min(max(-(-LEAST_STEPS // texts), LEAST_PASSES), MOST_PASSES)
    for number in range(1, passes + 1):
        for i in order.permutation(texts):
            yield STEP / number**0.5, i
