"""An answer as a text message: plain text within the limits of phones, and what it costs in segments.

A segment holds 160 characters of the GSM 03.38 alphabet, or 70 UTF-16 units when one character is outside it; in a
message of several, 7 and 3 of them are lost to the header that joins them (3GPP TS 23.038 and 23.040).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.model import Source

LONGEST = 1_600  # Twilio takes no more in one message.

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("\f^{}\\[~]|€")
# What writers and word processors put in that has a plain twin; one of them would make a message twice as long.
_TWINS = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
    }
    | {"\u202f": " ", "\u2009": " ", "•": "-", "\t": " "}
)
_CITED = re.compile(r"[ \u00a0]?\[(\d{1,2})\](?!\()")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,500})\)")
_HEADING = re.compile(r"^ {0,3}#{1,6} +", re.MULTILINE)
_BULLET = re.compile(r"^( {0,6})[*+] +", re.MULTILINE)
_MARKS = re.compile(r"(?<!\w)(\*\*|__|\*|_|`)(?=\S)([^*_`\n]{1,500})(?<=\S)\1(?!\w)")
_BLANK_LINES = re.compile(r"\n{3,}")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")
_MOST_LINKS = 2


@dataclass(frozen=True)
class Segments:
    """What a text costs: `units` are septets of the GSM alphabet, or UTF-16 units of Unicode."""

    alphabet: str
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count what a text message takes."""
    escaped = sum(character in _GSM_ESCAPED for character in text)
    if all(character in _GSM or character in _GSM_ESCAPED for character in text):
        return _counted("GSM-7", len(text) + escaped, 160, 153)
    return _counted("Unicode", len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67)


def _counted(alphabet: str, units: int, alone: int, joined: int) -> Segments:
    return Segments(alphabet, units, 1 if units <= alone else -(-units // joined))


def plain(answer: str) -> str:
    """Return Markdown as plain text: no marks, no numbers of sources, links written out, plain quotes and dashes."""
    text = _LINK.sub(r"\1: \2", answer.replace("\r\n", "\n"))
    text = _BULLET.sub(r"\1- ", _HEADING.sub("", text))
    text = _MARKS.sub(r"\2", _CITED.sub("", text)).translate(_TWINS)
    return _BLANK_LINES.sub("\n\n", text).strip()


def as_text_message(answer: str, sources: Sequence[Source] = (), *, shorten: bool) -> str:
    """Return the words a phone shows: plain text, and where to read more of what the answer cites.

    With `shorten` a longer text ends after a whole sentence; else it stays as long as it is, for a person's words are
    not ours to cut.
    """
    text, more = plain(answer), _more(answer, sources)
    room = LONGEST - len(more)
    if shorten and len(text) > room:
        text = _cut(text, room)
    whole = text + more
    return whole if len(whole) <= LONGEST else text


def _more(answer: str, sources: Iterable[Source]) -> str:
    cited = {int(number) for number in _CITED.findall(answer)}
    urls = dict.fromkeys(
        s.url for s in sources if s.number in cited and s.url.startswith(("http://", "https://"))
    )
    links = [url for url in urls if len(url) <= 200][:_MOST_LINKS]
    return f"\nMore: {' '.join(links)}" if links else ""


def _cut(text: str, room: int) -> str:
    """End at the last sentence that leaves room for the dots, unless that would lose more than half."""
    kept = text[: room - 4]
    ends = [match.end() for match in _SENTENCE_END.finditer(kept) if match.end() > room // 2]
    return f"{kept[: ends[-1]].rstrip()} ..." if ends else f"{kept.rstrip()}..."
