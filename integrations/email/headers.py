"""Headers as they came, and what can be read from them: addresses and message ids, however damaged.

The standard library's structured headers raise on damaged mail and take quadratic time on hostile mail, so
raw values are kept and read with small tolerant patterns instead.
"""

import re
from collections.abc import Iterable

from integrations.email.decode import clean, header_text, one_line, unescaped

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)
_ANGLE = re.compile(r"<\s*(?:mailto:)?([^<>\s@]{1,128}@[^<>\s@]{1,255})\s*>")
_BARE = re.compile(r"[^\s<>()\[\]\",;:@]{1,128}@[^\s<>()\[\]\",;:@]{1,255}")
_ID = re.compile(r"<([^<>]{1,600})>")

REPLY_PREFIX = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|ref|rif|odp|回复|答复)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]", re.IGNORECASE
)

_LONGEST_MAILBOX = 2000
_NAME_LENGTH = 200
_ID_LENGTH = 400
_MOST_IDS = 100
_MOST_ADDRESSES = 200


class Headers:
    """Raw header values by name, in their order."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            self._values.setdefault(name.lower(), []).append(str(value))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def all(self, name: str) -> tuple[str, ...]:
        """Return the raw values of every header with this name."""
        return tuple(self._values.get(name.lower(), ()))

    def first(self, name: str) -> str:
        """Return the first raw value that is not blank, or the empty string."""
        return next((value for value in self.all(name) if value.strip()), "")

    def text(self, name: str) -> str:
        """Return the first value decoded, on one line."""
        return header_text(self.first(name))

    def word(self, name: str) -> str:
        """Return the first word of a value that is a keyword, in lower case."""
        words = re.split(r"[\s;(,]", one_line(self.first(name)).lower(), maxsplit=1)
        return words[0]


def mailbox(raw: str) -> tuple[str, str]:
    """Read the first mailbox of a header: display name, and address in lower case ("" when there is none)."""
    raw = clean(unescaped(raw))[:_LONGEST_MAILBOX]
    decoded = header_text(raw)
    for text in (raw, decoded):
        if found := _find(text):
            start, address = found
            return _display_name(text, start, address), address
    return _tidy(decoded), ""


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Read every address in some headers, in lower case, each once."""
    found = (_trim(match) for value in values for match in _BARE.findall(clean(unescaped(value))))
    return tuple(dict.fromkeys(found))[:_MOST_ADDRESSES]


def message_ids(raw: str) -> tuple[str, ...]:
    """Read the message ids of a header in their order, mending folded ones and ones without brackets."""
    text = clean(unescaped(raw))
    inner = ["".join(match.split()) for match in _ID.findall(text)]
    if not inner:
        inner = [word.strip("<>,;") for word in text.split() if "@" in word]
    known = (f"<{one}>" for one in inner if 0 < len(one) <= _ID_LENGTH)
    return tuple(dict.fromkeys(known))[-_MOST_IDS:]


def _find(text: str) -> tuple[int, str] | None:
    # A display name may hold somebody else's address: look outside of quotes first.
    masked = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)
    for haystack in (masked, text):
        if match := _ANGLE.search(haystack):
            return match.start(), _trim(match[1])
    match = _BARE.search(masked) or _BARE.search(text)
    return (match.start(), _trim(match[0])) if match else None


def _display_name(text: str, start: int, address: str) -> str:
    before = _tidy(header_text(text[:start]))
    if before:
        return before
    comment = re.search(r"\(([^()]{1,200})\)", text)
    name = _tidy(header_text(comment[1])) if comment else ""
    return "" if name.lower() == address else name


def _tidy(name: str) -> str:
    name = name.strip(" \t,;<>")
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    return re.sub(r"\\(.)", r"\1", name).strip()[:_NAME_LENGTH]


def _trim(address: str) -> str:
    return address.strip(".'\"").lower()
