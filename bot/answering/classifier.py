"""Which article is meant: kernel ridge regression over all titles, known questions and passages.

Where retrieval looks for the one closest text, this view weighs all of them at once. Two texts are alike by their
word vectors and by shared stems, meanings and pairs of words; the kernel is the square of the mean of both, so that
pairs of words count (“how heavy” and “stove” together, not each alone). Fitting solves one system of equations.

What no article answers is one more class, learned from known questions of that kind.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import is_content, meanings, stem, words
from bot.answering.postings import Postings, Scores, rarity, unit_bag
from bot.answering.vectors import Vector

RIDGE = 0.3
MOST_TEXTS = 4_000  # The system of equations grows with the cube: 4,000 texts take about two seconds.


class Classifier:
    """Scores every article for a question; trained on texts that each belong to one article."""

    def __init__(
        self, texts: Sequence[str], articles: NDArray[np.int32], weights: Scores, vectors: Vector
    ) -> None:
        """Train on `texts` with their articles' numbers; `weights` say how much each text counts."""
        step = -(-len(texts) // MOST_TEXTS)
        bags = [_bag(text) for text in texts[::step]]
        self._rarity = rarity(bags)
        unit = [unit_bag(bag, self._rarity) for bag in bags]
        self._postings = Postings(unit)
        self._vectors = vectors[::step]
        kernel = np.empty((len(unit), len(unit)), dtype=np.float32)
        for row, bag, vector in zip(kernel, unit, self._vectors, strict=True):
            row[:] = _kernel(self._vectors @ vector, self._postings.scores(bag))
        kernel.flat[:: len(unit) + 1] += RIDGE / weights[::step]
        targets = np.eye(int(articles.max()) + 1, dtype=np.float32)[articles[::step]]
        self._influence = np.linalg.solve(kernel, targets)

    def scores(self, text: str, vector: Vector) -> Scores:
        """Return one value per article; the right one tends to 1, the others to 0."""
        shared = self._postings.scores(unit_bag(_bag(text), self._rarity))
        return np.asarray(_kernel(self._vectors @ vector, shared) @ self._influence, dtype=np.float32)


def _kernel(by_vector: Scores, by_words: Scores) -> Scores:
    return np.square((by_vector + by_words) / 2)


def _bag(text: str) -> dict[str, float]:
    found = [stem(word) for word in words(text) if is_content(word)]
    pairs = {f"{one} {other}": 0.5 for one, other in pairwise(found)}
    alike = {meaning: 0.6 for one in found for meaning in meanings(one)}
    return pairs | alike | dict.fromkeys(found, 1.0)
