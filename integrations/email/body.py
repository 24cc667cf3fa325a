"""The readable text, the HTML and the list of attachments of a parsed MIME tree."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from itertools import count
from typing import TypeVar, cast

from integrations.email.decode import clean, decode, header_text
from integrations.email.htmltext import html_to_text

A = TypeVar("A")
T = TypeVar("T")

_NAME_LENGTH = 200
_MOST_ATTACHMENTS = 200
_UNSAFE_IN_NAMES = re.compile(r'[\\/:*?"<>|]')

Part = Message  # The standard library calls every part of a mail a message.


@dataclass(frozen=True)
class Attachment:
    """What came with a mail besides its text; `size` is in bytes, after decoding."""

    name: str
    type: str
    size: int


@dataclass
class Body:
    """What a mail says. `warnings` names, for people, whatever could not be read."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Text:
    """A part to be read; parts with the same `alternative` say the same, None stands alone."""

    content: str
    is_html: bool
    alternative: int | None


def attempt(read: Callable[[A], T], piece: A, otherwise: T, warnings: list[str], lost: str) -> T:
    """Read one piece of a mail; if that fails, only this piece is lost.

    The standard library's parser fails in many ways on damaged mail (LookupError, KeyError, RecursionError, …).
    This is the boundary where all of them end.
    """
    try:
        return read(piece)
    except Exception:  # noqa: BLE001
        warnings.append(lost)
        return otherwise


def read_body(message: Part) -> Body:
    """Collect text, HTML and attachments; never raises."""
    body = Body()
    texts: list[_Text] = []
    for part, alternative in leaves(message):
        kind = attempt(
            Part.get_content_type, part, "text/plain", body.warnings, "a part has an unreadable type"
        )
        if _is_text(part, kind):
            text = attempt(_text_of, part, "", body.warnings, "a part could not be decoded")
            texts.append(_Text(text, kind == "text/html", alternative))
        elif len(body.attachments) < _MOST_ATTACHMENTS:
            body.attachments.append(_attachment(part, kind, body.warnings))
    body.html = "\n".join(text.content for text in texts if text.is_html)
    body.text = _readable(texts, body.warnings)
    return body


def leaves(message: Part) -> Iterator[tuple[Part, int | None]]:
    """Walk the tree in order without recursion; attached mails are leaves."""
    numbers = count(1)
    stack: list[tuple[Part, int | None]] = [(message, None)]
    while stack:
        part, alternative = stack.pop()
        kind = attempt(Part.get_content_type, part, "multipart/mixed", [], "")
        if part.is_multipart() and kind.startswith("multipart/"):
            if kind == "multipart/alternative":
                alternative = next(numbers)
            # Only a list is safe to ask for undecoded: text would be decoded in whatever charset it names.
            children = cast("list[Part]", part.get_payload())
            stack.extend((child, alternative) for child in reversed(children))
        else:
            yield part, alternative


def _is_text(part: Part, kind: str) -> bool:
    if part.is_multipart():
        return False
    if kind not in {"text/plain", "text/html"} and not kind.startswith("multipart/"):
        return False  # A multipart without parts is text: its boundary was lost.
    disposition = str(part.get("Content-Disposition", "")).lower()
    return not disposition.startswith("attachment") and "name" not in disposition


def _text_of(part: Part) -> str:
    data = part.get_payload(decode=True)
    text = clean(decode(data if isinstance(data, bytes) else b"", str(part.get_content_charset() or "")))
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflow(text, join_words=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def unflow(text: str, *, join_words: bool = False) -> str:
    """Join the lines of a format=flowed text (RFC 3676); `join_words` is its DelSp parameter."""
    paragraphs: list[list[str]] = []
    soft = False
    for line in map(_unstuffed, text.split("\n")):
        quoted = line.startswith(">")
        if not soft or quoted:
            paragraphs.append([])
        soft = line.endswith(" ") and line != "-- " and not quoted
        paragraphs[-1].append(line[:-1] if soft and join_words else line)
    return "\n".join(map("".join, paragraphs))


def _unstuffed(line: str) -> str:
    return line.removeprefix(" ")


def _readable(texts: list[_Text], warnings: list[str]) -> str:
    """Of alternatives take the plain text unless it is blank; everything else is joined in its order."""
    plain = {text.alternative for text in texts if not text.is_html and text.content.strip()} - {None}
    said = []
    for text in texts:
        if not text.is_html:
            said.append(text.content.strip())
        elif text.alternative not in plain:
            said.append(attempt(html_to_text, text.content, "", warnings, "the HTML could not be read"))
    return "\n\n".join(text for text in said if text)


def _attachment(part: Part, kind: str, warnings: list[str]) -> Attachment:
    lost = "an attachment could not be read"
    name = header_text(attempt(Part.get_filename, part, None, warnings, lost) or "")
    name = _UNSAFE_IN_NAMES.sub("_", name).strip(". ")[:_NAME_LENGTH]
    return Attachment(name or "unnamed", clean(kind)[:100], attempt(_size, part, 0, warnings, lost))


def _size(part: Part) -> int:
    data = part.get_payload(decode=True)
    return len(data) if isinstance(data, bytes) else len(part.as_bytes())
