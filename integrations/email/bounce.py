"""What a delivery report says: which mail did not arrive or is late, and why, in the mail server's words.

A report by the standard (RFC 3464) says so in fields; older servers write a letter and put the mail, or its headers,
beneath. Anybody can write either, so what comes out is a claim about a Message-ID: whoever acts on it checks that
such a mail was sent. Only its recipient and the servers on its way know that id.
"""

import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice
from typing import cast

from bot.core.model import Returned
from integrations.email.body import leaves
from integrations.email.decode import decode, one_line
from integrations.email.headers import Headers, addresses, message_ids

_LONGEST_REASON = 200
_MOST_IDS = 10
_LINES_OF_A_LETTER = 80
_LONGEST_COPY = 100_000

_ID_LINE = re.compile(r"^[>\s]{0,20}message-id:\s{0,200}(<[^<>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_CODE = re.compile(r"(?<![\d.])(?:[45]\d\d[ -]|#?[45]\.\d{1,3}\.\d{1,3}\b)")
_LATE = re.compile(
    r"\bdelay|^\W*warning\b|verzögert|retard|will (?:be retried|retry|keep trying|continue to)"
    r"|(?:do not|don't) need to (?:re)?send",
    re.IGNORECASE,
)
_PERMANENT = {"failed": True, "delayed": False}


def read_report(message: Message, headers: Headers, text: str) -> Returned | None:
    """Read a mail that is known to be a delivery report; `text` is its letter.

    Returns None when it reports a success, or names no mail at all.
    """
    fields = list(_recipients(message))
    said = _by_fields(fields) if fields else _by_letter(headers, text)
    ids = tuple(dict.fromkeys([*_copied_ids(message), *_ID_LINE.findall(text), *_thread(headers)]))
    if said is None or not ids:
        return None
    permanent, reason = said
    return Returned(
        ids[:_MOST_IDS], one_line(reason)[:_LONGEST_REASON], permanent, _unreached(fields, headers)
    )


def severity(message: Message, text: str) -> str:
    """Tell whether an address is no good ("hard", 5.x.x) or only today ("soft", 4.x.x); "" when it is not said."""
    codes = [one.word("Status") for one in _recipients(message)]
    codes = codes or [found[0].lstrip("#") for found in islice(_CODE.finditer(text[:_LONGEST_COPY]), 1)]
    classes = {code[:1] for code in codes}
    return "hard" if "5" in classes else "soft" if "4" in classes else ""


def failed_recipients(message: Message, headers: Headers) -> tuple[str, ...]:
    """Return the addresses that a report is about, as far as it says so."""
    fields = [one.first("Final-Recipient") or one.first("Original-Recipient") for one in _recipients(message)]
    return addresses(value.rpartition(";")[2] for value in [*fields, *headers.all("X-Failed-Recipients")])


def _recipients(message: Message) -> Iterator[Headers]:
    """Yield what the report says about each recipient."""
    for part, _ in leaves(message):
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (h for h in map(_headers_of, cast("list[Message]", blocks)) if _action(h))


def _headers_of(block: Message) -> Headers:
    return Headers(block.raw_items())


def _action(recipient: Headers) -> str:
    """Return what happened; a report without that field still has the class of its status."""
    by_class = {"5": "failed", "4": "delayed", "2": "delivered"}
    return recipient.word("Action") or by_class.get(recipient.word("Status")[:1], "")


def _by_fields(recipients: list[Headers]) -> tuple[bool, str] | None:
    """Return the worst news of all recipients: whether it is final, and the reason."""
    bad = [one for one in recipients if _action(one) in _PERMANENT]
    if not bad:
        return None
    worst = next((one for one in bad if _PERMANENT[_action(one)]), bad[0])
    # "smtp; 550 5.1.1 No such user": the first word names whose code it is.
    before, mark, after = worst.text("Diagnostic-Code").partition(";")
    diagnosis = (after if mark else before).strip()
    return _PERMANENT[_action(worst)], diagnosis or worst.text("Status") or "no reason was given"


def _unreached(recipients: list[Headers], headers: Headers) -> tuple[str, ...]:
    """Return whom it did not reach, as we wrote their addresses and as servers on the way have changed them."""
    if not recipients:
        return addresses(headers.all("X-Failed-Recipients"))
    bad = [one for one in recipients if _action(one) in _PERMANENT]
    named = [one.first(name) for one in bad for name in ("Original-Recipient", "Final-Recipient")]
    return addresses(value.rpartition(";")[2] for value in named)


def _by_letter(headers: Headers, text: str) -> tuple[bool, str]:
    lines = [line.strip() for line in text.splitlines()[:_LINES_OF_A_LETTER]]
    subject = headers.text("Subject")
    late = _LATE.search(subject) or any(_LATE.search(line) for line in lines)
    return not late, next((line for line in lines if _CODE.search(line)), subject)


def _copied_ids(message: Message) -> Iterator[str]:
    """Yield the Message-IDs of what was sent back: the whole mail, or its headers."""
    for part, _ in leaves(message):
        kind, payload = part.get_content_type(), part.get_payload()
        if kind in {"message/rfc822", "message/global"} and isinstance(payload, list):
            for copy in cast("list[Message]", payload):
                yield from message_ids(_headers_of(copy).first("Message-ID"))
        elif kind.endswith("-headers"):
            yield from _ID_LINE.findall(_as_text(part))


def _as_text(part: Message) -> str:
    if part.is_multipart():  # The standard library takes every message/… apart.
        return "\n".join(f"{name}: {value}" for copy in part.get_payload() for name, value in _items(copy))
    data = part.get_payload(decode=True)
    return decode(data[:_LONGEST_COPY] if isinstance(data, bytes) else b"", "")


def _items(copy: object) -> list[tuple[str, str]]:
    return [(n, str(v)) for n, v in copy.raw_items()] if isinstance(copy, Message) else []


def _thread(headers: Headers) -> tuple[str, ...]:
    references = message_ids(" ".join(headers.all("References")))[::-1]
    return (*message_ids(headers.first("In-Reply-To")), *references)
