"""Checks on a drafted answer before anybody sees it. Each is a pure function: a draft in, findings out.

The first, small set: whatever a draft states must come from its sources or from the customer's own message.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.answering.language import MAX_CHARACTERS, sentences, stems
from bot.core.model import Flag, Source

SHORTEST, LONGEST = 20, 1_200
SUPPORT = 0.6

_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"'\])]+"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,5}(?:com|org|net|example|io|shop|co|de|nl|eu|uk)(?:/[^\s<>\"'\])]*)?\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_CITATION = re.compile(r"\[(\d{1,3})\]")
_NUMBER = re.compile(r"(?<![\w.])[A-Z]{0,3}-?\d[\d.,:]*\d|\d|(?<=[€$£])\d+")
_PLACEHOLDER = re.compile(
    r"\{\{?[^{}\n]{0,60}\}\}?|\[(?!\d{1,3}\])[^\]\n]{1,40}\](?!\()|<[a-z][\w ]{1,30}>"
    r"|\b(?:TODO|TBD|XXX+|lorem ipsum)\b|_{3,}",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thank|thanks|many thanks|sorry|best|kind|warm"
    r"|(?:we|i)(?:'re|'m| are| am)(?: very| so)? sorry|(?:we|i) apologi[sz]e|(?:i|we) hope|regards|yours|sincerely"
    r"|please (?:let us know|reply|feel free)|let us know|if you have any|feel free|you can read more)\b",
    re.IGNORECASE,
)
_WORD_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
)


@dataclass(frozen=True)
class Checked:
    """A draft with all that it may rest on. `passages` are texts by citation number."""

    text: str
    passages: dict[int, str]
    said: str
    sources: tuple[Source, ...]
    today: date
    brand: str = ""
    written_by_model: bool = False

    @property
    def grounds(self) -> str:
        """Everything a statement may be taken from."""
        titles = (f"{s.title} {s.url}" for s in self.sources)
        return "\n".join((*self.passages.values(), *titles, self.said, self.brand))


def cited(text: str) -> set[int]:
    """Return the source numbers a text cites."""
    return {int(number) for number in _CITATION.findall(text)}


def check(draft: Checked) -> tuple[Flag, ...]:
    """Run every check; an empty result means that nothing was found.

    Of a text far too long only the beginning is read: it is flagged anyway.
    """
    draft = replace(draft, text=draft.text[: 4 * LONGEST], said=draft.said[:MAX_CHARACTERS])
    return tuple(flag for rule in RULES for flag in rule(draft))


def invented_links(draft: Checked) -> Iterable[Flag]:
    """Web and e-mail addresses must stand in a source or in the customer's message."""
    known = draft.grounds.lower()
    for kind, pattern in (("e-mail address", _EMAIL), ("link", _URL)):
        text = draft.text if pattern is _EMAIL else _EMAIL.sub(" ", draft.text)
        for found in dict.fromkeys(hit.rstrip(".,;:!?").lower() for hit in pattern.findall(text)):
            if found not in known:
                yield Flag("invented_link", f"The {kind} “{found}” is in no source")


def invented_numbers(draft: Checked) -> Iterable[Flag]:
    """Amounts, dates and order numbers must stand in a source or in the customer's message."""
    known = _numbers(draft.grounds)
    links = _URL.sub(" ", _EMAIL.sub(" ", _CITATION.sub(" ", draft.text)))
    for number in sorted(_numbers(links, spelt=False) - known):
        yield Flag("invented_number", f"The number “{number}” is in no source")


def placeholders(draft: Checked) -> Iterable[Flag]:
    found = _PLACEHOLDER.search(draft.text)
    if found:
        yield Flag("placeholder", f"A placeholder was left in: “{found.group(0)}”")


def length(draft: Checked) -> Iterable[Flag]:
    size = len(draft.text.strip())
    if size < SHORTEST:
        yield Flag("too_short", f"The answer has only {size} characters")
    if size > LONGEST:
        yield Flag("too_long", f"The answer has {size:,} characters, more than {LONGEST:,}")


def unknown_citations(draft: Checked) -> Iterable[Flag]:
    known = {source.number for source in draft.sources}
    for number in sorted(cited(draft.text) - known):
        yield Flag("unknown_source", f"The answer cites [{number}], and there is no such source")


def unsupported_sentences(draft: Checked) -> Iterable[Flag]:
    """What a model wrote must be carried, sentence by sentence, by the words of the passages."""
    if not draft.written_by_model:
        return
    grounds = set(stems("\n".join((*draft.passages.values(), *(s.title for s in draft.sources), draft.said))))
    for sentence in sentences(draft.text):
        said = set(stems(_CITATION.sub(" ", sentence)))
        if len(said) >= 3 and not _COURTESY.match(sentence) and len(said & grounds) / len(said) < SUPPORT:
            yield Flag("unsupported", f"No source supports “{_shortened(sentence)}”")


def uncited(draft: Checked) -> Iterable[Flag]:
    if draft.written_by_model and not _CITATION.search(draft.text):
        yield Flag("uncited", "The answer names no source")


def stale_sources(draft: Checked) -> Iterable[Flag]:
    for source in draft.sources:
        if source.review_by and source.review_by < draft.today:
            yield Flag("stale_article", f"The article “{source.title}” is past its review date")


RULES: Sequence[Callable[[Checked], Iterable[Flag]]] = (
    invented_links,
    invented_numbers,
    placeholders,
    length,
    unknown_citations,
    uncited,
    unsupported_sentences,
    stale_sources,
)


def _numbers(text: str, *, spelt: bool = True) -> set[str]:
    """Collect the numbers of a text in one spelling: 1,200 is 1200, and ten is 10 where `spelt` is set."""
    found = {re.sub(r"(?<=\d),(?=\d{3}\b)", "", hit.rstrip(".,:")) for hit in _NUMBER.findall(text)}
    plain = {number.removesuffix(".00").removesuffix(",00").replace(",", ".") for number in found}
    if spelt:
        lower = text.lower()
        plain |= {str(n) for n, word in enumerate(_WORD_NUMBERS) if re.search(rf"\b{word}\b", lower)}
    return plain


def _shortened(sentence: str, size: int = 80) -> str:
    return sentence if len(sentence) <= size else f"{sentence[: size - 1].rstrip()}…"
