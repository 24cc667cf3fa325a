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
    r"\.?\s?[:：.|+(]|https?://|www\.|\+\d{2}|\(\d{2,5}\)\s?\d|〒|\d{3,}[-/ ]\d{3,}|"
    r"(?<!\d)0\d[\d ./-]{5,20}\d|@[\w-]+\.\w)",
    re.IGNORECASE,
)
_BARS = re.compile(r"\S\s*[|•·｜]\s*\S")
_FOOTER = re.compile(
    r"mailing list|mailman|unsubscribe|abmelden|désabonner|listinfo|reply to this email directly|view it on|"
    r"you (?:received|are receiving) this|google groups",
    re.IGNORECASE,
)
_PARTICLES = frozenset("de da do dos du van von der den di la le el al bin".split())
_ABBREVIATED_END = re.compile(r"(?:\b(?:inc|ltd|co|corp|llc|bros|ave|str|jr|sr)|\b\w\.\w)\.$", re.IGNORECASE)
_LEAF = re.compile(
    r"^(?:p |[^\w]+)+"
)  # The tree before "please consider the environment", a P in the font that draws it.
_LINK = re.compile(r"[<\[(]?https?://\S+")
_SYSTEMS = frozenset({"ios", "android", "mac", "windows"})
_ADVERT_WORDS = 6
_SENTENCE_END = re.compile(r"[.!?…。！？؟]$")


def device_line(lines: Sequence[Line], i: int) -> bool:
    """Tell whether line `i` says from what the mail was sent ("Sent from my iPhone"), and nothing else."""
    said, phrase, rest = _sent_with(lines[i].bare)
    if not phrase or not _stands_apart(lines, i):
        return False
    if _names_brand(rest):
        return True
    return _is_last(lines, i) and (_names_device(rest) or _is_own_thing(said, phrase, rest))


def _sent_with(text: str) -> tuple[str, str, list[str]]:
    """Return a line's words, those of them for "sent from", and the rest; of any other line no words for "sent"."""
    if not 3 < len(text) <= 160 or text.endswith(("?", ":", "？")):
        return "", "", []
    said = _without_excuse(fold(_LINK.sub("", text)).strip(" .-–—_>)]*"))
    phrase = _sent_phrase(said)
    rest = said.replace(phrase, " ", 1).split()
    if len(rest) > 10 or evidence.in_first_person(said):
        return "", "", []
    if not phrase and len(rest) <= _ADVERT_WORDS and "outlook" in rest and not _SYSTEMS.isdisjoint(rest):
        phrase = "outlook"  # "Outlook for Android", in whatever language.
    return said, phrase, rest


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
    """Tell whether nothing of the writer's follows; programs may have put a second line like this one below it."""
    following = next_text(lines, i + 1)
    if following < len(lines):
        _, phrase, rest = _sent_with(lines[following].bare)
        if phrase and _names_brand(rest):
            following = next_text(lines, following + 1)
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
        else is_name or _CONTACT.search(below[0]) is not None or _BARS.search(below[0]) is not None
    )


def _is_sentence(text: str) -> bool:
    """Tell whether a line is a sentence; "Head of Sales | Acme Inc." is none."""
    ends = _SENTENCE_END.search(text) is not None and _ABBREVIATED_END.search(text) is None
    return ends and len(text.split()) >= 6 and _BARS.search(text) is None


def dashed_name(lines: Sequence[Line], i: int) -> bool:
    """Tell whether the last line is a name behind a dash: "-ada", "/Ada"."""
    text = lines[i].text.strip()
    return len(text) <= 40 and _DASHED_NAME.fullmatch(text) is not None


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
    printed = any(map(_BARS.search, card))
    return paragraph if printed and _are_short(card) and _contacts(card) >= 2 else end


def _contacts(texts: Sequence[str]) -> int:
    """Count the ways to reach somebody."""
    return sum(len(_CONTACT.findall(text)) for text in texts)


def _are_short(texts: Sequence[str]) -> bool:
    """Tell whether lines are as those of a card: no sentences, no questions."""
    return not any(_is_sentence(text) or len(text) > 100 or text.endswith("?") for text in texts)


def _may_be_name(text: str) -> bool:
    return not _CONTACT.search(text) and len(text.split()) <= 6


def is_person(text: str) -> bool:
    """Tell whether a text may be nothing but a name: up to four words, with capitals where there are any."""
    parts = text.split()
    return (
        0 < len(parts) <= 4
        and not re.search(r"[\d:@!?;]", text)
        and all(word[0].isalpha() and (not word[0].islower() or word in _PARTICLES) for word in parts)
    )


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
