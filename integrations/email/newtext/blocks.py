"""A mail's lines as a row of blocks, each of one kind and with the reason why it is taken for that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from integrations.email.newtext import cards, endings, marks, notices
from integrations.email.newtext.attributions import Intro
from integrations.email.newtext.lines import Line, next_text

_WRAPPED = 60  # Characters: a line as long may have been wrapped,
_TORN = 25  # and what was torn off is shorter than so many characters
_TORN_WORDS = 3


class Kind(StrEnum):
    """What a block is."""

    TEXT = "text"
    INTRODUCTION = "introduction"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    DEVICE = "device"
    NOTICE = "notice"


@dataclass(frozen=True)
class Block:
    """Lines `start` up to `end` (not included) and why they are of this kind."""

    kind: Kind
    start: int
    end: int
    why: str
    intro: Intro | None = None


_Forwards = Callable[[Sequence[Line], Sequence[Block]], str]


def find_blocks(lines: Sequence[Line], forwards: _Forwards) -> list[Block]:
    """Group the lines; `forwards` says why an unmarked mail below the text so far is forwarded, "" if it is not."""
    return _Reader(lines, forwards).read()


class _Reader:
    """Goes down the lines once; every step takes one block off."""

    def __init__(self, lines: Sequence[Line], forwards: _Forwards) -> None:
        self._lines = lines
        self._forwards = forwards
        self._blocks: list[Block] = []
        self._last: Kind | None = None  # Of the last block that is not blank.
        self._has_text = False
        self._lone_quote = sum(line.depth > 0 for line in lines) == 1

    def read(self) -> list[Block]:
        i = 0
        while i < len(self._lines):
            i = self._take(i)
        return self._with_endings()

    def _take(self, i: int) -> int:
        line = self._lines[i]
        if line.blank and not line.depth:
            return self._add(Kind.TEXT, i, i + 1, "")
        if (end := self._forwarded(i)) or (end := self._quotation(i)):
            return end
        if line.signature:
            return self._add(Kind.SIGNATURE, i, i + 1, "marked as a signature in the HTML")
        if endings.device_line(self._lines, i):
            return self._add(Kind.DEVICE, i, i + 1, "says from what it was sent")
        return self._add(Kind.TEXT, i, i + 1, "")

    def _add(self, kind: Kind, start: int, end: int, why: str, intro: Intro | None = None) -> int:
        """Append a block, or lengthen the last one by what is the same."""
        last = self._blocks[-1] if self._blocks else None
        if any(not line.blank for line in self._lines[start:end]):
            self._last = kind
            self._has_text |= kind is Kind.TEXT
        if last and last.kind == kind and last.why == why and kind is not Kind.INTRODUCTION:
            self._blocks[-1] = Block(kind, last.start, end, why, last.intro)
        else:
            self._blocks.append(Block(kind, start, end, why, intro))
        return end

    def _forwarded(self, i: int) -> int:
        if not marks.is_forward_mark(self._lines, i) or self._introduced():
            return 0
        intro = marks.forwarded_header(self._lines, i)
        return self._add(Kind.FORWARDED, i, len(self._lines), "marked as forwarded", intro)

    def _introduced(self) -> bool:
        """Tell whether the last thing read introduced a quotation, was one, or ended what the writer says."""
        return self._last in {Kind.INTRODUCTION, Kind.QUOTED, Kind.DEVICE}

    def _quotation(self, i: int) -> int:
        line = self._lines[i]
        if line.depth:
            if not self._introduced() and (self._led_by_colon(i) or (self._lone_quote and self._has_text)):
                return self._add(Kind.TEXT, i, self._quoted_end(i), "")
            return self._add(Kind.QUOTED, i, self._quoted_end(i), "quotation signs")
        if line.indented and self._introduced():
            return self._add(Kind.QUOTED, i, i + 1, "quoted in the HTML")
        intro = marks.introduction(self._lines, i)
        return self._introduction(i, intro) if intro else 0

    def _introduction(self, i: int, intro: Intro) -> int:
        end = min(len(self._lines), i + intro.size)
        following = next_text(self._lines, end)
        if following >= len(self._lines) or self._lines[following].depth or self._lines[following].indented:
            return self._add(Kind.INTRODUCTION, i, end, intro.what, intro)
        if why := self._forwards(self._lines, self._blocks):
            return self._add(Kind.FORWARDED, i, len(self._lines), why, intro)
        self._add(Kind.INTRODUCTION, i, end, intro.what, intro)
        return self._add(Kind.QUOTED, end, len(self._lines), f"everything below the {intro.what}")

    def _led_by_colon(self, i: int) -> bool:
        """Tell whether the writer leads up to the lines with signs: "The error is:"."""
        above = [line for line in self._lines[max(0, i - 2) : i] if not line.blank]
        return bool(above) and not above[-1].depth and above[-1].bare.endswith((":", "："))

    def _quoted_end(self, i: int) -> int:
        """Return the end of quoted lines: with blank ones among them, and with what a wrapped link has torn off."""
        end = i
        while end < len(self._lines):
            if self._lines[end].depth:
                end += 1
                continue
            following = next_text(self._lines, end)
            torn = following == end and end + 1 < len(self._lines) and _is_torn(self._lines, end)
            torn = torn and self._lines[end + 1].depth > 0
            if not torn and (following >= len(self._lines) or not self._lines[following].depth):
                break
            end = following + 1
        return end

    def _with_endings(self) -> list[Block]:
        """Cut what ends the writer's own text off its last block, and what is marked as an ending off every one."""
        texts = [
            n
            for n, block in enumerate(self._blocks)
            if block.kind is Kind.TEXT and _written(self._lines, block)
        ]
        last = texts[-1] if texts else -1
        out: list[Block] = []
        for n, block in enumerate(self._blocks):
            out += self._cut(block, is_end=n >= last) if block.kind is Kind.TEXT else [block]
        return out

    def _cut(self, block: Block, *, is_end: bool) -> list[Block]:
        start, end = block.start, block.end
        ends: list[Block] = []
        for find in _ENDINGS if is_end else _ENDINGS[:1]:
            cut, kind, why = find(self._lines, start, end)
            if start <= cut < end:
                ends.insert(0, Block(kind, cut, end, why))
                end = cut
        return [Block(Kind.TEXT, start, end, "what the writer says"), *ends]


def _written(lines: Sequence[Line], block: Block) -> bool:
    return any(not line.blank for line in lines[block.start : block.end])


def _is_torn(lines: Sequence[Line], i: int) -> bool:
    """Tell whether line `i`, between quoted ones, is the end of the one above, which a program has wrapped."""
    text, above = lines[i].bare, lines[i - 1].bare
    opened = "(http" in above and ")" not in above.rpartition("(http")[2]
    link = text.startswith(("(http", "http", "<http")) or opened or text.endswith((") >", ">"))
    # A word or two of a sentence that goes on; whoever answers there begins anew.
    goes_on = len(above) >= _WRAPPED and not above.endswith((".", "!", "?", ":", ";")) and text[:1].islower()
    return link or (goes_on and len(text.split()) <= _TORN_WORDS and len(text) <= _TORN)


_Ending = tuple[int, Kind, str]


def _delimited(lines: Sequence[Line], start: int, end: int) -> _Ending:
    """Find the last delimiter with a signature below it."""
    for i in range(end - 1, max(start, end - 60) - 1, -1):
        if endings.signature_end(lines, i, end) == end:
            return _first_delimiter(lines, i, start, end), Kind.SIGNATURE, "below the signature delimiter"
    return end, Kind.SIGNATURE, ""


def _first_delimiter(lines: Sequence[Line], i: int, start: int, end: int) -> int:
    """Return the topmost delimiter from which down to `end` everything is a signature."""
    top = i
    for j in range(i - 1, max(start, i - 20) - 1, -1):
        if endings.signature_end(lines, j, end) == end:
            top = j
    return top


def _notice(lines: Sequence[Line], start: int, end: int) -> _Ending:
    at, what = notices.footer_start(lines, start, end)
    return at, Kind.NOTICE, what


def _card(lines: Sequence[Line], start: int, end: int) -> _Ending:
    return (
        cards.contact_block(lines, start, end),
        Kind.SIGNATURE,
        "who the writer is, below the closing and the name",
    )


def _ruled_card(lines: Sequence[Line], start: int, end: int) -> _Ending:
    return cards.card_between_rules(lines, start, end), Kind.SIGNATURE, "who the writer is, below a line"


def _name(lines: Sequence[Line], start: int, end: int) -> _Ending:
    written = [i for i in range(max(start, end - 12), end) if not lines[i].blank]
    is_name = len(written) > 1 and endings.dashed_name(lines, written[-1])
    return (written[-1] if is_name else end), Kind.SIGNATURE, "the writer's name behind a dash"


_ENDINGS = (_delimited, _notice, _delimited, _ruled_card, _card, _name)
