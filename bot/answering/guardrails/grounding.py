"""Whatever a draft states must come from the articles it cites; numbers also from the customer or their record."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.answering.embedded import first_name
from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.guardrails.links import EMAIL, URL
from bot.answering.guardrails.numbers import numbers, references
from bot.answering.guardrails.statements import (
    Statement,
    best_passages,
    cited,
    statements,
    stems_of,
    without_citations,
)
from bot.answering.language import stems, words
from bot.core.model import Flag

SUPPORT = 0.6
_SAME = 0.75  # From this share of common stems on, two sentences speak of the same thing.
_FEW = 3  # A sentence of fewer content words may go without a citation.
_CALLED = r"^(?:hi |hello |hey |dear )?{name}\s*(?=[,.!?…]|$)|,\s*{name}(?=\s*(?:[,.!?…]|$))"
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|cannot|without|neither|nor|nothing)\b|n['’]t\b", re.IGNORECASE
)


def verdicts(text: str, passages: Mapping[int, str]) -> list[tuple[Statement, bool]]:
    """Return each statement of an answer, and whether it is cited and carried by what it cites."""
    everything = "\n".join(passages.values())
    return [
        (one, _carried(one, _passage(one, passages), "") if one.cited else _needs_no_source(one, everything))
        for one in statements(text)
    ]


def is_supported(text: str, passages: Mapping[int, str]) -> bool:
    """Tell whether every statement of an answer is cited, and carried by what it cites."""
    return all(carried for _, carried in verdicts(text, passages))


def unknown_citations(draft: Checked) -> Iterable[Flag]:
    known = {source.number for source in draft.sources}
    for number in sorted(cited(draft.text) - known):
        yield Flag("unknown_source", f"The answer cites [{number}], and there is no such source")


def uncited(draft: Checked) -> Iterable[Flag]:
    """What a model states must name its source, sentence by sentence; a question, and the record, need none."""
    if not draft.written_by_model:
        return
    for one in statements(draft.text):
        told = _needs_no_source(one, draft.published) or _carried(one, _record(draft), "")
        if not one.cited and len(_said(one, draft)) >= _FEW and not told:
            yield Flag("uncited", f"No source is named for “{shortened(one.text)}”")


def unsupported(draft: Checked) -> Iterable[Flag]:
    """What a model wrote must be carried, sentence by sentence, by what it cites or the customer's record."""
    if not draft.written_by_model:
        return
    for one in statements(draft.text):
        told = _passage(one, draft.passages) if one.cited else draft.published
        checked = one.cited or (len(_said(one, draft)) < _FEW and not one.text.endswith("?"))
        grounds = f"{told}\n{_record(draft)}"
        if checked and not _carried(one, grounds, draft.said, _said(one, draft)):
            yield Flag("unsupported", f"No source supports “{shortened(one.text)}”")


def reversed_(draft: Checked) -> Iterable[Flag]:
    """A sentence that says what its source denies, or denies what its source says."""
    if not draft.written_by_model:
        return
    for one in statements(draft.text):
        share, closest = max(best_passages(one, _passage(one, draft.passages)), default=(0.0, ""))
        if share >= _SAME and _denied(one.text) & stems_of(closest) ^ _denied(closest) & stems_of(one.text):
            yield Flag("reversed", f"The article says the opposite: “{shortened(closest)}”")


def invented_numbers(draft: Checked) -> Iterable[Flag]:
    """Amounts, dates and shares must stand in a source, in the customer's record or in their message."""
    known = numbers(draft.grounds)
    text = URL.sub(" ", EMAIL.sub(" ", without_citations(draft.text)))
    for number in sorted(numbers(text, spelt=False) - known):
        yield Flag("invented_number", f"The number “{number}” is in no source")


def unconfirmed_ids(draft: Checked) -> Iterable[Flag]:
    """The number of an order may be named only when the customer's record, or an article, confirms it."""
    known = "\n".join((draft.published, *draft.facts)).lower()
    for reference in references(URL.sub(" ", without_citations(draft.text))):
        if reference.lower() not in known:
            yield Flag("unconfirmed_id", f"No record confirms the number “{reference}”")


def stale_sources(draft: Checked) -> Iterable[Flag]:
    for source in draft.sources:
        if source.review_by and source.review_by < draft.today:
            yield Flag("stale_article", f"The article “{source.title}” is past its review date")


def _passage(one: Statement, passages: Mapping[int, str]) -> str:
    return "\n".join(passages.get(number, "") for number in sorted(one.cited))


def _record(draft: Checked) -> str:
    """What the customer's record says: a statement may rest on it without naming an article."""
    return "\n".join(draft.facts)


def _said(one: Statement, draft: Checked) -> frozenset[str]:
    """Return the words that need a source: not ours, nor the customer's first name where it addresses them.

    Elsewhere their name counts like any word, for they may call themselves a claim (“Everything is free”).
    """
    return _unaddressed(one, first_name(draft.customer_name)).stems - stems_of(draft.brand)


def _unaddressed(one: Statement, name: str) -> Statement:
    """Take “Ada,”, “, Ada” and “Hi Ada” out of a sentence."""
    called = _CALLED.format(name=re.escape(name))
    return replace(one, text=re.sub(called, " ", one.text, flags=re.IGNORECASE)) if name else one


def _needs_no_source(one: Statement, published: str) -> bool:
    """Tell whether a sentence says next to nothing, asks, or is sorry for what the articles are about."""
    if len(one.stems) < _FEW or one.text.endswith("?"):
        return True
    return one.is_polite and _carried(one, published, "")


def _carried(one: Statement, passage: str, known: str, said: frozenset[str] | None = None) -> bool:
    """Tell whether a passage has most words of a statement (or of `said`), and every number not known otherwise."""
    said = one.stems if said is None else said
    if not numbers(URL.sub(" ", one.text), spelt=False) <= numbers(f"{passage}\n{known}"):
        return False
    carried = said & (stems_of(passage) | frozenset(words(passage)))
    return len(carried) >= SUPPORT * len(said)


def _denied(sentence: str) -> frozenset[str]:
    """Return the content word right behind each negation: what “not free” denies is “free”."""
    return frozenset(
        found for hit in _NEGATION.finditer(sentence) for found in stems(sentence[hit.end() :])[:1]
    )
