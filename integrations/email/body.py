"""The readable text, the HTML and the attachments of a parsed MIME tree."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from itertools import count
from mimetypes import guess_extension
from typing import TypeVar, cast

from integrations.email import invitation, tnef
from integrations.email.decode import clean, decode, header_text, one_line, unescaped
from integrations.email.htmltext import html_to_text
from integrations.email.newtext.lines import MARKS

A = TypeVar("A")
T = TypeVar("T")

_NAME_LENGTH = 200
_MOST_ATTACHMENTS = 200
_MOST_PARTS = 1000
_MOST_BYTES = 50_000_000  # Of all attachments, decoded.
_RAW_NAME = re.compile(r"name=\s?\"?([^\";\r\n]{1,400})", re.IGNORECASE)
_UNSAFE_IN_NAMES = re.compile(r'[\\/:*?"<>|]')

# Parts that people cannot open, and what they are.
_SEALED = {
    "application/pgp-signature": "PGP signature",
    "application/pgp-encrypted": "marks a mail encrypted with PGP",
    "application/pgp-keys": "PGP key",
    "application/pkcs7-signature": "S/MIME signature",
    "application/x-pkcs7-signature": "S/MIME signature",
    "application/pkcs7-mime": "signed or encrypted with S/MIME",
    "application/x-pkcs7-mime": "signed or encrypted with S/MIME",
}
_ENCRYPTED = frozenset({"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_PGP_IN_TEXT = "-----BEGIN PGP MESSAGE-----"
_WINMAIL = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})

Part = Message  # The standard library calls every part of a mail a message.


@dataclass(frozen=True)
class Attachment:
    """What came with a mail besides its text; `size` is in bytes, after decoding.

    `note` says what a part is that people cannot open, or what is in it. `content_id` names a picture that the text
    shows (`inline`).
    """

    name: str
    type: str
    size: int
    note: str = ""
    content_id: str = ""
    inline: bool = False


@dataclass
class Body:
    """What a mail says. `warnings` names, for people, whatever could not be read.

    `text` and `second_text` bear the marks of `newtext.lines`; the latter is the same said in HTML, where there are
    both. `contents` are the bytes of `attachments`, empty where there were too many.
    """

    text: str = ""
    second_text: str = ""
    html: str = ""
    notes: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    mails: list[Part] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def plain_text(self) -> str:
        """The text without marks."""
        return without_marks(self.text)


@dataclass(frozen=True)
class _Text:
    """A part to be read; parts with the same `alternative` say the same, None stands alone."""

    content: str
    kind: str
    alternative: int | None


def without_marks(text: str) -> str:
    """Take the marks of `newtext.lines` out of a text."""
    return text.translate(dict.fromkeys(map(ord, MARKS)))


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
    for number, (part, alternative) in enumerate(leaves(message)):
        if number == _MOST_PARTS:
            body.warnings.append(f"more than {_MOST_PARTS} parts, the rest is not shown")
            break
        lost = "a part has an unreadable type"
        kind = attempt(Part.get_content_type, part, "text/plain", body.warnings, lost)
        if _is_text(part, kind):
            text = attempt(_text_of, part, "", body.warnings, "a part could not be decoded")
            texts.append(_Text(text, kind, alternative))
        else:
            _attach(body, part, kind)
    body.html = "\n".join(text.content for text in texts if text.kind == "text/html")
    _say(body, texts)
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
    if kind not in {"text/plain", "text/html", "text/calendar"} and not kind.startswith("multipart/"):
        return False  # A multipart without parts is text: its boundary was lost.
    disposition = str(part.get("Content-Disposition", "")).lower()
    return kind == "text/calendar" or (not disposition.startswith("attachment") and "name" not in disposition)


def _text_of(part: Part) -> str:
    data = part.get_payload(decode=True)
    text = without_marks(
        clean(decode(data if isinstance(data, bytes) else b"", str(part.get_content_charset() or "")))
    )
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


def _say(body: Body, texts: list[_Text]) -> None:
    """Of alternatives take the plain text unless it is blank, else the HTML, else the calendar, and join the rest."""
    said, second, answered = [], [], set[int | None]()
    plain = {text.alternative for text in texts if _is_said(text, "text/plain")} - {None}
    html = {text.alternative for text in texts if _is_said(text, "text/html")} - {None}
    for text in texts:
        if text.kind == "text/calendar":
            body.notes += _event(body, text) if text.alternative not in plain | html else []
        elif text.kind == "text/html":
            read = attempt(html_to_text, text.content, "", body.warnings, "the HTML could not be read")
            second.append(read)
            said += [] if text.alternative in plain else [read]
            answered |= {text.alternative} & plain
        else:
            said.append(text.content.strip())
    body.text = "\n\n".join(filter(None, said))
    body.second_text = "\n\n".join(filter(None, second)) if answered else ""
    if _PGP_IN_TEXT in body.text:
        body.warnings.append("a part is encrypted with PGP and cannot be read here")


def _is_said(text: _Text, kind: str) -> bool:
    return bool(text.content.strip()) and (
        text.kind == kind or (kind == "text/plain" and text.kind.startswith("multipart/"))
    )


def _event(body: Body, text: _Text) -> list[str]:
    told = attempt(invitation.summary, text.content, "", body.warnings, "a calendar could not be read")
    return [told] if told else []


def _attach(body: Body, part: Part, kind: str) -> None:
    if len(body.attachments) == _MOST_ATTACHMENTS:
        body.warnings.append(f"more than {_MOST_ATTACHMENTS} attachments, the rest is not shown")
        return
    data = attempt(_data, part, b"", body.warnings, "an attachment could not be read")
    if sum(map(len, body.contents)) + len(data) > _MOST_BYTES:
        body.warnings.append("the attachments are too large, not all are kept")
    kept = b"" if sum(map(len, body.contents)) + len(data) > _MOST_BYTES else data
    if kind in _ENCRYPTED:
        body.warnings.append("a part is encrypted or signed as a whole and cannot be read here")
    if kind == "message/rfc822" and part.is_multipart():
        body.mails += cast("list[Part]", part.get_payload())[:1]
    body.attachments.append(_attachment(part, kind, data, body.warnings))
    body.contents.append(kept)


def _attachment(part: Part, kind: str, data: bytes, warnings: list[str]) -> Attachment:
    lost = "an attachment has an unreadable name"
    name = attempt(_name, part, "", warnings, lost) or _name_by_type(part, kind)
    content_id = one_line(str(part.get("Content-ID", ""))).strip("<> ")[:_NAME_LENGTH]
    attached = str(part.get("Content-Disposition", "")).lower().lstrip().startswith("attachment")
    return Attachment(
        name,
        clean(kind)[:100],
        len(data),
        note=_note(name, kind, data),
        content_id=content_id,
        inline=bool(content_id) and not attached and kind.startswith("image/"),
    )


def _name(part: Part) -> str:
    name = part.get_filename() or ""
    return _safe_name(header_text(_raw_name(part) if "\ufffd" in name else name))


def _raw_name(part: Part) -> str:
    """Read a name in raw 8-bit characters, which the standard library gives up."""
    values = (
        unescaped(str(value)) for name, value in part.raw_items() if name.lower().startswith("content-")
    )
    found = next(filter(None, map(_RAW_NAME.search, values)), None)
    return found[1] if found else ""


def _safe_name(name: str) -> str:
    return _UNSAFE_IN_NAMES.sub("_", name).strip(". ")[:_NAME_LENGTH]


def _name_by_type(part: Part, kind: str) -> str:
    """Name a part that has no name: a mail by its subject, others by their type."""
    if kind == "message/rfc822" and part.is_multipart():
        subject = _safe_name(header_text(str(cast("list[Part]", part.get_payload())[0].get("Subject", ""))))
        return f"{subject[:80]}.eml" if subject else "unnamed.eml"
    return (
        f"unnamed{guess_extension(kind) or ''}"
        if kind.startswith(("image/", "application/pdf"))
        else "unnamed"
    )


def _note(name: str, kind: str, data: bytes) -> str:
    if kind in _WINMAIL or name.lower() == "winmail.dat":
        inside = ", ".join(tnef.file_names(data))
        return f"Outlook's own format; in it: {inside}"[:1000] if inside else "Outlook's own format"
    return _SEALED.get(kind, "")


def _data(part: Part) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else part.as_bytes()
