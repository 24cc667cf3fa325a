"""Which blocks of a mail are kept as new text and which are folded, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.email.headers import mailbox
from integrations.email.newtext import attributions, endings, evidence
from integrations.email.newtext.blocks import Block, Kind, find_blocks
from integrations.email.newtext.lines import MARKS, Line, next_text, read_lines

_KEPT = frozenset({Kind.TEXT, Kind.FORWARDED})
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|tr|rv|i|enc|vs|vl|vb|doorst|pd|fw|továbbítás|yönl|ilt|i̇lt|redir|fwd fw|"
    r"转发|轉寄|转寄|転送|전달|пересл|пер|הועבר|إعادة توجيه)\s?[:：]",
    re.IGNORECASE,
)
_LONGEST_COMMENT = 600  # Characters above a mail that is forwarded with a word of explanation.


@dataclass(frozen=True)
class Decision:
    """One block: its first and last line (from 1), whether it is kept as new text, and why."""

    kind: str
    first: int
    last: int
    kept: bool
    why: str

    def __str__(self) -> str:
        where = f"line {self.first}" if self.first == self.last else f"lines {self.first}–{self.last}"
        return f"{where} {'kept' if self.kept else 'folded'} ({self.kind}): {self.why}"


@dataclass(frozen=True)
class Forwarded:
    """Who wrote a forwarded mail first: name, address ("" when it is not said), subject and words.

    `comment` is what whoever forwards it says about it.
    """

    name: str
    address: str
    subject: str
    text: str
    comment: str = ""

    @property
    def author(self) -> str:
        """The author as people read him: the name, the address, or both."""
        address = f"<{self.address}>" if self.name and self.address else self.address
        return f"{self.name} {address}".strip()


@dataclass(frozen=True)
class Split:
    """The new text, the rest, why, and whom a forwarded mail is from."""

    new: str
    quoted: str
    decisions: tuple[Decision, ...] = ()
    forwarded: Forwarded | None = None

    @property
    def folds_quotation(self) -> bool:
        """Tell whether something was recognised as a quotation."""
        return any(one.kind in {Kind.QUOTED, Kind.INTRODUCTION} and not one.kept for one in self.decisions)


def split(text: str, subject: str = "") -> Split:
    """Split a mail's text; linear in its length.

    `new` is empty only if `text` is blank: a mail of nothing but quotations counts as new. `subject` tells a
    forwarded mail that bears no other mark.
    """
    lines = _with_own_lines(read_lines(text))

    def forwards(all_lines: Sequence[Line], above: Sequence[Block]) -> str:
        return _why_forwarded(_text_of(all_lines, above, Kind.TEXT), subject)

    blocks = find_blocks(lines, forwards)
    new = _join(lines, [block for block in blocks if block.kind in _KEPT])
    if not new:
        return _kept_whole(text, lines, blocks)
    quoted = _join(lines, [block for block in blocks if block.kind not in _KEPT])
    return Split(new, quoted, _decisions(lines, blocks), _forwarded(lines, blocks))


def without_forward_mark(subject: str) -> str:
    """Return the subject of a mail that is handed on, as it was."""
    while mark := _FORWARD_SUBJECT.match(subject):
        subject = subject[mark.end() :]
    return subject.strip()


def _with_own_lines(lines: list[Line]) -> list[Line]:
    """Give an attribution that stands behind the writer's words, or before those quoted, a line of its own."""
    out: list[Line] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        if cut := attributions.attribution_before(line):
            out += read_lines(f"{line.text[:cut].strip()}\n{line.text[cut:].strip()}")
            continue
        if cut := attributions.attribution_inside(line, following):
            out += read_lines(f"{line.text[:cut]}\n{line.text[cut:].lstrip(' -')}")
        else:
            out.append(line)
    return out


def _why_forwarded(comment: str, subject: str) -> str:
    """Return why a mail below these words is handed on, not answered; "" if it is answered."""
    if not comment:
        return "nothing but a mail handed on"
    if _FORWARD_SUBJECT.match(subject) and len(comment) <= _LONGEST_COMMENT:
        return "the subject says it is forwarded"
    if endings.mentions_below(comment) or comment.endswith((":", "：")):
        return "the text above refers to it"
    return ""


def _kept_whole(text: str, lines: Sequence[Line], blocks: Sequence[Block]) -> Split:
    whole = _clean(text)
    if not whole:
        return Split("", "")
    why = "nothing else was written, so the mail is kept whole"
    return Split(
        whole, "", (Decision(Kind.QUOTED, 1, len(lines), kept=True, why=why),), _forwarded(lines, blocks)
    )


def _text_of(lines: Sequence[Line], blocks: Sequence[Block], kind: Kind) -> str:
    return _join(lines, [block for block in blocks if block.kind is kind])


def _join(lines: Sequence[Line], blocks: Sequence[Block]) -> str:
    return "\n".join(line.text for block in blocks for line in lines[block.start : block.end]).strip()


def _clean(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, MARKS))).strip()


def _decisions(lines: Sequence[Line], blocks: Sequence[Block]) -> tuple[Decision, ...]:
    shown = (block for block in blocks if any(not line.blank for line in lines[block.start : block.end]))
    return tuple(Decision(b.kind, b.start + 1, b.end, b.kind in _KEPT, b.why) for b in shown)


def _forwarded(lines: Sequence[Line], blocks: Sequence[Block]) -> Forwarded | None:
    block = next((block for block in blocks if block.kind is Kind.FORWARDED), None)
    if block is None:
        return None
    if block.intro is None:
        return Forwarded("", "", "", _join(lines, [block]))
    name, address = mailbox(block.intro.sender)
    below = Block(block.kind, next_text(lines, block.start + block.intro.size), block.end, "")
    return Forwarded(
        name if not evidence.has_date(name) else "",
        address,
        block.intro.subject,
        _join(lines, [below]),
        comment=_text_of(lines, blocks, Kind.TEXT),
    )
