"""Whatever a draft states must come from the articles it cites; numbers also from the customer or their record."""

import re
from collections.abc import Iterable, Mapping

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
from bot.core.model import Flag

SUPPORT = 0.6
_SAME = 0.75  # From this share of common stems on, two sentences speak of the same thing.
_FEW = 3  # A sentence of fewer content words may go without a citation.
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|cannot|without|neither|nor|nothing)\b|n['’]t\b", re.IGNORECASE
)


def is_supported(text: str, passages: Mapping[int, str]) -> bool:
    """Tell whether every statement of an answer is cited, and carried by what it cites."""
    return all(
        _carried(one, _passage(one, passages), "") if one.cited else len(one.stems) < _FEW
        for one in statements(text)
    )


def unknown_citations(draft: Checked) -> Iterable[Flag]:
    known = {source.number for source in draft.sources}
    for number in sorted(cited(draft.text) - known):
        yield Flag("unknown_source", f"The answer cites [{number}], and there is no such source")


def uncited(draft: Checked) -> Iterable[Flag]:
    """What a model states must name its source, sentence by sentence; a question back needs none."""
    if not draft.written_by_model:
        return
    bare = [one for one in statements(draft.text) if not one.cited and not one.text.endswith("?")]
    loose = [one for one in bare if len(one.stems) >= _FEW and one.text != draft.brand]
    if loose:
        yield Flag("uncited", f"No source is named for “{shortened(loose[0].text)}”")


def unsupported(draft: Checked) -> Iterable[Flag]:
    """What a model wrote must be carried, sentence by sentence, by the words and numbers of what it cites."""
    if not draft.written_by_model:
        return
    for one in statements(draft.text):
        if one.cited and not _carried(
            one, _passage(one, draft.passages), "\n".join((*draft.facts, draft.said))
        ):
            yield Flag("unsupported", f"No source supports “{shortened(one.text)}”")


def reversed_(draft: Checked) -> Iterable[Flag]:
    """A sentence that says what its source denies, or denies what its source says."""
    if not draft.written_by_model:
        return
    for one in statements(draft.text):
        share, closest = max(best_passages(one, _passage(one, draft.passages)), default=(0.0, ""))
        if len(one.stems) >= _FEW - 1 and share >= _SAME and _negated(one.text) != _negated(closest):
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


def _carried(one: Statement, passage: str, known: str) -> bool:
    """Tell whether a passage has most words of a statement, and every number that is not known otherwise."""
    said = one.stems
    if not numbers(URL.sub(" ", one.text), spelt=False) <= numbers(f"{passage}\n{known}"):
        return False
    return not said or len(said & stems_of(passage)) / len(said) >= SUPPORT


def _negated(sentence: str) -> bool:
    return len(_NEGATION.findall(sentence)) % 2 == 1
