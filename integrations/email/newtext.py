"""A first, modest split of a mail's text into what is new and what is quoted.

It knows attribution lines, quoted lines, the header blocks of some mail programs and signatures. When in doubt
text counts as new: a quotation too much costs a glance, a customer's sentence too few costs the answer.
"""

import re

_LONGEST_MARK = 400  # Characters; a longer line is prose, whatever it begins with.
_SIGNATURE_LINES = 12  # More below a "--" is not a signature but text below a line.

_ATTRIBUTION_END = re.compile(
    r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|napisał\(?a?\)?|kirjoitti)\s*:\s*$"
    r"|schrieb .{1,200}:\s*$|schreef .{1,200}:\s*$|skrev .{1,200}:\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_START = re.compile(
    r"^(?:(?:on|am|le|el|il|op|den|em|w dniu|dnia)\b|\d{1,4}[-./ ]\d{1,2}|.{1,80}<[^<>\s]+@[^<>\s]+>)",
    re.IGNORECASE,
)
_WHEN_OR_WHO = re.compile(r"[\d@]")
_SEPARATOR = re.compile(
    r"^[-_ ]{2,}\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht"
    r"|message d'origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht"
    r"|original meddelelse|ursprungligt meddelande|mensagem original|reply above this line.*)\s*[-_ ]*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^(?:[-_ ]{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado"
    r"|messaggio inoltrato|doorgestuurd bericht)|begin forwarded message:)",
    re.IGNORECASE,
)
_BLOCK_FROM = re.compile(r"^\W{0,3}(?:from|von|de|da|van|från|fra|od)\W{0,3}:\W{0,3}\s?\S", re.IGNORECASE)
_BLOCK_SENT = re.compile(
    r"^\W{0,3}(?:sent|date|gesendet|datum|envoyé|enviado(?: el)?|inviato|data|verzonden|skickat|sendt|wysłano)"
    r"\W{0,3}:",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[_-]{10,}\s*$")
_SIGNATURE = re.compile(r"^--\s?$")
_DEVICE = re.compile(
    r"^(?:sent from my|sent from (?:outlook|mail) for|get outlook for|von meinem .{1,40} gesendet"
    r"|envoyé de mon|enviado desde mi|inviato da(?:l mio)?)\b[^.,!?]{0,60}\.?$",
    re.IGNORECASE,
)


class _Lines(list[str]):
    """The lines of a mail, remembering which of them begin a quotation: finding out takes a while."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self._known: dict[int, bool] = {}

    def begins_quotation(self, i: int) -> bool:
        """Tell whether line `i` quotes, or introduces a quotation."""
        if i not in self._known:
            line = _line(self, i)
            self._known[i] = line.startswith(">") or bool(
                line and (_SEPARATOR.match(line) or _attribution(self, i) or _begins_block(self, i))
            )
        return self._known[i]


def split_reply(text: str) -> tuple[str, str]:
    """Split into (new, quoted). `new` is empty only if `text` is blank: a mail of quotations counts as new."""
    lines = _Lines(text.split("\n"))
    kept: list[str] = []
    quoted: list[str] = []
    i = 0
    while i < len(lines):
        if _FORWARDED.match(_line(lines, i)):
            kept += lines[i:]
            break
        if _ends_here(lines, i):
            quoted += lines[i:]
            break
        size = _quoted_lines(lines, i)
        (quoted if size else kept).extend(lines[i : i + max(size, 1)])
        i += max(size, 1)
    new = "\n".join(kept).strip()
    return (new, "\n".join(quoted).strip()) if new else (text.strip(), "")


def _ends_here(lines: _Lines, i: int) -> bool:
    """Tell whether nothing new follows from line `i` on."""
    line = _line(lines, i)
    if _SEPARATOR.match(line) or _begins_block(lines, i) or _begins_signature(lines, i):
        return True
    if _RULE.match(line):
        return _begins_block(lines, _next_text(lines, i + 1))
    if size := _attribution(lines, i):
        return not _line(lines, _next_text(lines, i + size)).startswith(">")
    return bool(_DEVICE.match(line)) and _is_last_word(lines, i)


def _quoted_lines(lines: list[str], i: int) -> int:
    """Count the lines from `i` on that are quoted, with new text possibly following them."""
    return 1 if _line(lines, i).startswith(">") else _attribution(lines, i)


def _attribution(lines: list[str], i: int) -> int:
    """Count the lines of an "On … wrote:" that begins at line `i`; mail programs wrap it over up to three."""
    if not _ATTRIBUTION_START.match(_line(lines, i)):
        return 0
    joined = ""
    for size in range(1, 4):
        line = _line(lines, i + size - 1)
        joined = f"{joined} {line}".strip()
        if not line or len(joined) > _LONGEST_MARK:
            return 0
        if _ATTRIBUTION_END.search(joined):
            return size if _WHEN_OR_WHO.search(joined) else 0
    return 0


def _begins_block(lines: list[str], i: int) -> bool:
    """Tell whether the header block of a quoted mail begins here: "From: …", then "Sent: …"."""
    if not _BLOCK_FROM.match(_line(lines, i)):
        return False
    return any(_BLOCK_SENT.match(_line(lines, j)) for j in range(i + 1, i + 4))


def _begins_signature(lines: _Lines, i: int) -> bool:
    if not _SIGNATURE.match(_line(lines, i)):
        return False
    below = 0
    for j in range(i + 1, len(lines)):
        below += bool(lines[j].strip())
        if below > _SIGNATURE_LINES:
            return False
        if lines.begins_quotation(j):
            break
    return True


def _is_last_word(lines: _Lines, i: int) -> bool:
    following = _next_text(lines, i + 1)
    return following >= len(lines) or lines.begins_quotation(following)


def _next_text(lines: list[str], i: int) -> int:
    while i < len(lines) and not lines[i].strip():
        i += 1
    return i


def _line(lines: list[str], i: int) -> str:
    """Return line `i` to look for marks in: stripped, "" past the end, and of prose only its first character."""
    line = lines[i].strip() if i < len(lines) else ""
    return line if len(line) <= _LONGEST_MARK else line[0]
