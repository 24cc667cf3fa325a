"""Which article is meant: kernel ridge regression over all titles, known questions and passages.

Where retrieval looks for the one closest text, this view weighs all of them at once. The kernel is the likeness of
two texts by word vectors plus by shared stems, meanings and pairs of words. Fitting solves one system of equations.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.answering.language import is_content, meanings, stem, words
from bot.answering.postings import Postings, Scores, rarity, unit_bag
from bot.answering.vectors import Vector

RIDGE = 3.0
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
        likeness = self._vectors @ self._vectors.T + np.stack([self._postings.scores(bag) for bag in unit])
        targets = np.eye(int(articles.max()) + 1)[articles[::step]]
        solved = np.linalg.solve(likeness + np.diag(RIDGE / weights[::step].astype(np.float64)), targets)
        self._influence = solved.astype(np.float32)

    def scores(self, text: str, vector: Vector) -> Scores:
        """Return one value per article; the right one tends to 1, the others to 0."""
        shared = self._postings.scores(unit_bag(_bag(text), self._rarity))
        return np.asarray((self._vectors @ vector + shared) @ self._influence, dtype=np.float32)


def _bag(text: str) -> dict[str, float]:
    found = [stem(word) for word in words(text) if is_content(word)]
    pairs = {f"{one} {other}": 0.5 for one, other in pairwise(found)}
    alike = {meaning: 0.6 for one in found for meaning in meanings(one)}
    return pairs | alike | dict.fromkeys(found, 1.0)
