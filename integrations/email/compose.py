"""An answer as a mail: plain text and HTML, in the customer's thread, marked so that machines do not reply.

Composing is a function of its arguments: the same delivery always gives the same Message-ID and Date, so a second
attempt is recognisably the same mail. Customers' words reach headers only through `one_line`.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from html import escape

from markdown_it import MarkdownIt

from bot.core.errors import Refused
from bot.core.model import Sender
from bot.core.ports import Outgoing
from integrations.email.address import reply_address
from integrations.email.automatic import LOOP_HEADER
from integrations.email.decode import clean, one_line

_SUBJECT_LENGTH = 200
_NAME_LENGTH = 80
_MOST_REFERENCES = 20

_REPLY_PREFIX = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|ref|rif|odp|回复|答复)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]", re.IGNORECASE
)
_ID = re.compile(r"<[^<>\s]{1,400}>")
_INVENTED_ID = "@no-id.threadpilot>"
_PLAIN_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")

_PAGE = """\
<!doctype html>
<html>
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px 16px;background:#ffffff;color:#1f2328;\
font:16px/1.55 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:600px">
{content}
</div>
</body>
</html>
"""


class _Policy(EmailPolicy):
    """Writes long message ids as they are; the standard policy would turn them into encoded words."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return self.fold(name, value).encode("ascii", "replace")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Mailbox:
    """Who answers: the name customers read, and the support address."""

    name: str
    address: str

    @property
    def host(self) -> str:
        return self.address.rpartition("@")[2]


def external_id(outgoing: Outgoing, sender: Mailbox) -> str:
    """Return the Message-ID that this answer has, or will have."""
    return f"<threadpilot.{outgoing.delivery.id}@{sender.host}>"


def compose(outgoing: Outgoing, sender: Mailbox, secret: str) -> EmailMessage:
    """Write the mail for an answer.

    Raises:
        Refused: the customer's address is none a mail can be sent to.
    """
    delivery = outgoing.delivery
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(_display(sender.name), addr_spec=sender.address)
    message["To"] = Address(_display(outgoing.customer_name), addr_spec=deliverable(delivery.address))
    message["Reply-To"] = Address(
        _display(sender.name), addr_spec=reply_address(sender.address, delivery.conversation_id, secret)
    )
    message["Subject"] = subject = reply_subject(outgoing.subject)
    message["Date"] = delivery.created_at
    message["Message-ID"] = external_id(outgoing, sender)
    _continue_thread(message, outgoing.thread)
    if delivery.sender is Sender.AI:
        message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message[LOOP_HEADER] = sender.address
    text = clean(delivery.text)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html_page(text, subject), subtype="html", cte="quoted-printable")
    return message


def reply_subject(subject: str) -> str:
    """Return the subject of a reply: one "Re:", however many languages answered before."""
    subject = one_line(subject)
    while prefix := _REPLY_PREFIX.match(subject):
        subject = subject[prefix.end() :]
    return f"Re: {subject.strip()[:_SUBJECT_LENGTH] or 'your message'}"


def deliverable(address: str) -> str:
    """Return an address in the form SMTP takes.

    Raises:
        Refused: it is no address, or one that only newer mail servers understand.
    """
    local, _, host = address.strip().rpartition("@")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise Refused(f"“{one_line(address)}” is not an e-mail address") from error
    address = f"{local}@{host}"
    if not local.isascii():
        raise Refused(f"“{one_line(address)}” has letters before the @ that our mail server cannot send to")
    if not _PLAIN_ADDRESS.fullmatch(address) or not address.isprintable() or host.endswith("invalid"):
        raise Refused(f"“{one_line(address)}” is not an e-mail address that can be answered")
    return address


def html_page(text: str, subject: str) -> str:
    """Render an answer (plain text or Markdown) as a page without any remote content."""
    # What a person types in a plain answer must not turn into headings, code or hidden references.
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.disable(["image", "reference", "code", "lheading"])
    return _PAGE.format(subject=escape(subject), content=markdown.render(text).strip())


def _display(name: str) -> str:
    # Quotes and backslashes are legal, but older mail programs show them escaped.
    return one_line(name).replace('"', "").replace("\\", "")[:_NAME_LENGTH]


def _continue_thread(message: EmailMessage, thread: tuple[str, ...]) -> None:
    known = [one for one in thread if _ID.fullmatch(one) and one.isascii() and not one.endswith(_INVENTED_ID)]
    if not known:
        return
    message["In-Reply-To"] = known[-1]
    kept = known if len(known) <= _MOST_REFERENCES else [known[0], *known[1 - _MOST_REFERENCES :]]
    message["References"] = " ".join(kept)
