"""The search index: seven views of how well each article fits a question.

Everything is rebuilt from the library in well under a second and kept in memory; nothing is written to disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.answering.classifier import Classifier
from bot.answering.knowledge import Article, teaches
from bot.answering.language import grams, is_content, meanings, stem, words
from bot.answering.linear import LinearClassifier
from bot.answering.postings import Postings, Scores, rarity, unit_bag
from bot.answering.vectors import WordVectors, normalised

PASSAGE_WEIGHT = 0.7  # A passage says less about what is asked than a question does.
MOST_COMPARED = 3_000  # Known questions that are compared word by word; the classifier learns from all.
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
VIEWS = ("words", "spelling", "question", "sentence", "coverage", "alignment", "classifier")
MAX_WORDS = 120
_BLANK = ""
_MEANING_MATCH = 0.85
_LONG_WORD = 7  # From here on, two wrong letters still make the same word.
_MEANING_SHARE = 0.6
_FIELD_WEIGHTS = {"title": 3.0, "tags": 2.0, "questions": 1.5, "body": 1.0}


@dataclass(frozen=True)
class Term:
    """A content word of the question: how much it says, and how well the best article covers it."""

    word: str
    weight: float
    known: bool


@dataclass(frozen=True)
class Findings:
    """What the index knows about one question: `views` has a row per view and a column per article."""

    terms: tuple[Term, ...]
    foreign: float  # How much it is like questions that no article answers: 0, about 1, or more.
    views: Scores
    covered: Scores  # a row per term, a column per article: 0 to 1
    passages: Scores  # how well each passage of the library fits, article by article
    asked: Scores  # the same for each title and known question


class Index:
    """Searches a fixed set of articles."""

    def __init__(
        self,
        articles: Sequence[Article],
        vectors: WordVectors,
        foreign: Sequence[str] = (),
        *,
        learns: bool | None = None,
        most_compared: int = MOST_COMPARED,
    ) -> None:
        """Index the articles, and `foreign` questions that none of them answers (of use where it does not learn).

        `learns`: by a classifier that needs weights learned with it (default: if the articles teach enough).
        """
        self.articles = tuple(articles)
        self._vectors = vectors
        bags = [_bag(article) for article in articles]
        self._rarity = rarity(bags)
        self._unseen = log(1 + (len(bags) + 0.5) / 0.5)
        self._lexical = Postings([_bm25(bag, self._rarity, _mean_length(bags)) for bag in bags])
        most = max(most_compared // len(articles), 1)
        known = [(a.title, *_spread(a.questions, most)) for a in articles]
        taught = [_spread(a.taught, most) for a in articles]
        asked = [
            (row, text) for row, texts in enumerate(zip(known, taught, strict=True)) for text in chain(*texts)
        ]
        said = [(row, text) for row, a in enumerate(articles) for text in _headed(a)]
        self.asked = tuple(text for _, text in asked)
        self._asked_starts = _starts(row for row, _ in asked)
        self._known_ends = self._asked_starts + np.array([len(texts) for texts in known])
        self._said_starts = _starts(row for row, _ in said)
        self._gram_rarity = rarity([grams(words(text)) for text in self.asked])
        self._grams = Postings([self._weighted_grams(text) for text in self.asked])
        self._asked_vectors = vectors.unit(self.asked)
        self._said_vectors = vectors.unit([text for a in articles for text in a.passages])
        texts = [text for _, text in (*asked, *said)]
        learns = teaches(articles) if learns is None else learns
        self._classifier = _classifier(articles, () if learns else foreign, vectors, learns)
        self._prepare_vocabulary(texts)
        # The texts stand in two runs, so that an article's best text is the better of its best in each.
        self._runs = slice(0, len(asked)), slice(len(asked), None)

    def _prepare_vocabulary(self, texts: Sequence[str]) -> None:
        """Number all content words, and remember which of them each text has."""
        ids: dict[str, int] = {}
        found = [list(dict.fromkeys(filter(is_content, words(text)))) or [_BLANK] for text in texts]
        self._word_columns = np.array(
            [ids.setdefault(w, len(ids)) for ws in found for w in ws], dtype=np.int32
        )
        self._word_starts = _starts(row for row, ws in enumerate(found) for _ in ws)
        sums = self._vectors.sums(list(ids))
        self._word_vectors, self._word_weights = normalised(sums), np.linalg.norm(sums, axis=1)
        lengths = np.add.reduceat(self._word_weights[self._word_columns], self._word_starts)
        self._text_weights = np.maximum(lengths, 1e-6)  # A text may consist of words that say nothing.
        self._columns_by_stem: dict[str, list[int]] = {}
        self._columns_by_meaning: dict[str, list[int]] = {}
        for word, column in ids.items():
            self._columns_by_stem.setdefault(stem(word), []).append(column)
            for meaning in meanings(stem(word)):
                self._columns_by_meaning.setdefault(meaning, []).append(column)
        self._misspelt = _deletions(ids)

    def correct(self, word: str) -> str:
        """Return the word of the articles that a misspelt word most likely is, else the word itself."""
        if (
            len(word) < 4
            or not word.isalpha()
            or stem(word) in self._columns_by_stem
            or self._vectors.is_whole(word)
        ):
            return word
        near = {v for form in (word, *_shorter(word)) for v in self._misspelt.get(form, ())}
        allowed = 1 if len(word) < _LONG_WORD else 2
        ranked = sorted((edits(word, v), abs(len(v) - len(word)), v) for v in near)
        return ranked[0][2] if ranked and ranked[0][0] <= allowed else word

    def knows(self, word: str) -> bool:
        """Tell whether a word stands in the articles, perhaps misspelt, or is common in the language."""
        stemmed = stem(word)
        known = stemmed in self._columns_by_stem or any(map(self._vectors.is_whole, (word, stemmed)))
        return known or self.correct(word) != word

    def search(self, question: str) -> Findings:
        """Compare a question with every article."""
        spelt = [self.correct(word) for word in words(question)[: 4 * MAX_WORDS]]
        text = " ".join(spelt)
        content = list(dict.fromkeys(filter(is_content, spelt)))[:MAX_WORDS]
        likeness, terms = self._likeness(content)
        by_text = np.maximum.reduceat(likeness[:, self._word_columns], self._word_starts, axis=1)
        covered = self._per_article(by_text)
        aligned = self._aligned(likeness, by_text, terms)
        unit = self._vectors.unit([text])[0]
        in_asked, in_said = self._asked_vectors @ unit, self._said_vectors @ unit
        classified = self._classifier.scores(text, unit)
        views = np.stack(
            [
                self._by_words(content),
                np.maximum.reduceat(self._grams.scores(self._weighted_grams(text)), self._asked_starts),
                np.maximum.reduceat(in_asked, self._asked_starts),
                np.maximum.reduceat(in_said, self._said_starts),
                _weighted_mean(covered, terms),
                self._per_article(aligned),
                classified[: len(self.articles)],
            ]
        )
        asked, said = self._runs
        foreign = max(float(classified[-1]), 0.0) if len(classified) > len(self.articles) else 0.0
        return Findings(terms, foreign, views, covered, aligned[said] + in_said, aligned[asked] + in_asked)

    def _per_article(self, by_text: Scores) -> Scores:
        """Reduce values per text (the last axis) to the best per article."""
        asked, said = self._runs
        return np.maximum(
            np.maximum.reduceat(by_text[..., asked], self._asked_starts, axis=-1),
            np.maximum.reduceat(by_text[..., said], self._said_starts, axis=-1),
        )

    def _aligned(self, likeness: Scores, by_text: Scores, terms: Sequence[Term]) -> Scores:
        """Say for each text how much of the question it has, and how much of it the question has."""
        back = np.add.reduceat(
            (likeness.max(axis=0) * self._word_weights)[self._word_columns], self._word_starts
        )
        shared = 0.7 * _weighted_mean(by_text, terms) + 0.3 * back / self._text_weights
        return np.asarray(shared, dtype=np.float32)

    def row(self, slug: str) -> int:
        """Return the place of an article."""
        return next(row for row, article in enumerate(self.articles) if article.slug == slug)

    def passages_of(self, article: int) -> slice:
        """Where the passages of an article are in `Findings.passages`."""
        start = int(self._said_starts[article])
        return slice(start, start + len(self.articles[article].passages))

    def closest_question(self, article: int, findings: Findings) -> str:
        """Return the title or known question of an article that comes closest."""
        start = int(self._asked_starts[article])
        end = int(self._known_ends[article])  # What other customers wrote is not for showing.
        return self.asked[start + int(findings.asked[start:end].argmax())]

    def _by_words(self, content: Sequence[str]) -> Scores:
        """BM25, as a share of what an article with every word of the question would get."""
        query: dict[str, float] = {}
        for word in content:
            stemmed = stem(word)
            query[stemmed] = 1
            query.update(dict.fromkeys(meanings(stemmed), _MEANING_SHARE))
        best = sum(n * self._rarity.get(term, self._unseen) for term, n in query.items())
        return self._lexical.scores(query) / np.float32(max(best, 1.0) * 2.2)

    def _weighted_grams(self, text: str) -> dict[str, float]:
        return unit_bag({gram: 1 + log(n) for gram, n in grams(words(text)).items()}, self._gram_rarity)

    def _likeness(self, content: Sequence[str]) -> tuple[Scores, tuple[Term, ...]]:
        """Compare each word of the question with each of the library: by stem, meaning, or vector."""
        sums = self._vectors.sums(content or [_BLANK])
        likeness = np.clip((normalised(sums) @ self._word_vectors.T - 0.25) / 0.75, 0, 0.8, dtype=np.float32)
        for row, stemmed in enumerate(map(stem, content)):
            for meaning in meanings(stemmed):
                likeness[row, self._columns_by_meaning.get(meaning, [])] = _MEANING_MATCH
            likeness[row, self._columns_by_stem.get(stemmed, [])] = 1.0
        weights = np.linalg.norm(sums, axis=1)
        known = likeness.max(axis=1) >= _MEANING_MATCH
        return likeness, tuple(
            Term(w, float(n), bool(k)) for w, n, k in zip(content, weights, known, strict=False)
        )


def _spread(texts: Sequence[str], most: int) -> Sequence[str]:
    """Return at most so many of the texts, evenly taken."""
    return texts[:: -(-len(texts) // most)] if texts else ()


def _classifier(
    articles: Sequence[Article], foreign: Sequence[str], vectors: WordVectors, learns: bool
) -> Classifier | LinearClassifier:
    """Train on all titles, known questions and passages; what no article answers is one class more."""
    asked = [(row, text) for row, a in enumerate(articles) for text in (a.title, *a.questions, *a.taught)]
    said = [(row, text) for row, a in enumerate(articles) for text in _headed(a)]
    asked += [(len(articles), text) for text in foreign]
    texts = [text for _, text in (*asked, *said)]
    rows = np.array([row for row, _ in (*asked, *said)], dtype=np.int32)
    weights = np.where(np.arange(len(texts)) < len(asked), 1.0, PASSAGE_WEIGHT).astype(np.float32)
    kind = LinearClassifier if learns else Classifier
    return kind(texts, rows, weights, vectors.unit(texts))


def _headed(article: Article) -> list[str]:
    """Return the passages, each with its heading; the first also with the title and tags."""
    first = " ".join((article.title, *article.tags))
    headings = (first, *article.sections[1:])
    return [f"{heading} {text}" for heading, text in zip(headings, article.passages, strict=True)]


def _bag(article: Article) -> dict[str, float]:
    fields = {
        "title": article.title,
        "tags": " ".join(article.tags),
        "questions": " ".join(article.questions),
        "body": " ".join((*dict.fromkeys(article.sections), *article.passages)),
    }
    bag: dict[str, float] = {}
    for name, text in fields.items():
        for word in filter(is_content, words(text)):
            stemmed = stem(word)
            for term in (stemmed, *meanings(stemmed)):
                bag[term] = bag.get(term, 0.0) + _FIELD_WEIGHTS[name]
    return bag


def _mean_length(bags: Sequence[Mapping[str, float]]) -> float:
    """Return the mean weight of the bags; never 0, also when no article has a word that counts."""
    return sum(sum(bag.values()) for bag in bags) / max(len(bags), 1) or 1.0


def _bm25(bag: Mapping[str, float], rare: Mapping[str, float], mean: float) -> dict[str, float]:
    k1, b = 1.2, 0.5
    norm = k1 * (1 - b + b * sum(bag.values()) / mean)
    return {term: rare[term] * n * (k1 + 1) / (n + norm) for term, n in bag.items()}


def _starts(rows: Iterable[int]) -> NDArray[np.int32]:
    """Return where each new row number begins; every article has at least one entry."""
    numbers = np.fromiter(rows, dtype=np.int32)
    return np.flatnonzero(np.diff(numbers, prepend=-1)).astype(np.int32)


def _weighted_mean(covered: Scores, terms: Sequence[Term]) -> Scores:
    weights = np.array([term.weight for term in terms], dtype=np.float32)
    if not weights.sum():
        return np.zeros(covered.shape[1], dtype=np.float32)
    return np.asarray(weights @ covered / weights.sum(), dtype=np.float32)


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
