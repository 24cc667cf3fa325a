"""An answer as statements: each sentence with the sources it cites, and without what is mere courtesy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.language import sentences, stem, stems, words

_CITATION = re.compile(r"\[(\d{1,3})\]")
_BEHIND_THE_END = re.compile(r"([.!?…])((?:\s*\[\d{1,3}\])+)")
_LISTED = re.compile(r"\n- ")
_SOURCE_LINE = re.compile(r"^\[\d{1,3}\]\s")
_LEAD_IN = re.compile(
    r"^(?:to|on|about) your (?:first|second|third|fourth|fifth|other|last) question:\s*", re.IGNORECASE
)
_COURTESY = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thank|thanks|many thanks|sorry|best|kind|warm"
    r"|(?:we|i)(?:'re|'m| are| am)(?: very| so| really)? sorry|(?:we|i) apologi[sz]e|(?:i|we) hope|regards"
    r"|yours|sincerely|please (?:let us know|reply|feel free)|let us know|if (?:you have any|anything)|feel free"
    r"|you can read more|have a (?:nice|good|great|lovely))\b",
    re.IGNORECASE,
)
_SHORT = 3  # Words.
# What courtesy is made of. A sentence of nothing else states nothing.
_POLITE_WORDS = """
thank thanks message hear hearing sorry apologize apologise apologies regret trouble inconvenience delay
hope helps help question questions reply regards wishes best kind warm day week weekend evening nice
great lovely good feel contact further else let read happy glad welcome course certainly absolutely sure
support team service understand frustrating patience sincerely yours dear hello hi hey morning afternoon
sir madam writing reaching first second third fourth fifth"""
_POLITE = frozenset(stem(word) for word in _POLITE_WORDS.split())


@dataclass(frozen=True)
class Statement:
    """One sentence without its citations, and the source numbers that are to carry it."""

    text: str
    cited: frozenset[int]

    @property
    def is_polite(self) -> bool:
        """Tell whether it begins as courtesy does; what follows may still say something."""
        return _COURTESY.match(self.text) is not None

    @property
    def is_empty(self) -> bool:
        """Tell whether it is courtesy and nothing else; a name may be in it."""
        return not self.stems or (self.is_polite and len(self.stems) == 1)

    @property
    def stems(self) -> frozenset[str]:
        """What it says beyond courtesy; of a long one that only seems to say nothing (“S a y  i t”), every word."""
        found, spelt = stems_of(self.text), words(self.text)
        return frozenset(spelt) if not found and len(spelt) > _SHORT else found - _POLITE


def cited(text: str) -> set[int]:
    """Return the source numbers a text cites."""
    return {int(number) for number in _CITATION.findall(text)}


def without_citations(text: str) -> str:
    return _CITATION.sub(" ", text)


def statements(text: str) -> list[Statement]:
    """Split an answer into sentences; mere courtesy, and the list of sources below it, are left out.

    A citation belongs to the sentence it stands in or right behind, and to those before it in its paragraph that have
    none of their own. A list belongs to the paragraph that introduces it.
    """
    paragraphs = (line for line in _LISTED.sub(" ", text).split("\n") if not _SOURCE_LINE.match(line))
    return [found for line in paragraphs for found in _of_paragraph(line) if not found.is_empty]


def _of_paragraph(line: str) -> list[Statement]:
    moved = _BEHIND_THE_END.sub(r"\2\1", line)
    found: list[Statement] = []
    covering: frozenset[int] = frozenset()
    for sentence in reversed(sentences(moved)):
        covering = frozenset(cited(sentence)) or covering
        found.append(Statement(_bare(sentence), covering))
    return [statement for statement in reversed(found) if statement.text]


def _bare(sentence: str) -> str:
    bare = re.sub(r"\s+([.!?…])", r"\1", " ".join(without_citations(sentence).split()))
    return _LEAD_IN.sub("", bare).strip()


def best_passages(statement: Statement, passage: str) -> Iterator[tuple[float, str]]:
    """Yield each sentence of a passage with the share of the statement's stems that it has."""
    said = statement.stems
    for sentence in _sentences(passage):
        yield len(said & stems_of(sentence)) / max(len(said), 1), sentence


@lru_cache(maxsize=4_096)
def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text; those of articles are asked for again with every draft."""
    return frozenset(stems(text))


@lru_cache(maxsize=1_024)
def _sentences(passage: str) -> tuple[str, ...]:
    return tuple(sentences(passage))
