"""What ends a mail and is not part of what its writer says: signatures below a delimiter, and devices."""

import re
from collections.abc import Sequence
from functools import cache

from integrations.email.newtext import evidence
from integrations.email.newtext.cards import BARS, CONTACT, is_closing, is_sentence
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
_LINK = re.compile(r"[<\[(]?https?://\S+")
_SYSTEMS = frozenset({"ios", "android", "mac", "windows"})
_ADVERT_WORDS = 6
_LONGEST_DEVICE = 14  # Words, with those of the network.


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
    if len(rest) > _LONGEST_DEVICE or evidence.in_first_person(said):
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
    prose = sum(len(text) > _LONG or is_sentence(text) for text in below)
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
        else is_name or CONTACT.search(below[0]) is not None or BARS.search(below[0]) is not None
    )


def dashed_name(lines: Sequence[Line], i: int) -> bool:
    """Tell whether the last line is a name behind a dash: "-ada", "/Ada"."""
    text = lines[i].text.strip()
    return len(text) <= 40 and _DASHED_NAME.fullmatch(text) is not None


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
