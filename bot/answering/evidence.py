"""Why a confidence is high or low, in words an agent understands at a glance."""

import textwrap
from collections.abc import Callable, Sequence

from bot.answering.confidence import Calibration, Ranking
from bot.answering.index import VIEWS, Findings, Index
from bot.answering.vocabulary import Term
from bot.core.model import Evidence

STRONGEST = 3
_SALIENT = 10.0  # The length of a word's vector from which it usually names a thing.
_MISSING = 0.45
_FITS = 0.4
_VERY_SHORT = 2  # Words that say something.
_TITLE = 40

_FAMILIES = {
    # The classifier weighs all known questions at once: what it says is about these, too.
    "question": ("question", "spelling", "alignment", "sentence", "classifier"),
    "article": ("words", "coverage", "fit"),
    "rivals": ("margin", "share", "agreement"),
    "gaps": ("missing", "weakest", "unknown"),
    "foreign": ("foreign",),
    "length": ("length",),
}


def explain(index: Index, findings: Findings, calibration: Calibration, ranking: Ranking) -> list[Evidence]:
    """Return the strongest reasons for the confidence, the weightiest first."""
    parts = calibration.contributions(ranking)
    told = {
        name: Evidence(text, round(weight, 2))
        for name, features in _FAMILIES.items()
        if (weight := sum(parts[feature] for feature in features))
        and (text := _WORDS[name](index, findings, ranking, weight > 0))
    }
    first = told.pop("gaps", None)
    others = strongest(list(told.values()))
    # What no article mentions is what an agent must know first; it never falls behind three stronger reasons.
    return strongest([*others[: STRONGEST - 1], first]) if first else others


def strongest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Keep the weightiest reasons, and never two that say the same."""
    ordered = sorted(evidence, key=lambda e: -abs(e.weight))
    return list({e.text: e for e in reversed(ordered)}.values())[::-1][:STRONGEST]


def gaps(findings: Findings, article: int) -> tuple[list[Term], list[Term]]:
    """Return the telling words that no article has, and those that only this article lacks."""
    told = [(t, c) for t, c in zip(findings.terms, findings.covered[:, article], strict=False)]
    open_terms = [t for t, c in told if t.weight >= _SALIENT and c < _MISSING]
    open_terms.sort(key=lambda t: -t.weight)
    return [t for t in open_terms if not t.known], [t for t in open_terms if t.known]


def _question(index: Index, findings: Findings, ranking: Ranking, good: bool) -> str:
    if not good:
        return "Not phrased like anything we have answered"
    return f"Close to a known question: “{_short(index.closest_question(ranking.order[0], findings))}”"


def _article(index: Index, _findings: Findings, ranking: Ranking, good: bool) -> str:
    title = _short(index.articles[ranking.order[0]].title)
    share = "many" if good else "few"
    return f"“{title}” has {share} of the words"


def _rivals(index: Index, findings: Findings, ranking: Ranking, good: bool) -> str:
    if good:
        return "One article clearly fits"
    close = [index.articles[row].title for row in ranking.order[:2] if _mean_cover(findings, row) >= _FITS]
    if len(close) < 2:
        return "No article clearly fits"
    return f"Two articles fit equally: “{_short(close[0])}” and “{_short(close[1])}”"


def _mean_cover(findings: Findings, article: int) -> float:
    return float(findings.views[VIEWS.index("coverage"), article])


def _gaps(_index: Index, findings: Findings, ranking: Ranking, _good: bool) -> str:
    nowhere, elsewhere = gaps(findings, ranking.order[0])
    if nowhere:
        return f"{_quoted(nowhere)} {'is' if len(nowhere) == 1 else 'are'} in no article"
    return f"The article says nothing about {_quoted(elsewhere)}" if elsewhere else ""


def _foreign(_index: Index, _findings: Findings, _ranking: Ranking, good: bool) -> str:
    return "" if good else "Like questions that no article answers"


def _length(_index: Index, findings: Findings, _ranking: Ranking, good: bool) -> str:
    return "The question is very short" if not good and len(findings.terms) <= _VERY_SHORT else ""


def _short(title: str) -> str:
    return textwrap.shorten(title, _TITLE, placeholder=" …")


def _quoted(terms: Sequence[Term]) -> str:
    return " and ".join(f"“{term.word}”" for term in terms[:2])


_WORDS: dict[str, Callable[[Index, Findings, Ranking, bool], str]] = {
    "question": _question,
    "article": _article,
    "rivals": _rivals,
    "gaps": _gaps,
    "foreign": _foreign,
    "length": _length,
}
