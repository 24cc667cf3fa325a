"""What ends a mail and is not part of what its writer says: signatures, devices, disclaimers, footers."""

import re
from collections.abc import Sequence
from functools import cache

from integrations.email.newtext import evidence
from integrations.email.newtext.lines import Line, next_text
from integrations.email.newtext.marks import introduction, is_rule
from integrations.email.newtext.vocabulary import (
    BRANDS,
    DEVICES,
    EXCUSES,
    MY_OWN,
    UNSPACED_DEVICES,
    fold,
    words,
)

_SIGNATURE_LINES = 14  # More below a "--" is not a signature but text below a line.
_SIGNATURE_PROSE = 5  # So many long lines neither.
_LONG = 90
_LONGEST_NOTE = 160  # Characters of "FYI, see below".

_DELIMITER = re.compile(r"(?:---?|—|––|—-|-—|__)")
_DASHED_NAME = re.compile(r"[-–—/]{1,3} ?[^\W\d_][\w.'’]*(?:[ -][^\W\d_][\w.'’]*){0,2}")
_CONTACT = re.compile(
    r"(?:\b(?:tel|phone|fon|fax|mobil|mobile|cell|handy|office|direct|t|m|f|p|e|w|tlf|puh|тел|tél|móvil|gsm|電話|电话|"
    r"手机|传真|携帯|전화|휴대폰|هاتف|טלפון|telefon|telefoon|telefono|teléfono|telefone|e-?mail|web|www|skype|邮箱|ust|vat)\b"
    r"\.?\s?[:：.|+(]|https?://|www\.|\+\d{2}|\(\d{2,5}\)\s?\d|〒|\d{3,}[-/ ]\d{3,}|@[\w-]+\.\w)",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"mailing list|mailman|unsubscribe|abmelden|désabonner|listinfo|reply to this email directly|view it on|"
    r"you (?:received|are receiving) this|google groups",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？؟]$")


def device_line(lines: Sequence[Line], i: int) -> bool:
    """Tell whether line `i` says from what the mail was sent ("Sent from my iPhone"), and nothing else."""
    text = lines[i].bare
    if not 3 < len(text) <= 160 or text.endswith(("?", ":", "？")):
        return False
    said = _without_excuse(fold(re.sub(r"[<\[(]?https?://\S+", "", text)).strip(" .-–—_>)]*"))
    phrase = _sent_phrase(said)
    rest = said.replace(phrase, " ", 1).split()
    if not phrase or len(rest) > 10 or evidence.in_first_person(said) or not _stands_apart(lines, i):
        return False
    if _names_brand(rest):
        return True
    return _is_last(lines, i) and (_names_device(rest) or _is_own_thing(said, phrase, rest))


def _without_excuse(said: str) -> str:
    """Drop ", please excuse typos"."""
    before, _, after = said.partition(",")
    return before if any(word in after for word in EXCUSES) else said


def _sent_phrase(said: str) -> str:
    """Return the words for "sent from": at the beginning, or in some languages at the end."""
    known = _sent_phrases()
    if not said.startswith(known) and not said.endswith(known):
        return (
            next((one for one in known if not one.isascii() and one in said), "")
            if not said.isascii()
            else ""
        )
    return max((one for one in known if said.startswith(one) or said.endswith(one)), key=len)


@cache
def _sent_phrases() -> tuple[str, ...]:
    return tuple(words("sent_from"))


def _names_brand(rest: list[str]) -> bool:
    said = " ".join(rest)
    return any(one in said for one in BRANDS) or any(one in said for one in UNSPACED_DEVICES)


def _names_device(rest: list[str]) -> bool:
    said = " ".join(rest)
    prose = re.search(r"[,;!] ?\w+ \w+ \w+", said)
    return prose is None and not DEVICES.isdisjoint(re.split(r"[\s,()'’-]+", said))


def _is_own_thing(said: str, phrase: str, rest: list[str]) -> bool:
    if not rest:
        return len(phrase.split()) > 2
    return not MY_OWN.isdisjoint(said.split()) and len(said.split()) <= 8 and "," not in said


def _stands_apart(lines: Sequence[Line], i: int) -> bool:
    """Tell whether line `i` is a paragraph, or the last line."""
    alone = (i == 0 or lines[i - 1].blank) and (i + 1 >= len(lines) or lines[i + 1].blank)
    return alone or _is_last(lines, i)


def _is_last(lines: Sequence[Line], i: int) -> bool:
    following = next_text(lines, i + 1)
    if following >= len(lines) or lines[following].depth:
        return True
    return is_rule(lines[following].bare) or introduction(lines, following) is not None


def signature_end(lines: Sequence[Line], i: int, end: int) -> int:
    """Return where the signature below a delimiter in line `i` ends, or `i` if there is none; `end` bounds it."""
    if not _DELIMITER.fullmatch(lines[i].text.strip()):
        return i
    below = [line.bare for line in lines[i + 1 : end] if not line.blank]
    prose = sum(len(text) > _LONG or _is_sentence(text) for text in below)
    if len(below) > _SIGNATURE_LINES or prose > _SIGNATURE_PROSE:
        return i
    # Programs write "-- "; people who draw a line below their text write no blank, and data or questions below it.
    return end if lines[i].text == "-- " or _begins_like_card(lines[i].text.strip(), below) else i


def _begins_like_card(delimiter: str, below: Sequence[str]) -> bool:
    if not below or any(re.search("[?？؟]", text) and len(text.split()) > 4 for text in below):
        return not below
    if len(below) == 1 and is_closing(below[0]):
        return False
    is_name = len(below[0].split()) <= 4 and not re.search(r"[:：\d]", below[0])
    return (
        is_name and len(below) <= 6
        if delimiter == "---"
        else is_name or _CONTACT.search(below[0]) is not None
    )


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 6 and _SENTENCE_END.search(text) is not None


def dashed_name(lines: Sequence[Line], i: int) -> bool:
    """Tell whether the last line is a name behind a dash: "-ada", "/Ada"."""
    text = lines[i].text.strip()
    return len(text) <= 40 and _DASHED_NAME.fullmatch(text) is not None


def is_closing(text: str) -> bool:
    """Tell whether a line closes a letter: "Kind regards," and nothing else."""
    return len(text) <= 80 and fold(text).strip(" ,.!，。、-–—*:;") in words("closing")


def contact_block(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where, behind a closing and a name, lines about who the writer is begin; `end` if there are none.

    They must have the form of a visiting card down to `end`: short lines, no sentences, and a way to reach somebody.
    """
    last = max((i for i in range(max(start, end - 16), end) if is_closing(lines[i].bare)), default=-1)
    if last < 0:
        return end
    name = next_text(lines, last + 1)
    card = next_text(lines, name + 1)
    below = [line.bare for line in lines[card:end] if not line.blank]
    if len(below) < 2 or any(_is_sentence(text) or len(text) > 100 or text.endswith("?") for text in below):
        return end
    if _CONTACT.search(lines[name].bare) or len(lines[name].bare.split()) > 6:
        return end
    return card if sum(_CONTACT.search(text) is not None for text in below) >= 2 else end


def footer_start(lines: Sequence[Line], start: int, end: int) -> tuple[int, str]:
    """Return where a disclaimer or a mailing list's footer begins that goes down to `end`, and what it is."""
    for i in range(max(start, end - 40), end):
        text = fold(lines[i].bare)
        if not text:
            continue
        if is_rule(text) and _list_footer(lines, i, end):
            return i, "footer of a mailing list"
        if text.startswith(tuple(words("confidential"))) and _nothing_but_notice(lines, i, end):
            return (i - 1 if i > start and is_rule(lines[i - 1].bare) else i), "disclaimer"
    return end, ""


def _list_footer(lines: Sequence[Line], i: int, end: int) -> bool:
    below = [line.bare for line in lines[i + 1 : end] if not line.blank]
    return 0 < len(below) <= 8 and any(_FOOTER.search(text) for text in below)


def _nothing_but_notice(lines: Sequence[Line], i: int, end: int) -> bool:
    """Tell whether what stands at `i` is long as lawyers write, or the last line."""
    below = [line.bare for line in lines[i:end] if not line.blank]
    return len(" ".join(below)) > 120 or len(below) == 1


def card_between_rules(lines: Sequence[Line], start: int, end: int) -> int:
    """Return where a visiting card below a drawn line begins, as in Japan; `end` if there is none."""
    for i in range(max(start, end - 14), end):
        if is_rule(lines[i].bare) and len(lines[i].bare) >= 5 and i > start:
            below = [line.bare for line in lines[i + 1 : end] if not line.blank and not is_rule(line.bare)]
            contacts = sum(_CONTACT.search(text) is not None for text in below)
            if 2 <= len(below) <= 10 and contacts and not any(map(_is_sentence, below)):
                return i
            return end
    return end


def mentions_below(text: str) -> bool:
    """Tell whether a short text hands on what is below it: "FYI", "see my answers below"."""
    said = " ".join(fold(text).split())
    return any(_stands_in(one, said) for one in words("see_below")) if len(said) <= _LONGEST_NOTE else False


def _stands_in(phrase: str, said: str) -> bool:
    at = said.find(phrase)
    if at < 0:
        return False
    if not phrase.isascii() and not evidence.tokens(phrase):
        return True
    before, after = said[at - 1 : at], said[at + len(phrase) : at + len(phrase) + 1]
    return not before.isalpha() and (not after.isalpha() or not phrase[-1].isascii())
