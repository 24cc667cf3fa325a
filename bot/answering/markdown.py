"""Markdown to plain sentences, each with the heading above it and what introduces it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answering.language import sentences
from bot.answering.lists import conditional

_HEADING = re.compile(r"#{1,6}\s+(.*)$")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.*)$")
_RULE = re.compile(r"\|?[\s:|*_-]{3,}\|?$")
_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\((?:[^)]*)\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+|[^@>\s]+@[^>\s]+)>"), r"\1"),
    (re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>"), ""),
    (re.compile(r"(\*\*|__)(.+?)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](\S(?:.*?\S)?)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
)


def plain(markdown: str) -> str:
    """Strip the inline marks of one line of Markdown."""
    for pattern, replacement in _INLINE:
        markdown = pattern.sub(replacement, markdown)
    return " ".join(markdown.split())


@dataclass(frozen=True)
class Passage:
    """A sentence, the heading above it, and what introduces it if it is an item of a list."""

    text: str
    heading: str
    lead_in: str = ""


@dataclass
class _Block:
    """Lines that belong together: a paragraph, an item of a list, a table, a heading."""

    lines: list[str]
    is_item: bool = False

    @property
    def text(self) -> str:
        return plain(" ".join(self.lines))


def passages(markdown: str, title: str) -> Iterator[Passage]:
    """Yield every sentence; list items and table rows count as sentences."""
    heading = before = ""
    for block in _blocks(markdown):
        found = _HEADING.match(block.lines[0])
        if found:
            heading, before = plain(found.group(1).rstrip("#").rstrip()), ""
        elif block.lines[0].startswith("|"):
            yield from (Passage(row, heading) for row in _table(block.lines))
        elif block.is_item:
            lead_in = _lead_in(before, heading) or title
            yield from (Passage(text, heading, lead_in) for text in sentences(block.text))
        else:
            said = sentences(block.text)
            before = said[-1] if said else ""
            yield from (Passage(text, heading) for text in said)


def _lead_in(before: str, heading: str) -> str:
    """Return what introduces a list: the sentence before it if it ends so (“You need:”), else the heading, if any.

    A heading that makes conditions is never lost to a sentence that does not.
    """
    introduces = before.endswith(":") and (conditional(before) or not conditional(heading))
    return before if introduces else heading


def _blocks(markdown: str) -> Iterator[_Block]:
    """Join the lines that belong together: paragraphs, list items, tables; headings stand alone."""
    block = _Block([])
    for line in (raw.strip().lstrip(">").strip() for raw in markdown.split("\n")):
        item = _ITEM.match(line)
        heading = bool(_HEADING.match(line))
        first = block.lines[0] if block.lines else ""
        table_edge = bool(first) and (line.startswith("|") != first.startswith("|"))
        if first and (not line or item or heading or table_edge or _HEADING.match(first)):
            yield block
            block = _Block([])
        if line and (line.startswith("|") or not _RULE.match(line)):
            block.is_item = block.is_item or item is not None
            block.lines.append(item.group(1) if item else line)
    if block.lines:
        yield block


def _table(rows: Sequence[str]) -> Iterator[str]:
    """Read each row of a table as a sentence, with the names of the columns."""
    names, *cells = [
        [plain(cell) for cell in row.strip("|").split("|")] for row in rows if not _RULE.match(row)
    ] or [[]]
    for first, *others in cells:
        named = [f"{name.lower()}: {cell}" for name, cell in zip(names[1:], others, strict=False) if cell]
        yield f"{first} – {'; '.join(named)}." if named else f"{first}."
