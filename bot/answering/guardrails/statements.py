"""An answer as statements: each sentence with the sources it cites, and without what is mere courtesy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.language import sentences, stems

_CITATION = re.compile(r"\[(\d{1,3})\]")
_BEHIND_THE_END = re.compile(r"([.!?…])((?:\s*\[\d{1,3}\])+)")
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
_LONGEST_COURTESY = 18  # Words. What goes on for longer says something.


@dataclass(frozen=True)
class Statement:
    """One sentence without its citations, and the source numbers that are to carry it."""

    text: str
    cited: frozenset[int]

    @property
    def stems(self) -> frozenset[str]:
        return stems_of(self.text)


def cited(text: str) -> set[int]:
    """Return the source numbers a text cites."""
    return {int(number) for number in _CITATION.findall(text)}


def without_citations(text: str) -> str:
    return _CITATION.sub(" ", text)


def statements(text: str) -> list[Statement]:
    """Split an answer into what it states, without mere courtesy."""
    return [found for found in every_sentence(text) if not _is_courtesy(found.text)]


def every_sentence(text: str) -> list[Statement]:
    """Split an answer into sentences; the list of sources below it is left out.

    A citation belongs to the sentence it stands in or right behind, and to those before it in its paragraph that have
    none of their own.
    """
    paragraphs = (line for line in text.split("\n") if not _SOURCE_LINE.match(line))
    return [found for line in paragraphs for found in _of_paragraph(line)]


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


def _is_courtesy(sentence: str) -> bool:
    if any(character.isdigit() for character in sentence):
        return False
    return bool(_COURTESY.match(sentence)) and len(sentence.split()) <= _LONGEST_COURTESY


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
