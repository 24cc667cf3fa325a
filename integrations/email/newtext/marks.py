"""The marks by which a quotation, a forwarded mail or a signature begins, each recognised at a line.

Every function looks at a few lines only, so reading a mail takes time in proportion to its length.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.email.newtext import evidence
from integrations.email.newtext.lines import LONGEST_MARK, Line, bare, next_text, written
from integrations.email.newtext.vocabulary import fold, words

_WRAPPED_LINES = 5  # Over so many lines programs wrap "On … wrote:".
_HEADER_LINES = 24  # The header block of a quoted mail is not longer.
_CONTINUATIONS = 4  # Nor is one of its headers.
_SHORT = 100  # Characters of a line in which a name is expected, not prose.

_RULE = re.compile(r"[-_=*~─━–—﹣－＿·.・＊＝#+]{4,}")
_RULED = re.compile(r"([-_=*~─━–—#>+]{2,})\s*([^\s].{0,90}?)\s*[-_=*~─━–—#<+]{2,}:?")
_HALF_RULED = re.compile(r"[-_=*~─━–—]{4,}\s*([^\s].{0,70}?)\s*")
_BRACKETED = re.compile(r"[<\[(][^<>()\[\]]{0,80}@[^<>()\[\]]{1,100}[>\])]")
_INNER_ON = re.compile(r"(?<=\S)(?:\s*-{2,}\s*|\s+)(?=\w+[ ,]+\w+[., ])")


@dataclass(frozen=True)
class Intro:
    """What introduces a quoted or forwarded mail: the lines it takes, and in words what it is."""

    size: int
    what: str
    sender: str = ""  # As it stands there: a name, an address or both.
    subject: str = ""


def is_rule(text: str) -> bool:
    """Tell whether a line is drawn."""
    return _RULE.fullmatch(text.replace(" ", "")) is not None


def introduction(lines: Sequence[Line], i: int) -> Intro | None:
    """Return what begins a quoted mail at line `i`, or None; quotation signs before it do not matter."""
    return separator(lines, i) or header_block(lines, i) or attribution(lines, i)


# Attributions, such as "On Monday, 2 November 2026, Ada <ada@b.example> wrote" and a colon.


def attribution(lines: Sequence[Line], i: int) -> Intro | None:
    """Recognise an attribution that begins at line `i` and may be wrapped."""
    found = _attribution_size(lines, i)
    if not found or (found[0] > 1 and not _belongs(lines[i].bare) and _attribution_size(lines, i + 1)):
        return None
    size, joined = found
    shown = joined if len(joined) <= 60 else f"{joined[:40]} … {joined[-16:]}"
    return Intro(size, f"attribution “{shown}”", joined)


def _belongs(text: str) -> bool:
    """Tell whether a line above an attribution is its beginning, not the writer's last words."""
    return _begins(text) or ("@" in text and "<" in text) or evidence.says_wrote(text)


def _attribution_size(lines: Sequence[Line], i: int) -> tuple[int, str] | None:
    if i >= len(lines) or not _may_begin(lines[i].bare):
        return None
    joined, used = "", 0
    for j in _wrapped(lines, i):
        joined = f"{joined} {lines[j].bare}".strip()
        used = j - i + 1
        if len(joined) > LONGEST_MARK:
            return None
        if _is_attribution(joined, lines, i + used):
            return used, joined
    return None


def _wrapped(lines: Sequence[Line], i: int) -> list[int]:
    """Return the lines over which an attribution may go; a blank one only before the address."""
    taken: list[int] = []
    j = i
    while j < len(lines) and len(taken) < _WRAPPED_LINES and lines[j].depth == lines[i].depth:
        if lines[j].blank:
            j = next_text(lines, j)
            if j - i > _WRAPPED_LINES or j >= len(lines) or not lines[j].bare.startswith("<"):
                break
        taken.append(j)
        j += 1
    return taken


def _begins(text: str) -> bool:
    return evidence.begins_with_on(text) or evidence.begins_with_date(text)


def _may_begin(text: str) -> bool:
    if not text or len(text) > LONGEST_MARK:
        return False
    core = text.strip("-_=*~ ")
    return (
        _begins(core)
        or "@" in text
        or "<" in text
        or evidence.says_wrote(core)
        or (len(core) < _SHORT and evidence.has_date(core))
    )


@dataclass(frozen=True)
class _Signs:
    """What speaks for an attribution: it ends with a colon or between dashes, names a date, a person, "wrote"."""

    text: str
    ends: bool
    ruled: bool
    when: bool
    who: bool
    wrote: bool

    @property
    def begins(self) -> bool:
        return _begins(self.text)

    @property
    def timed(self) -> bool:
        return self.when and evidence.has_time(self.text)

    @property
    def in_brackets(self) -> bool:
        """Programs put addresses in brackets; people seldom do."""
        return self.who and _BRACKETED.search(self.text) is not None


def _is_attribution(text: str, lines: Sequence[Line], after: int) -> bool:
    """Weigh what stands in the text and what follows it."""
    core = text.strip("-_=*~ ")
    ruled = text.startswith("--") and text.endswith("--")
    if evidence.label(core)[0]:  # "From: a@b.example 10:" is a header.
        return False
    signs = _Signs(
        text=core,
        ends=ruled or core.endswith((":", "：")),
        ruled=ruled,
        when=evidence.has_date(core),
        who=evidence.has_address(core),
        wrote=evidence.says_wrote(core),
    )
    following = next_text(lines, after)
    marked = following < len(lines) and (lines[following].depth > 0 or lines[following].indented)
    return _above_marked(signs) if marked else _above_anything(signs)


def _above_marked(signs: _Signs) -> bool:
    """Decide above lines that are marked as quoted: little evidence is needed."""
    short = len(signs.text) <= _SHORT
    if not signs.ends:
        return signs.when and signs.begins and (signs.who or signs.wrote) and len(signs.text) <= 2 * _SHORT
    by_program = signs.timed and not evidence.in_first_person(signs.text)
    return (
        (signs.wrote and (short or signs.when or signs.who))
        or (signs.when and (signs.who or (short and (signs.begins or by_program))))
        or (evidence.says_sent(signs.text) and (signs.who or by_program or len(signs.text) <= _SHORT // 2))
    )


def _above_anything(signs: _Signs) -> bool:
    """Decide above lines that bear no mark: everything below would be folded, so only what programs write counts."""
    if not signs.ends or (evidence.in_first_person(signs.text) and not signs.in_brackets):
        return False
    return (
        (signs.when and signs.who and (signs.in_brackets or signs.begins))
        or (signs.wrote and signs.in_brackets)
        or (signs.wrote and signs.begins and (signs.timed or signs.text.count(",") > 1))
        or (signs.ruled and signs.wrote)
    )


def attribution_inside(line: Line, following: Line | None) -> int:
    """Return where in the text an attribution begins behind the writer's own words, or 0 if none does."""
    text = line.text
    if line.depth or following is None or not following.depth or len(text) > LONGEST_MARK:
        return 0
    if not text.rstrip().endswith((":", "：")) or not evidence.says_wrote(text) or _begins(bare(text)):
        return 0
    for gap in _INNER_ON.finditer(text):
        rest = text[gap.end() :]
        if evidence.begins_with_on(rest) and evidence.has_date(rest):
            return gap.start()
    return 0


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
        return "subject" in found or who or "sent" in found
    return (
        others == 1 and (who or when or "subject" in found) and (ruled or "sent" in found or (who and when))
    )


# Separators, such as "Original Message" between dashes, and the marks of forwarded mails.


def separator(lines: Sequence[Line], i: int) -> Intro | None:
    """Recognise a line that says "original message" or "reply above this line", with the header block below it."""
    phrase = _ruled_phrase(lines[i].bare)
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
