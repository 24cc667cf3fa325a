"""The words of a library: which text has which, what a misspelt one was meant to be, how alike two of them are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.answering.language import is_content, meanings, stem, words
from bot.answering.postings import Scores, starts
from bot.answering.vectors import Vectors, normalised

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_BLANK = ""
_MEANING_MATCH = 0.85
_LONG_WORD = 7  # From here on, two wrong letters still make the same word.


@dataclass(frozen=True)
class Term:
    """A content word of the question: how much it says, and how well the best article covers it."""

    word: str
    weight: float
    known: bool


class Vocabulary:
    """All content words of a library's texts, numbered; `columns` has those of each text, which begin at `starts`."""

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._vectors = vectors
        ids: dict[str, int] = {}
        found = [list(dict.fromkeys(filter(is_content, words(text)))) or [_BLANK] for text in texts]
        self.columns = np.array([ids.setdefault(w, len(ids)) for ws in found for w in ws], dtype=np.int32)
        self.starts = starts(row for row, ws in enumerate(found) for _ in ws)
        sums = vectors.sums(list(ids))
        self._unit, self._weights = normalised(sums), np.linalg.norm(sums, axis=1)
        lengths = np.add.reduceat(self._weights[self.columns], self.starts)
        self._text_weights = np.maximum(lengths, 1e-6)  # A text may consist of words that say nothing.
        self._by_stem: dict[str, list[int]] = {}
        self._by_meaning: dict[str, list[int]] = {}
        for word, column in ids.items():
            self._by_stem.setdefault(stem(word), []).append(column)
            for meaning in meanings(stem(word)):
                self._by_meaning.setdefault(meaning, []).append(column)
        self._misspelt = _deletions(ids)

    def correct(self, word: str) -> str:
        """Return the word of the articles that a misspelt word most likely is, else the word itself."""
        if len(word) < 4 or not word.isalpha() or stem(word) in self._by_stem or self._vectors.is_whole(word):
            return word
        near = {v for form in (word, *_shorter(word)) for v in self._misspelt.get(form, ())}
        allowed = 1 if len(word) < _LONG_WORD else 2
        ranked = sorted((edits(word, v), abs(len(v) - len(word)), v) for v in near)
        return ranked[0][2] if ranked and ranked[0][0] <= allowed else word

    def knows(self, word: str) -> bool:
        """Tell whether a word stands in the articles, perhaps misspelt, or is common in the language."""
        stemmed = stem(word)
        known = stemmed in self._by_stem or any(map(self._vectors.is_whole, (word, stemmed)))
        return known or self.correct(word) != word

    def likeness(self, content: Sequence[str]) -> tuple[Scores, tuple[Term, ...]]:
        """Compare each word of the question with each of the library: by stem, meaning, or vector."""
        sums = self._vectors.sums(content or [_BLANK])
        likeness = np.clip((normalised(sums) @ self._unit.T - 0.25) / 0.75, 0, 0.8, dtype=np.float32)
        for row, stemmed in enumerate(map(stem, content)):
            for meaning in meanings(stemmed):
                likeness[row, self._by_meaning.get(meaning, [])] = _MEANING_MATCH
            likeness[row, self._by_stem.get(stemmed, [])] = 1.0
        weights = np.linalg.norm(sums, axis=1)
        known = likeness.max(axis=1) >= _MEANING_MATCH
        return likeness, tuple(
            Term(w, float(n), bool(k)) for w, n, k in zip(content, weights, known, strict=False)
        )

    def by_text(self, likeness: Scores) -> Scores:
        """Return for each word of the question how well each text has it."""
        return np.asarray(np.maximum.reduceat(likeness[:, self.columns], self.starts, axis=1))

    def asked_of(self, likeness: Scores) -> Scores:
        """Return how much of each text the question has."""
        back = np.add.reduceat((likeness.max(axis=0) * self._weights)[self.columns], self.starts)
        return np.asarray(back / self._text_weights)


def edits(one: str, other: str) -> int:
    """Count the letters to insert, drop, swap with their neighbour or replace to make one word the other.

    A finger slips to the next key and an ear confuses vowels; any other replacement counts twice, because it more
    likely makes another word: “hiring” is not “hiking”.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + _replaced(a, b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]


def _replaced(a: str, b: str) -> int:
    if a == b:
        return 0
    slipped = any(abs(row.find(a) - row.find(b)) == 1 for row in _KEYS if a in row and b in row)
    return 1 if slipped or (a in _VOWELS and b in _VOWELS) else 2


def _shorter(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _deletions(vocabulary: Iterable[str]) -> dict[str, list[str]]:
    """Index each longer word under itself and under every form with one letter missing."""
    found: dict[str, list[str]] = {}
    for word in vocabulary:
        if len(word) >= 4 and word.isalpha():
            for form in (word, *_shorter(word)):
                found.setdefault(form, []).append(word)
    return found
