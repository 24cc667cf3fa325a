"""What is wrong with a knowledge base: articles that say the same, contradict, are stale or say nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from bot.answering.guardrails.numbers import numbers
from bot.answering.knowledge import Article
from bot.answering.language import stems, words
from bot.core.model import Cited

_FEWEST_WORDS = 12  # An article of fewer cannot answer anything.
_SAME_ARTICLE = 0.7  # Shared stems among all of two articles, from which they say the same.
_SAME_SENTENCE = 0.75
_FEWEST_STEMS = 4
_RAREST = 3  # Sentences that say the same share one of their rarest stems; only such pairs are compared.
_MOST_ALIKE = 60  # Of sentences with one rare stem; what more share is no rare stem.
_NEGATIONS = frozenset(
    {"not", "no", "never", "cannot", "can't", "don't", "doesn't", "isn't", "aren't", "won't", "without"}
)


@dataclass(frozen=True)
class Finding:
    """One thing to mend: its kind, the articles it is about, and a sentence."""

    kind: str
    slugs: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class _Sentence:
    slug: str
    text: str
    stems: frozenset[str]


def check(articles: Sequence[Article], today: date) -> list[Finding]:
    """Return every finding, grouped by kind."""
    return [*_stale(articles, today), *_thin(articles), *_duplicates(articles), *_contradictions(articles)]


def unused(articles: Iterable[Article], cited: Cited) -> Iterator[Finding]:
    """Yield every article that no draft on record rested on."""
    since = f"{cited.since:%Y-%m-%d}" if cited.since else ""
    for article in articles:
        if article.slug not in cited.slugs:
            text = f"None of {cited.drafts:,} drafts since {since} cites it."
            yield Finding("unused", (article.slug,), text)


def _stale(articles: Iterable[Article], today: date) -> Iterator[Finding]:
    for article in articles:
        if article.review_by and article.review_by < today:
            yield Finding("stale", (article.slug,), f"The review was due on {article.review_by}.")


def _thin(articles: Iterable[Article]) -> Iterator[Finding]:
    for article in articles:
        count = len(words(article.body))
        if count < _FEWEST_WORDS:
            yield Finding("empty", (article.slug,), f"The article says next to nothing: {count} words.")


def _duplicates(articles: Sequence[Article]) -> Iterator[Finding]:
    bags = {article.slug: frozenset(stems(article.body)) for article in articles}
    for one, other in combinations(articles, 2):
        if _alike(bags[one.slug], bags[other.slug]) >= _SAME_ARTICLE:
            yield Finding(
                "duplicate", (one.slug, other.slug), f"“{one.title}” and “{other.title}” say the same."
            )
    askers: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for article in articles:
        for question in article.questions:
            askers[tuple(sorted(stems(question)))][article.slug] = question
    for found in askers.values():
        if len(found) > 1:
            asked = next(iter(found.values()))
            yield Finding("duplicate", tuple(found), f"Several articles claim to answer “{asked}”.")


def _contradictions(articles: Sequence[Article]) -> Iterator[Finding]:
    """Near-identical sentences with other numbers, or of which one denies the other."""
    said = [
        _Sentence(article.slug, passage, _bare(passage))
        for article in articles
        for passage in article.passages
    ]
    for one, other in _comparable([sentence for sentence in said if len(sentence.stems) >= _FEWEST_STEMS]):
        if _alike(one.stems, other.stems) < _SAME_SENTENCE:
            continue
        first, second = numbers(one.text), numbers(other.text)
        denied = len(_NEGATIONS & set(words(one.text))) % 2 != len(_NEGATIONS & set(words(other.text))) % 2
        if denied or (first and second and not (first <= second or second <= first)):
            slugs = tuple(dict.fromkeys((one.slug, other.slug)))
            yield Finding("contradiction", slugs, f"“{one.text}” but “{other.text}”")


def _comparable(said: Sequence[_Sentence]) -> Iterator[tuple[_Sentence, _Sentence]]:
    frequency = Counter(stem for sentence in said for stem in sentence.stems)
    by_stem: dict[str, list[int]] = defaultdict(list)
    for place, sentence in enumerate(said):
        for stem in sorted(sentence.stems, key=lambda stem: (frequency[stem], stem))[:_RAREST]:
            by_stem[stem].append(place)
    pairs = {pair for places in by_stem.values() for pair in combinations(places[:_MOST_ALIKE], 2)}
    for one, other in sorted(pairs):
        yield said[one], said[other]


def _bare(text: str) -> frozenset[str]:
    """Return the stems of a sentence without its numbers and negations: what it speaks of."""
    return frozenset(
        stem for stem in stems(text) if not any(map(str.isdigit, stem)) and stem not in _NEGATIONS
    )


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
