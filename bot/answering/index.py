"""The search index: seven views of how well each article fits a question.

It is built whole from a library, beside the one that answers, and kept in memory; nothing is written to disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import log

import numpy as np

from bot.answering.bm25 import Bm25
from bot.answering.classifier import Classifier
from bot.answering.knowledge import Article, teaches
from bot.answering.language import grams, is_content, words
from bot.answering.linear import LinearClassifier
from bot.answering.postings import Postings, Scores, rarity, starts, unit_bag
from bot.answering.vectors import Vectors
from bot.answering.vocabulary import Term, Vocabulary

PASSAGE_WEIGHT = 0.7  # A passage says less about what is asked than a question does.
MOST_COMPARED = 3_000  # Known questions that are compared word by word; the classifier learns from all.
VIEWS = ("words", "spelling", "question", "sentence", "coverage", "alignment", "classifier")
MAX_WORDS = 120


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
        vectors: Vectors,
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
        self._lexical = Bm25(articles)
        most = max(most_compared // len(articles), 1)
        known = [(a.title, *_spread(a.questions, most)) for a in articles]
        taught = [_spread(a.taught, most) for a in articles]
        asked = [
            (row, text) for row, texts in enumerate(zip(known, taught, strict=True)) for text in chain(*texts)
        ]
        said = [(row, text) for row, a in enumerate(articles) for text in _headed(a)]
        self.asked = tuple(text for _, text in asked)
        self._asked_starts = starts(row for row, _ in asked)
        self._known_ends = self._asked_starts + np.array([len(texts) for texts in known])
        self._said_starts = starts(row for row, _ in said)
        self._gram_rarity = rarity([grams(words(text)) for text in self.asked])
        self._grams = Postings([self._weighted_grams(text) for text in self.asked])
        self._asked_vectors = vectors.unit(self.asked)
        self._said_vectors = vectors.unit([text for a in articles for text in a.passages])
        texts = [text for _, text in (*asked, *said)]
        learns = teaches(articles) if learns is None else learns
        self._classifier = _classifier(articles, () if learns else foreign, vectors, learns)
        self.vocabulary = Vocabulary(texts, vectors)
        # The texts stand in two runs, so that an article's best text is the better of its best in each.
        self._runs = slice(0, len(asked)), slice(len(asked), None)

    def search(self, question: str) -> Findings:
        """Compare a question with every article."""
        spelt = [self.vocabulary.correct(word) for word in words(question)[: 4 * MAX_WORDS]]
        text = " ".join(spelt)
        content = list(dict.fromkeys(filter(is_content, spelt)))[:MAX_WORDS]
        likeness, terms = self.vocabulary.likeness(content)
        by_text = self.vocabulary.by_text(likeness)
        covered = self._per_article(by_text)
        aligned = self._aligned(likeness, by_text, terms)
        unit = self._vectors.unit([text])[0]
        in_asked, in_said = self._asked_vectors @ unit, self._said_vectors @ unit
        classified = self._classifier.scores(text, unit)
        views = np.stack(
            [
                self._lexical.scores(content),
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
        shared = 0.7 * _weighted_mean(by_text, terms) + 0.3 * self.vocabulary.asked_of(likeness)
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

    def _weighted_grams(self, text: str) -> dict[str, float]:
        return unit_bag({gram: 1 + log(n) for gram, n in grams(words(text)).items()}, self._gram_rarity)


def _spread(texts: Sequence[str], most: int) -> Sequence[str]:
    """Return at most so many of the texts, evenly taken."""
    return texts[:: -(-len(texts) // most)] if texts else ()


def _classifier(
    articles: Sequence[Article], foreign: Sequence[str], vectors: Vectors, learns: bool
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


def _weighted_mean(covered: Scores, terms: Sequence[Term]) -> Scores:
    weights = np.array([term.weight for term in terms], dtype=np.float32)
    if not weights.sum():
        return np.zeros(covered.shape[1], dtype=np.float32)
    return np.asarray(weights @ covered / weights.sum(), dtype=np.float32)
