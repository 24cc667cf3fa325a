"""Attributions, such as "On Monday, 2 November 2026, Ada <ada@b.example> wrote" and a colon, in any language.

What programs write is told from what people write by how much of it there is: a date, a person, a word for writing, a
colon, brackets. Above lines that are marked as quoted little is needed; above others all below would be folded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.email.newtext import evidence
from integrations.email.newtext.lines import LONGEST_MARK, Line, bare, next_text

_WRAPPED_LINES = 5  # Over so many lines programs wrap "On … wrote:".
_SHORT = 100  # Characters of a line in which a name is expected, not prose.

_BRACKETED = re.compile(r"[<\[(][^<>()\[\]]{0,80}@[^<>()\[\]]{1,100}[>\])]")
_COLON_INSIDE = re.compile(r"[:：](?=\s+\S)")
_INNER_ON = re.compile(r"(?<=\S)(?:\s*-{2,}\s*|\s+)(?=\w+[ ,]+\w+[., ])")


@dataclass(frozen=True)
class Intro:
    """What introduces a quoted or forwarded mail: the lines it takes, and in words what it is."""

    size: int
    what: str
    sender: str = ""  # As it stands there: a name, an address or both.
    subject: str = ""


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


def _signs(text: str) -> _Signs:
    core = text.strip("-_=*~ ")
    ruled = text.startswith("--") and text.endswith("--")
    return _Signs(
        text=core,
        ends=ruled or core.endswith((":", "：")),
        ruled=ruled,
        when=evidence.has_date(core),
        who=evidence.has_address(core),
        wrote=evidence.says_wrote(core),
    )


def _is_attribution(text: str, lines: Sequence[Line], after: int) -> bool:
    """Weigh what stands in the text and what follows it."""
    signs = _signs(text)
    if evidence.label(signs.text)[0]:  # "From: a@b.example 10:" is a header.
        return False
    following = next_text(lines, after)
    marked = following < len(lines) and (lines[following].depth > 0 or lines[following].indented)
    return _above_marked(signs) if marked else _above_anything(signs)


def _above_marked(signs: _Signs) -> bool:
    """Decide above lines that are marked as quoted: little evidence is needed."""
    short = len(signs.text) <= _SHORT
    if not signs.ends:
        return signs.when and signs.begins and (signs.who or signs.wrote) and len(signs.text) <= 2 * _SHORT
    by_program = signs.timed and not evidence.in_first_person(signs.text)
    if signs.in_brackets and evidence.has_time(signs.text):
        return True  # In whatever language the rest is.
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
        or (signs.in_brackets and evidence.has_time_and_year(signs.text))
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


def attribution_before(line: Line) -> int:
    """Return where in the text an attribution ends that the quoted words follow in the same line, or 0."""
    text = line.text[:LONGEST_MARK]
    if line.depth or "@" not in text or not _begins(bare(text)) or not evidence.says_wrote(text):
        return 0
    for colon in _COLON_INSIDE.finditer(text):
        head = bare(text[: colon.start() + 1])
        signs = _signs(head)
        if signs.in_brackets and signs.wrote and signs.timed and _above_anything(signs):
            return colon.start() + 1
    return 0
