"""Matters for a person that no rule names, learned from shipped sentences (`sensitive.txt`).

Ridge regression over words, pairs of words and word vectors, one class for each kind of matter and one for what is
none, with near misses (“How do I make a complaint?”) and what help centres are asked besides. It only ever adds an
escalation. `benchmarks/sensitive_matters.py` measures it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from bot.answering.foreign import common
from bot.answering.language import MAX_CHARACTERS, is_content, words
from bot.answering.postings import Postings, Scores, rarity, unit_bag
from bot.answering.vectors import Vector, shared_vectors
from bot.core.model import Flag
from bot.core.topics import SHIPPED

NONE = "none"
RIDGE = 1.0
THRESHOLD = 0.5  # Of how much likelier a matter is than none: 1 in 100 ordinary messages is above it.
MOST_SENTENCES = 100
FEWEST_WORDS = 2  # That mean something; what a single word asks for, rules know.
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LABELS = {topic.code: topic.label for topic in SHIPPED}


@dataclass(frozen=True)
class Hit:
    """A matter that a text seems to be about: its code, how surely, and the sentence that gave it away."""

    code: str
    margin: float
    sentence: str


class Matters:
    """Tells what matter a sentence is about; trained on texts of one code each."""

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        """Learn from pairs of code and text; one of the codes is `none`."""
        texts = [text for _, text in examples]
        self.codes = tuple(dict.fromkeys(code for code, _ in examples))
        bags = [_bag(text) for text in texts]
        self._rarity = rarity(bags)
        unit = [unit_bag(bag, self._rarity) for bag in bags]
        self._postings = Postings(unit)
        self._vectors = shared_vectors().unit(texts)
        kernel = _kernel(np.stack(list(map(self._postings.scores, unit))), self._vectors @ self._vectors.T)
        targets = np.eye(len(self.codes))[[self.codes.index(code) for code, _ in examples]]
        solved = np.linalg.solve(kernel + RIDGE * np.eye(len(texts)), targets)
        self._influence = solved.astype(np.float32)

    def judge(self, text: str) -> tuple[str, float]:
        """Return the likeliest matter, and how much likelier any matter is than none: about -1 to 1."""
        shared = self._postings.scores(unit_bag(_bag(text), self._rarity))
        near: Vector = self._vectors @ shared_vectors().unit([text])[0]
        scores = dict(zip(self.codes, map(float, _kernel(shared, near) @ self._influence), strict=True))
        none = scores.pop(NONE)
        return max(scores, key=lambda code: scores[code]), sum(scores.values()) - none

    def best(self, text: str) -> Hit | None:
        """Return what a message is likeliest about, by the sentence that tells most; None where nothing is said."""
        found = (Hit(*self.judge(part), part) for part in _parts(text))
        return max(found, key=lambda hit: hit.margin, default=None)


def flag_of(text: str) -> Flag | None:
    """Return the finding that a message is about a matter for a person, or None; its name is the rule's code."""
    hit = shipped().best(text)
    if hit is None or hit.margin < THRESHOLD:
        return None
    said = hit.sentence if len(hit.sentence) <= 80 else f"{hit.sentence[:79]}…"
    return Flag(hit.code, f"{_LABELS[hit.code]}, by its likeness to known cases (“{said}”)", hard=True)


@cache
def shipped() -> Matters:
    """Return what was learned from the shipped sentences; fitting takes about a tenth of a second, once."""
    return Matters([*examples(), *((NONE, text) for text in common())])


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Return the shipped sentences, each with the code of its matter."""
    return tuple(_read((files("bot.answering") / "sensitive.txt").read_text(encoding="utf-8")))


def _read(told: str) -> Iterator[tuple[str, str]]:
    code = NONE
    for line in filter(None, told.splitlines()):
        if line.startswith("["):
            code = line.strip("[]")
        else:
            yield code, line


def _parts(text: str) -> list[str]:
    """Return a text as a whole and its sentences, as far as they say something: “What now?” is like anything."""
    text = text[:MAX_CHARACTERS].strip()
    sentences = [part.strip() for part in _SENTENCE.split(text)[:MOST_SENTENCES]]
    return [part for part in dict.fromkeys((text, *sentences)) if _says_something(part)]


def _says_something(text: str) -> bool:
    return sum(map(is_content, words(text))) >= FEWEST_WORDS


def _bag(text: str) -> dict[str, float]:
    """Return words and pairs of words, small words too: “my card” and “never ordered” are what tells."""
    found = words(text)
    return dict.fromkeys([*found, *(f"{one} {other}" for one, other in pairwise(found))], 1.0)


def _kernel(by_words: Scores, by_vector: Scores) -> Scores:
    return np.asarray((by_words + by_vector) / 2)
