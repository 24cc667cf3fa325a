"""BM25 over whole articles: titles, tags and known questions count more than the text."""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np

from bot.answering.knowledge import Article
from bot.answering.language import is_content, meanings, stem, words
from bot.answering.postings import Postings, Scores, rarity

_MEANING_SHARE = 0.6
_FIELD_WEIGHTS = {"title": 3.0, "tags": 2.0, "questions": 1.5, "body": 1.0}


class Bm25:
    """Scores every article for the words of a question."""

    def __init__(self, articles: Sequence[Article]) -> None:
        bags = [bag_of(article) for article in articles]
        self._rarity = rarity(bags)
        self._unseen = log(1 + (len(bags) + 0.5) / 0.5)
        mean = _mean_length(bags)
        self._postings = Postings([_bm25(bag, self._rarity, mean) for bag in bags])

    def scores(self, content: Sequence[str]) -> Scores:
        """Return the scores, as a share of what an article with every word of the question would get."""
        query: dict[str, float] = {}
        for word in content:
            stemmed = stem(word)
            query[stemmed] = 1
            query.update(dict.fromkeys(meanings(stemmed), _MEANING_SHARE))
        best = sum(n * self._rarity.get(term, self._unseen) for term, n in query.items())
        return self._postings.scores(query) / np.float32(max(best, 1.0) * 2.2)


def bag_of(article: Article) -> dict[str, float]:
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
