"""The lines of a mail's text with what is visible in each of them: how deep it is quoted, and its bare words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What the HTML of a mail says about a line stands before it, as a character for private use that no mail may contain.
SIGNATURE_MARK = "\ue006"
INDENTED_MARK = "\ue007"  # A blockquote that may be a quotation, or only indented text.
MARKS = SIGNATURE_MARK + INDENTED_MARK

_MOST_LINES = 20_000
LONGEST_MARK = 400  # Characters; a longer line is prose, whatever it begins with.

_QUOTE_SIGNS = re.compile(r"[ \t]{0,8}(?:[>＞»][ \t]?){1,60}")
# Directions of writing, spaces of no width and the like: they stand around names and addresses.
_UNSEEN = {
    **dict.fromkeys(
        [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xAD, 0x061C]
    ),
    0xA0: " ",
    0x202F: " ",
    0x3000: " ",
    0x2007: " ",
    0x2009: " ",
}


@dataclass(frozen=True)
class Line:
    """A line as it came, the number of quotation signs before it, and its words without any decoration."""

    text: str
    depth: int
    bare: str
    signature: bool = False
    indented: bool = False

    @property
    def blank(self) -> bool:
        """Tell whether nothing stands in this line, or only quotation signs."""
        return not self.bare


def read_lines(text: str) -> list[Line]:
    """Take a text apart; linear in its length. What is below very many lines counts as one, which is prose."""
    return [_line(one) for one in text.split("\n", _MOST_LINES)]


def _line(marked: str) -> Line:
    text = marked.lstrip(MARKS)
    marks = marked[: len(marked) - len(text)]
    signs = _QUOTE_SIGNS.match(text)
    rest = text[signs.end() :] if signs else text
    depth = sum(map(signs[0].count, ">＞»")) if signs else 0
    return Line(text, depth, bare(rest), SIGNATURE_MARK in marks, INDENTED_MARK in marks)


def bare(text: str) -> str:
    """Return the words of a line: of prose only the beginning, without invisible signs, bold and italics."""
    return " ".join(text[: LONGEST_MARK + 50].translate(_UNSEEN).split()).strip("*").strip()


def next_text(lines: Sequence[Line], i: int) -> int:
    """Return the first line from `i` on that is not blank, or the number of lines."""
    while i < len(lines) and lines[i].blank:
        i += 1
    return i


def written(lines: Sequence[Line], start: int, most: int) -> Iterator[int]:
    """Yield the first `most` lines from `start` on that are not blank."""
    i = next_text(lines, start)
    while i < len(lines) and most:
        yield i
        i, most = next_text(lines, i + 1), most - 1
