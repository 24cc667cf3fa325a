"""Visiting cards: who the writer is, below a closing and a name, between rules, or by itself."""

import re
from collections.abc import Sequence

from integrations.email.newtext.lines import Line, next_text
from integrations.email.newtext.marks import is_rule
from integrations.email.newtext.vocabulary import fold, words

CONTACT = re.compile(
    r"(?:\b(?:tel|phone|fon|fax|mobil|mobile|cell|handy|office|direct|t|m|f|p|e|w|tlf|puh|тел|tél|móvil|gsm|電話|电话|"
    r"手机|传真|携帯|전화|휴대폰|هاتف|טלפון|telefon|telefoon|telefono|teléfono|telefone|e-?mail|web|www|skype|邮箱|ust|vat)\b"
    r"\.?\s?[:：.|+(]|https?://|www\.|\+\d{2}|\(\d{2,5}\)\s?\d|〒|\d{3,}[-/ ]\d{3,}|"
    r"(?<!\d)0\d[\d ./-]{5,20}\d|@[\w-]+\.\w)",
    re.IGNORECASE,
)
BARS = re.compile(r"\S\s*[|•·｜]\s*\S")
_PARTICLES = frozenset("de da do dos du van von der den di la le el al bin".split())
_SENTENCE_END = re.compile(r"[.!?…。！？؟]$")
_ABBREVIATED_END = re.compile(r"(?:\b(?:inc|ltd|co|corp|llc|bros|ave|str|jr|sr)|\b\w\.\w)\.$", re.IGNORECASE)


def is_closing(text: str) -> bool:
    """Tell whether a line closes a letter: "Kind regards," and nothing else."""
    return len(text) <= 80 and fold(text).strip(" ,.!，。、-–—*:;") in words("closing")


def contact_block(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where lines about who the writer is begin, in the form of a visiting card; `end` if there are none.

    The card goes down to `end`: short lines, no sentences, ways to reach somebody. It stands behind a closing and a
    name, which are still what the writer says, or by itself.
    """
    last = max((i for i in range(max(start, end - 16), end) if _closes(lines[i].bare)), default=-1)
    if last < 0:
        return _card_alone(lines, start, end)
    name = last if not is_closing(lines[last].bare) else next_text(lines, last + 1)
    card = next_text(lines, name + 1)
    below = [line.bare for line in lines[card:end] if not line.blank]
    if len(below) < 2 or not _are_short(below) or (name > last and not _may_be_name(lines[name].bare)):
        return end
    return card if _contacts(below) >= 2 else end


def _closes(text: str) -> bool:
    """Tell whether a line is a closing, or one with a name behind it: "Thanks, Tom"."""
    if is_closing(text):
        return True
    closing, _, name = text.partition(",")
    return bool(name) and is_closing(closing) and is_person(name.strip())


def _card_alone(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where a card begins that is the last paragraph, below no closing; `end` if there is none.

    People write their address and number too when they are asked for them. So it takes what they leave out: bars
    between the pieces, below a line with nothing but a name.
    """
    paragraph = end
    for i in range(end - 1, max(start, end - 12) - 1, -1):
        if lines[i].blank and next_text(lines, i) < end:
            paragraph = i + 1
            break
    card = [line.bare for line in lines[paragraph:end] if not line.blank]
    above = [line.bare for line in lines[max(start, paragraph - 3) : paragraph] if not line.blank]
    if (
        len(card) < 3
        or not above
        or above[-1].endswith((":", "："))
        or not is_person(card[0].split("|")[0].strip())
    ):
        return end
    printed = any(map(BARS.search, card))
    return paragraph if printed and _are_short(card) and _contacts(card) >= 2 else end


def _contacts(texts: Sequence[str]) -> int:
    """Count the ways to reach somebody."""
    return sum(len(CONTACT.findall(text)) for text in texts)


def _are_short(texts: Sequence[str]) -> bool:
    """Tell whether lines are as those of a card: no sentences, no questions."""
    return not any(is_sentence(text) or len(text) > 100 or text.endswith("?") for text in texts)


def _may_be_name(text: str) -> bool:
    return not CONTACT.search(text) and len(text.split()) <= 6


def is_person(text: str) -> bool:
    """Tell whether a text may be nothing but a name: up to four words, with capitals where there are any."""
    parts = text.split()
    return (
        0 < len(parts) <= 4
        and not re.search(r"[\d:@!?;]", text)
        and all(word[0].isalpha() and (not word[0].islower() or word in _PARTICLES) for word in parts)
    )


def card_between_rules(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where a visiting card below a drawn line begins, as in Japan; `end` if there is none."""
    for i in range(max(start, end - 14), end):
        if is_rule(lines[i].bare) and len(lines[i].bare) >= 5 and i > start:
            below = [line.bare for line in lines[i + 1 : end] if not line.blank and not is_rule(line.bare)]
            contacts = sum(CONTACT.search(text) is not None for text in below)
            if 2 <= len(below) <= 10 and contacts and not any(map(is_sentence, below)):
                return i
            return end
    return end


def is_sentence(text: str) -> bool:
    """Tell whether a line is a sentence; "Head of Sales | Acme Inc." is none."""
    ends = _SENTENCE_END.search(text) is not None and _ABBREVIATED_END.search(text) is None
    return ends and len(text.split()) >= 6 and BARS.search(text) is None
