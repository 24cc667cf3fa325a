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
from bot.answering.postings import Postings, rarity, unit_bag
from bot.answering.secrets import hidden
from bot.answering.vectors import shared_vectors
from bot.core.model import Flag
from bot.core.topics import SHIPPED

NONE = "none"
RIDGE = 1.0
THRESHOLD = 0.4  # Of how much likelier a matter is than none: 1 in 100 known questions is above it.
MOST_SENTENCES = 100
FEWEST_WORDS = 2  # That mean something, numbers left out; what a single word asks for, rules know.
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
        vectors = shared_vectors().unit(texts)
        shared = np.stack(list(map(Postings(unit).scores, unit)))
        kernel = (shared + vectors @ vectors.T) / 2
        targets = np.eye(len(self.codes))[[self.codes.index(code) for code, _ in examples]]
        influence = np.linalg.solve(kernel + RIDGE * np.eye(len(texts)), targets) / 2
        # The kernel is linear: what the examples teach about a word, or a direction, is summed up once.
        self._by_vector = (vectors.T @ influence).astype(np.float32)
        self._by_term = dict.fromkeys(self._rarity, np.zeros(len(self.codes)))
        for bag, taught in zip(unit, influence, strict=True):
            for term, weight in bag.items():
                self._by_term[term] = self._by_term[term] + weight * taught

    def judge(self, texts: Sequence[str]) -> Iterator[tuple[str, float]]:
        """Yield for each text its likeliest matter, and how much likelier any matter is than none: about -1 to 1."""
        by_vector = shared_vectors().unit(texts) @ self._by_vector
        for text, near in zip(texts, by_vector, strict=True):
            bag = unit_bag(_bag(text), self._rarity)
            told = sum((weight * self._by_term[term] for term, weight in bag.items()), near)
            scores = dict(zip(self.codes, map(float, told), strict=True))
            none = scores.pop(NONE)
            yield max(scores, key=lambda code: scores[code]), sum(scores.values()) - none

    def best(self, text: str) -> Hit | None:
        """Return what a message is likeliest about, by the sentence that tells most; None where nothing is said."""
        parts = _parts(text)
        found = (Hit(*judged, part) for judged, part in zip(self.judge(parts), parts, strict=True))
        return max(found, key=lambda hit: hit.margin, default=None)


def flag_of(text: str) -> Flag | None:
    """Return the finding that a message is about a matter for a person, or None; its name is the rule's code."""
    hit = shipped().best(text)
    if hit is None or hit.margin < THRESHOLD:
        return None
    sentence = hidden(hit.sentence)  # Where it is read, nobody has to see more than the matter.
    said = sentence if len(sentence) <= 80 else f"{sentence[:79]}…"
    return Flag(hit.code, f"{_LABELS[hit.code]}, by its likeness to known cases (“{said}”)", hard=True)


@cache
def shipped() -> Matters:
    """Return what was learned from the shipped sentences; fitting takes a fifth of a second, once."""
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
    """Return a text as a whole and its sentences, as far as they say something: “What now?” is like anything.

    Of what is very long, beginning and end: what was told at length may end in the matter.
    """
    text = text.strip()
    if len(text) > MAX_CHARACTERS:
        text = f"{text[: MAX_CHARACTERS // 2]}\n{text[-MAX_CHARACTERS // 2 :]}"
    sentences = dict.fromkeys(part.strip() for part in _SENTENCE.split(text))
    told = [part for part in sentences if _says_something(part)]
    half = MOST_SENTENCES // 2
    some = told if len(told) <= MOST_SENTENCES else [*told[:half], *told[-half:]]
    return list(dict.fromkeys(([text] if _says_something(text) else []) + some))


def _says_something(text: str) -> bool:
    return sum(is_content(word) and word.isalpha() for word in words(text)) >= FEWEST_WORDS


def _bag(text: str) -> dict[str, float]:
    """Return words and pairs of words, small words too: “my card” and “never ordered” are what tells."""
    found = words(text)
    return dict.fromkeys([*found, *(f"{one} {other}" for one, other in pairwise(found))], 1.0)
