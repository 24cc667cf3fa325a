"""What is below a mail and nobody has written: disclaimers, and the footers of mailing lists."""

import re
from collections.abc import Sequence

from integrations.email.newtext import evidence
from integrations.email.newtext.lines import Line
from integrations.email.newtext.marks import is_rule
from integrations.email.newtext.vocabulary import fold, words

_FOOTER = re.compile(
    r"mailing list|mailman|unsubscribe|abmelden|désabonner|listinfo|reply to this email directly|view it on|"
    r"you (?:received|are receiving) this|google groups",
    re.IGNORECASE,
)
_LEGAL_LENGTH = 100  # Characters of a disclaimer,
_LEGAL_WORDS = 3  # and how many words of lawyers it has at least.
# The tree before "please consider the environment", which is a P in the font that draws it.
_LEAF = re.compile(r"^(?:p |[^\w]+)+")


def footer_start(lines: Sequence[Line], start: int, end: int) -> tuple[int, str]:
    """Return where a disclaimer or a mailing list's footer begins that goes down to `end`, and what it is."""
    for i in range(max(start, end - 40), end):
        text = fold(lines[i].bare)
        if not text:
            continue
        if is_rule(text) and _list_footer(lines, i, end):
            return i, "footer of a mailing list"
        if _LEAF.sub("", text).startswith(tuple(words("confidential"))) and _nothing_but_notice(
            lines, i, end
        ):
            return (i - 1 if i > start and is_rule(lines[i - 1].bare) else i), "disclaimer"
    return _legal_paragraphs(lines, start, end), "disclaimer"


def _legal_paragraphs(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where the last paragraphs begin that only a lawyer writes, whatever their first words; else `end`."""
    found = below = end
    for i in range(end - 1, max(start, end - 40) - 1, -1):
        if lines[i].blank or i == start:
            text = " ".join(line.bare for line in lines[i:below] if not line.blank)
            if text and not _is_legal(text):
                break
            found = i + 1 if text else found
            below = i
    return found if any(not line.blank for line in lines[start:found]) else end


def _is_legal(text: str) -> bool:
    enough = len(text) >= _LEGAL_LENGTH and evidence.legal_words(text) >= _LEGAL_WORDS
    return enough and not evidence.is_one_persons(text) and not text.endswith(("?", "？", "؟"))


def _list_footer(lines: Sequence[Line], i: int, end: int) -> bool:
    below = [line.bare for line in lines[i + 1 : end] if not line.blank]
    return 0 < len(below) <= 8 and any(_FOOTER.search(text) for text in below)


def _nothing_but_notice(lines: Sequence[Line], i: int, end: int) -> bool:
    """Tell whether what stands at `i` is long as lawyers write, or the last line."""
    below = [line.bare for line in lines[i:end] if not line.blank]
    return len(" ".join(below)) > 120 or len(below) == 1
