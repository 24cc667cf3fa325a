"""Any bytes that claim to be a mail, as a plain value. Never raises, and is bounded in time.

The standard library takes the mail apart; its headers are read raw (`headers.py`) and every piece that fails to
decode costs only itself (`body.attempt`). What could not be read is named in `warnings`, for people.
"""

import re
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from hashlib import sha256
from itertools import islice

from bot.core.model import Returned
from integrations.email import automatic
from integrations.email.body import Attachment, Body, attempt, leaves, read_body, without_marks
from integrations.email.bounce import failed_recipients, read_report, severity
from integrations.email.decode import clean, one_line
from integrations.email.headers import REPLY_PREFIX, Headers, addresses, mailbox, message_ids
from integrations.email.newtext import Decision, Forwarded, Split, split

_HEADER_LENGTH = 16_384  # The standard library is quadratic in the length of some headers,
_LONGEST_HEAD = 262_144  # it takes a while for very many of them,
_MOST_LINES = 400_000  # and for very many lines (25 MiB of base64 are 345,000),
_MOST_LINES_TIMES_PARTS = 8_000_000  # each of which it compares with every boundary around it.
_LONGEST_TEXT = 200_000
_LONGEST_HTML = 1_000_000
_LONGEST_SUBJECT = 500

_HEAD_END = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PART_MARK = re.compile(rb"boundary\s{0,9}=|message/rfc822", re.IGNORECASE)
_ADDED_ON_THE_WAY = re.compile(
    rb"^(?:received|return-path|delivered-to|x-original-to|envelope-to|authentication-results|arc-[a-z-]{1,40}):"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
_RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Gm-Original-To")


@dataclass(frozen=True)
class ParsedMail:
    """What a mail says and how it came.

    `text` is the new text, `quoted` what was folded, `decisions` why. `forwarded` tells who wrote a forwarded mail,
    in the text or attached. `html` is as it came: it is not safe to show. `contents` are the bytes of `attachments`.
    `sender_address` and `reply_to` are in lower case, "" when the mail has none. `references` are newest first.
    `reasons` are phrases why a machine seems to have written it. `returned` is what a delivery report says of one of
    our mails, or somebody else's; `severity` is "hard" or "soft", and `failed_recipients` are whom it did not reach.
    `authentication` are the Authentication-Results as they came: anybody may have written them. `rewritten` says that
    a mailing list has put itself in the sender's place, so that they tell of the list.
    """

    message_id: str
    sender_address: str
    sender_name: str
    reply_to: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    quoted: str
    html: str
    in_reply_to: str
    references: tuple[str, ...]
    reasons: tuple[str, ...]
    bounce: bool
    returned: Returned | None
    warnings: tuple[str, ...]
    authentication: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    severity: str = ""
    failed_recipients: tuple[str, ...] = ()
    contents: tuple[bytes, ...] = field(default=(), repr=False)
    decisions: tuple[Decision, ...] = ()
    forwarded: Forwarded | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    rewritten: bool = False

    @property
    def is_reply(self) -> bool:
        """Tell whether the subject says that this answers a mail."""
        return bool(REPLY_PREFIX.match(self.subject))

    @property
    def automatic(self) -> str:
        """The most telling reason to believe that a machine wrote this, or the empty string."""
        return self.reasons[0] if self.reasons else ""


def parse(raw: bytes) -> ParsedMail:
    """Read a mail; whatever it is, some mail comes out."""
    warnings: list[str] = []
    message = _take_apart(_bounded(raw, warnings), warnings)
    headers = Headers(message.raw_items())
    body = read_body(message)
    found = _new_text(body, headers.text("Subject"), warnings)
    attached = _attached_mail(body, warnings)
    rewritten = _is_rewritten(headers)
    name, address = mailbox(headers.first("X-Original-From")) if rewritten else _sender(headers, warnings)
    signs = automatic.Mail(
        headers, headers.text("Subject"), address, _report_type(message, headers, warnings)
    )
    bounce = automatic.is_bounce(signs)
    kind, failed = _failure(message, headers, body, warnings) if bounce else ("", ())
    return ParsedMail(
        message_id=_message_id(headers, raw, warnings),
        sender_address=address,
        sender_name=name,
        reply_to=mailbox(headers.first("Reply-To"))[1],
        recipients=addresses(value for header in _RECIPIENT_HEADERS for value in headers.all(header)),
        subject=headers.text("Subject")[:_LONGEST_SUBJECT],
        text="\n\n".join(filter(None, (found.new or _told(attached), *body.notes))),
        quoted=found.quoted,
        html=body.html[:_LONGEST_HTML],
        in_reply_to=next(iter(message_ids(headers.first("In-Reply-To"))), ""),
        references=message_ids(" ".join(headers.all("References")))[::-1],
        reasons=automatic.reasons(signs),
        bounce=bounce,
        returned=_returned(message, headers, body, signs, warnings),
        warnings=tuple(dict.fromkeys(warnings + body.warnings)),
        authentication=tuple(clean(value)[:2000] for value in headers.all("Authentication-Results")[:5]),
        attachments=tuple(body.attachments),
        severity=kind,
        failed_recipients=failed,
        contents=tuple(body.contents),
        decisions=found.decisions,
        forwarded=found.forwarded or (replace(attached, comment=found.new) if attached else None),
        to=addresses(headers.all("To")),
        cc=addresses(headers.all("Cc")),
        rewritten=rewritten,
    )


class _Bounded(Compat32):
    """The policy that never interprets a header by itself, with every header cut to a length that is safe."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_HEADER_LENGTH]


def _bounded(raw: bytes, warnings: list[str]) -> bytes:
    """Cut a mail behind what can be read in reasonable time."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    head = _HEAD_END.search(raw)
    if head and head.start() > _LONGEST_HEAD:
        warnings.append("the headers are too long, only their beginning was read")
        raw = raw[:_LONGEST_HEAD] + raw[head.start() :]
    marks = sum(1 for _ in _PART_MARK.finditer(raw))
    most_lines = min(_MOST_LINES, _MOST_LINES_TIMES_PARTS // (marks + 1))
    line_after = next(islice(_LINE_END.finditer(raw), most_lines, None), None)
    if line_after:
        warnings.append("the mail is too complex, only its beginning was read")
        raw = raw[: line_after.start()]
    return raw


def _take_apart(raw: bytes, warnings: list[str]) -> Message:
    lost = "the parts could not be told apart, everything is shown as text"
    message = attempt(_parts, raw, None, warnings, lost)
    return message if message is not None else _flat(raw)  # A message without headers is falsy.


def _parts(raw: bytes) -> Message:
    return message_from_bytes(raw, policy=_Bounded())


def _flat(raw: bytes) -> Message:
    """Take everything below the headers as one text."""
    head, _, rest = re.sub(rb"\r\n?", b"\n", raw).partition(b"\n\n")
    kept = b"\n".join(line for line in head.split(b"\n") if not line.lower().startswith(b"content-"))
    message = _parts(kept + b"\n\n")
    message.set_payload(rest.decode("ascii", "surrogateescape"))
    return message


def _is_rewritten(headers: Headers) -> bool:
    """Tell whether a mailing list has taken the sender out of From, which it does for the sake of DMARC."""
    listed = "List-Id" in headers or "List-Post" in headers or "Mailing-List" in headers
    return listed and bool(mailbox(headers.first("X-Original-From"))[1])


def _sender(headers: Headers, warnings: list[str]) -> tuple[str, str]:
    for header in ("From", "Sender", "Return-Path"):
        name, address = mailbox(headers.first(header))
        if address:
            break
        warnings.append(f"no address in {header}")
    return name or mailbox(headers.first("From"))[0], address


def _message_id(headers: Headers, raw: bytes, warnings: list[str]) -> str:
    found = message_ids(headers.first("Message-ID"))
    if found:
        return found[0]
    warnings.append("no usable Message-ID")
    # What servers add on the way differs between two ways of the same mail. Without a date, though, only that tells a
    # mail from an earlier one with the same words.
    same = _ADDED_ON_THE_WAY.sub(b"", raw[:_LONGEST_HEAD]) + raw[_LONGEST_HEAD:] if "Date" in headers else raw
    return f"<{sha256(same).hexdigest()}@no-id.threadpilot>"


def _report_type(message: Message, headers: Headers, warnings: list[str]) -> str:
    kind = headers.word("Content-Type")
    if kind == "message/delivery-status":
        return "delivery-status"
    if kind != "multipart/report":
        return automatic.ENCLOSED if attempt(_encloses_report, message, None, [], "") else ""
    return attempt(_report_parameter, message, "", warnings, "the report has no readable type") or "unknown"


def _encloses_report(message: Message) -> bool:
    return any(part.get_content_type() == "message/delivery-status" for part, _ in leaves(message))


def _report_parameter(message: Message) -> str:
    return one_line(str(message.get_param("report-type", ""))).lower()


def _returned(
    message: Message, headers: Headers, body: Body, signs: automatic.Mail, warnings: list[str]
) -> Returned | None:
    if not automatic.is_bounce(signs):
        return None
    lost = "the delivery report could not be read"
    return attempt(lambda text: read_report(message, headers, text), body.plain_text, None, warnings, lost)


def _failure(
    message: Message, headers: Headers, body: Body, warnings: list[str]
) -> tuple[str, tuple[str, ...]]:
    lost = "the delivery report could not be read"
    kind = attempt(lambda text: severity(message, text), body.plain_text, "", warnings, lost)
    return kind, attempt(lambda one: failed_recipients(one, headers), message, (), warnings, lost)


def _new_text(body: Body, subject: str, warnings: list[str]) -> Split:
    """Split the plain text; where that shows no quotation but the HTML does, believe the HTML.

    Programs mark quotations in HTML whatever the language. It must be about the same words, though: some plain texts
    say more.
    """
    found = split(_shortened(body.text, warnings), subject)
    if not body.second_text or found.folds_quotation:
        return found
    other = split(_shortened(body.second_text, []), subject)
    return other if other.folds_quotation and _are_said(other, found) else found


def _are_said(html: Split, plain: Split) -> bool:
    """Tell whether everything in the HTML, new or quoted, is in the plain text too."""
    said = set(plain.new.split()) | set(plain.quoted.split())
    words = [word for word in f"{html.new} {html.quoted}".split() if word.strip(">")]
    return sum(word in said for word in words) >= 0.9 * len(words)


def _attached_mail(body: Body, warnings: list[str]) -> Forwarded | None:
    lost = "an attached mail could not be read"
    return attempt(_forwarded, body.mails[0], None, warnings, lost) if body.mails else None


def _forwarded(mail: Message) -> Forwarded:
    headers = Headers(mail.raw_items())
    name, address = mailbox(headers.first("From"))
    text = without_marks(_shortened(read_body(mail).text, []))
    return Forwarded(name, address, headers.text("Subject")[:_LONGEST_SUBJECT], text)


def _told(attached: Forwarded | None) -> str:
    """Write down an attached mail that came without a word."""
    if attached is None:
        return ""
    head = f"---------- Attached mail ----------\nFrom: {attached.author}\nSubject: {attached.subject}"
    return f"{head}\n\n{attached.text}".strip()


def _shortened(text: str, warnings: list[str]) -> str:
    cut = len(text) - _LONGEST_TEXT
    if cut <= 0:
        return text
    warnings.append(f"the text was cut, {cut:,} characters are not shown")
    return f"{text[:_LONGEST_TEXT]}\n[… {cut:,} more characters]"
