"""An answer as a mail: plain text and HTML, in the customer's thread, marked so that machines do not reply.

Composing is a function of its arguments: the same delivery always gives the same Message-ID and Date, so a second
attempt is recognisably the same mail. Customers' words reach headers only through `one_line`.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from html import escape

from markdown_it import MarkdownIt

from bot.core.errors import Misconfigured, Undeliverable
from bot.core.model import Sender
from bot.core.ports.channels import Outgoing
from integrations.email.address import reply_address, subject_token, without_token
from integrations.email.automatic import LOOP_HEADER
from integrations.email.decode import clean, one_line
from integrations.email.headers import REPLY_PREFIX
from integrations.email.written import POLICY, addresses_of, ids, mailbox_of, words

_SUBJECT_LENGTH = 200
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_SIGNATURE_MARK = "-- \n"
_SIGNATURE_STYLE = (
    "margin-top:24px;padding-top:12px;border-top:1px solid #d0d7de;color:#57606a;font-size:14px"
)
_NAME_LENGTH = 80
_MOST_REFERENCES = 20
_LONGEST_HOST = 255
_LONGEST_SHOWN = 100
_ANY_CONVERSATION = "0" * 32

_ID = re.compile(r"<[^<>\s]{1,400}>")
_INVENTED_ID = "@no-id.threadpilot>"
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}", re.ASCII)
_DOTS_AS_USUAL = re.compile(r"[^.]+(?:\.[^.]+)*")
_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})*", re.ASCII)
_NO_HOST = re.compile(r"(?:.*\.)?invalid", re.IGNORECASE)

_PAGE = """\
<!doctype html>
<html>
<head><meta charset="utf-8"><title>{{subject}}</title></head>
<body style="margin:0;padding:24px 16px;background:#ffffff;color:#1f2328;\
font:16px/1.55 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:600px">
{{content}}
{{signature}}
</div>
</body>
</html>
"""


class SubjectToken(StrEnum):
    """In which subjects the conversation is named: where the customer's program loses headers, in all, in none."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"

    def is_due(self, outgoing: Outgoing) -> bool:
        """Tell whether this answer's subject names its conversation."""
        return self is SubjectToken.ALWAYS or (self is SubjectToken.AUTO and outgoing.headerless)


@dataclass(frozen=True)
class Letterhead:
    """How mails look: the page around an answer, and the signature (Markdown) below it.

    In the page, `{{content}}`, `{{signature}}`, `{{subject}}` and `{{brand}}` stand for what they say.
    `subject_token` says in which subjects the conversation is named, for replies that lose everything else.
    """

    page: str = _PAGE
    signature: str = ""
    subject_token: SubjectToken = SubjectToken.AUTO

    def __post_init__(self) -> None:
        """Raises Misconfigured: the page has no place for the answer."""
        if "{{content}}" not in self.page:
            raise Misconfigured("MAIL_TEMPLATE_FILE must have {{content}} where the answer belongs.")


PLAIN = Letterhead()


@dataclass(frozen=True)
class Mailbox:
    """Who answers: the name customers read, and the support address."""

    name: str
    address: str

    @property
    def host(self) -> str:
        return self.address.rpartition("@")[2]


def usable(sender: Mailbox, secret: str) -> Mailbox:
    """Return our mailbox in the form SMTP takes; to be asked before there is anything to send.

    Raises:
        Misconfigured: our address is none, or leaves no room for the conversation's.
    """
    try:
        address = deliverable(sender.address)
    except Undeliverable as error:
        raise Misconfigured(f"SUPPORT_ADDRESS: {error}") from error
    reply_address(address, _ANY_CONVERSATION, secret)
    return replace(sender, address=address)


def external_id(outgoing: Outgoing, sender: Mailbox) -> str:
    """Return the Message-ID that this answer has, or will have."""
    return f"<threadpilot.{outgoing.delivery.id}@{sender.host}>"


def compose(outgoing: Outgoing, sender: Mailbox, secret: str, letterhead: Letterhead = PLAIN) -> EmailMessage:
    """Write the mail for an answer.

    Raises:
        Undeliverable: the customer's address is none a mail can be sent to.
        Misconfigured: our own address is none, or leaves no room for the conversation's.
    """
    delivery, sender = outgoing.delivery, usable(sender, secret)
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox_of(_display(sender.name), sender.address)
    message["To"] = mailbox_of(_display(outgoing.customer_name), deliverable(delivery.address))
    if copies := copied(outgoing):
        message["Cc"] = addresses_of(copies)
    message["Reply-To"] = mailbox_of(
        _display(sender.name), reply_address(sender.address, delivery.conversation_id, secret)
    )
    subject = reply_subject(outgoing.subject) if delivery.turn else one_line(outgoing.subject)
    named = letterhead.subject_token.is_due(outgoing)
    token = f" {subject_token(delivery.conversation_id, secret)}" if named else ""
    message["Subject"] = words("Subject", subject + token)
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = external_id(outgoing, sender)
    _continue_thread(message, outgoing.thread)
    if delivery.sender is Sender.AI:
        message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message[LOOP_HEADER] = sender.address
    text = clean(delivery.text)
    signature = clean(letterhead.signature).strip()
    signed = f"{text.rstrip()}\n\n{_SIGNATURE_MARK}{signature}\n" if signature else text
    message.set_content(signed, cte="quoted-printable")
    page = html_page(text, subject, letterhead, sender.name)
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def copied(outgoing: Outgoing) -> list[str]:
    """Return who gets a copy of an answer, in the form SMTP takes; whom no mail can be sent to gets none."""
    found = []
    for address in outgoing.delivery.cc:
        with suppress(Undeliverable):
            found.append(deliverable(address))
    return found


def reply_subject(subject: str) -> str:
    """Return the subject of a reply: one "Re:", however many languages answered before."""
    subject = without_token(one_line(subject))
    while prefix := REPLY_PREFIX.match(subject):
        subject = subject[prefix.end() :]
    return f"Re: {subject.strip()[:_SUBJECT_LENGTH] or 'your message'}"


def deliverable(address: str) -> str:
    """Return an address in the form SMTP takes.

    What comes before the @ may have its dots anywhere, as old addresses of Japanese mobile phones do; the standard
    wants such a part in quotes.

    Raises:
        Undeliverable: it is no address, or one that only newer mail servers understand.
    """
    shown = f"“{one_line(address)[:_LONGEST_SHOWN]}”"
    local, _, host = address.strip().rpartition("@")
    if not local.isascii():
        raise Undeliverable(f"{shown} has letters before the @ that our mail server cannot send to")
    host = _ascii_host(host)
    if not _LOCAL.fullmatch(local) or not _HOST.fullmatch(host) or _NO_HOST.fullmatch(host):
        raise Undeliverable(f"{shown} is not an e-mail address that can be answered")
    return f"{local}@{host}" if _DOTS_AS_USUAL.fullmatch(local) else f'"{local}"@{host}'


def html_page(text: str, subject: str, letterhead: Letterhead = PLAIN, brand: str = "") -> str:
    """Render an answer (plain text or Markdown) as a page; nothing remote comes from the answer."""
    signature = letterhead.signature.strip()
    said = {
        "content": _rendered(text),
        "signature": f'<div style="{_SIGNATURE_STYLE}">{_rendered(signature)}</div>' if signature else "",
        "subject": escape(subject),
        "brand": escape(brand),
    }
    return _PLACE.sub(lambda place: said.get(place[1], ""), letterhead.page)


def _rendered(text: str) -> str:
    # What a person types in a plain answer must not turn into headings, code or hidden references.
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.disable(["image", "reference", "code", "heading", "lheading", "entity"])
    rendered: str = markdown.render(text)
    return rendered.strip()


def _ascii_host(host: str) -> str:
    """Return the host as it is spelled in ASCII, "" when it has no such spelling."""
    if len(host) > _LONGEST_HOST:  # The codec takes quadratic time.
        return ""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def _display(name: str) -> str:
    # Quotes and backslashes are legal, but older mail programs show them escaped.
    return one_line(name).replace('"', "").replace("\\", "")[:_NAME_LENGTH]


def _continue_thread(message: EmailMessage, thread: tuple[str, ...]) -> None:
    known = [one for one in thread if _ID.fullmatch(one) and one.isascii() and not one.endswith(_INVENTED_ID)]
    if not known:
        return
    message["In-Reply-To"] = ids(known[-1:])
    kept = known if len(known) <= _MOST_REFERENCES else [known[0], *known[1 - _MOST_REFERENCES :]]
    message["References"] = ids(kept)
