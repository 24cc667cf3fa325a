"""The marks by which a quotation, a forwarded mail or a signature begins, each recognised at a line.

Every function looks at a few lines only, so reading a mail takes time in proportion to its length.
"""

import re
from collections.abc import Sequence

from integrations.email.newtext import evidence
from integrations.email.newtext.attributions import Intro, attribution
from integrations.email.newtext.lines import Line, next_text, written
from integrations.email.newtext.vocabulary import fold, words

_HEADER_LINES = 24  # The header block of a quoted mail is not longer.
_CONTINUATIONS = 4  # Nor is one of its headers.
_SHORT = 100  # Characters of a line in which a name is expected, not prose.

_RULE = re.compile(r"[-_=*~─━–—﹣－＿·.・＊＝#+]{4,}")
_RULED = re.compile(r"([-_=*~─━–—#>+]{2,})\s*([^\s].{0,90}?)\s*[-_=*~─━–—#<+]{2,}:?")
_HALF_RULED = re.compile(r"[-_=*~─━–—]{4,}\s*([^\s].{0,70}?)\s*")


def is_rule(text: str) -> bool:
    """Tell whether a line is drawn."""
    return _RULE.fullmatch(text.replace(" ", "")) is not None


def introduction(lines: Sequence[Line], i: int) -> Intro | None:
    """Return what begins a quoted mail at line `i`, or None; quotation signs before it do not matter."""
    return separator(lines, i) or header_block(lines, i) or attribution(lines, i)


# Header blocks, with From, Sent, To and Subject.


def header_block(lines: Sequence[Line], i: int) -> Intro | None:
    """Recognise the headers of a quoted mail, below a rule or not."""
    start = i
    if i < len(lines) and is_rule(lines[i].bare):
        start = next_text(lines, i + 1)
    found, end = _headers(lines, start)
    if not _are_headers(found, ruled=start > i):
        return None
    names = ", ".join(name for name in evidence.FIELDS if name in found)
    return Intro(
        end - i, f"header block of a quoted mail ({names})", found.get("sender", ""), found.get("subject", "")
    )


def _headers(lines: Sequence[Line], start: int) -> tuple[dict[str, str], int]:
    """Collect labelled lines from `start` on, with what is folded below them, up to the first other line."""
    found: dict[str, str] = {}
    end, j, folded = start, start, 0
    last = ""
    while j < min(len(lines), start + _HEADER_LINES):
        name, value = evidence.label(lines[j].bare)
        if name and not (name in found and name == "sender"):
            last = name
            found.setdefault(name, value)
            folded, end = 0, j + 1
        elif lines[j].blank:
            following = next_text(lines, j)
            if following > j + 2 or following >= len(lines) or not evidence.label(lines[following].bare)[0]:
                break
            if {"sender", "subject"} <= found.keys() and len(found) >= 4:
                break  # Complete: what follows is the mail, whatever it begins with.
        elif found and folded < _CONTINUATIONS and _is_folded(lines, j):
            folded, end = folded + 1, j + 1
            if not found[last]:
                found[last] = lines[j].bare
            elif last == "sender" and "@" not in found[last]:
                found[last] += f" {lines[j].bare}"
        else:
            break
        j += 1
    return found, end


def _is_folded(lines: Sequence[Line], j: int) -> bool:
    """Tell whether a line continues the header above it: more headers follow, or it holds an address."""
    text = lines[j].bare
    if len(text) > 2 * _SHORT:
        return False
    following = (lines[k] for k in range(j + 1, min(len(lines), j + _CONTINUATIONS)) if not lines[k].blank)
    return evidence.has_address(text) or any(evidence.label(one.bare)[0] for one in following)


def _are_headers(found: dict[str, str], *, ruled: bool) -> bool:
    when = evidence.has_date(found.get("sent", "") + " " + found.get("date", "")) or "sent" in found
    who = evidence.has_address(found.get("sender", ""))
    others = len(found) - 1
    if "sender" not in found:
        return when and "date" in found and evidence.has_address(found.get("to", ""))
    if others >= 2:
        # People who list "from, to, date, subject" of a journey name no address and no time of day.
        by_program = ruled or "sent" in found or who or evidence.has_address(found.get("to", ""))
        timed = evidence.has_time(found.get("date", ""))
        return by_program or (timed and "subject" in found)
    return (
        others == 1 and (who or when or "subject" in found) and (ruled or "sent" in found or (who and when))
    )


# Separators, such as "Original Message" between dashes, and the marks of forwarded mails.


def separator(lines: Sequence[Line], i: int) -> Intro | None:
    """Recognise a line that says "original message" or "reply above this line", with the header block below it."""
    phrase = "" if is_rule(lines[i].bare) else _ruled_phrase(lines[i].bare)
    if not phrase and fold(lines[i].bare.rstrip(": ")) in words("original") and _headers_follow(lines, i + 1):
        phrase = fold(lines[i].bare.rstrip(": "))
    if not phrase:
        return None
    known = any(
        phrase == one or (one in phrase and len(phrase) < len(one) + 25)
        for one in words("original")
        if len(one) > 8
    )
    above = any(one in phrase for one in _REPLY_ABOVE)
    unknown = not (known or above or phrase in words("original"))
    if unknown and (is_forward_mark(lines, i) or not _headers_follow(lines, i + 1)):
        return None
    below = header_block(lines, next_text(lines, i + 1))
    size = next_text(lines, i + 1) - i + below.size if below else 1
    named = f"separator “{lines[i].bare.strip('-_=*~ ')}”"
    return Intro(size, named, below.sender if below else "", below.subject if below else "")


_REPLY_ABOVE = (
    "above this line",
    "oberhalb dieser",
    "über dieser zeile",
    "au-dessus de cette ligne",
    "por encima de esta línea",
    "acima desta linha",
    "sopra questa riga",
    "boven deze regel",
    "over denne linje",
    "ovanför den här raden",
    "powyżej tej linii",
    "выше этой строки",
)


def _ruled_phrase(text: str) -> str:
    found = _RULED.fullmatch(text) if len(text) < 160 else None
    found_phrase = found[2] if found else ""
    if not found and len(text) < 120 and (half := _HALF_RULED.fullmatch(text)):
        found_phrase = half[1]
    return fold(found_phrase.strip(" :#-"))


def _headers_follow(lines: Sequence[Line], i: int) -> bool:
    following = next_text(lines, i)
    return following < len(lines) and header_block(lines, following) is not None


def is_forward_mark(lines: Sequence[Line], i: int) -> bool:
    """Tell whether a forwarded mail begins with line `i`: it says so, and a mail or its headers follow."""
    text = lines[i].bare
    phrase = _ruled_phrase(text)
    if not phrase and not (len(text) <= _SHORT and text.endswith((":", "："))):
        return False
    said = phrase or fold(text)
    if not any(one in said for one in words("forwarded")):
        return False
    return (bool(phrase) and len(said.split()) <= 6) or _labelled_soon(lines, i + 1)


def _labelled_soon(lines: Sequence[Line], i: int) -> bool:
    following = next_text(lines, i)
    return following < len(lines) and bool(evidence.label(lines[following].bare)[0])


def forwarded_header(lines: Sequence[Line], i: int) -> Intro | None:
    """Return the header block or attribution of the mail that the mark in line `i` announces."""
    for j in written(lines, i + 1, 3):
        found, end = _headers(lines, j)
        if "sender" in found:
            return Intro(end - i, "forwarded", found["sender"], found.get("subject", ""))
        if intro := attribution(lines, j):
            return Intro(j - i + intro.size, "forwarded", intro.sender)
    return None
