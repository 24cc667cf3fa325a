"""From a raw mail and its envelope to what intake takes. Pure, so that every way mail comes in shares it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.core.model import Channel, Inbound
from handlers.mail.attachments import attachments_of
from integrations.email.address import conversation_of, plus_part
from integrations.email.automatic import NULL_SENDER, OWN_MAIL
from integrations.email.headers import mailbox
from integrations.email.parse import ParsedMail, parse
from integrations.email.sender_check import SenderCheck, check_sender

NOBODY = "unknown@invalid"
_NO_SENDER = "no sender address"


@dataclass(frozen=True)
class Envelope:
    """What is known around the mail.

    `sender` is "" for the null reverse-path, and None where nobody has said it. `warnings` is what befell the mail on
    its way to us.
    """

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def inbound_of(raw: bytes, envelope: Envelope, support: str, secret: str, authserv_id: str = "") -> Inbound:
    """Read a mail that came to the support address; never raises for what is in it.

    `authserv_id` names the mail server whose word on the sender counts.
    """
    mail = parse(raw)
    address = mail.reply_to or mail.sender_address or mailbox(envelope.sender or "")[1] or NOBODY
    attachments, contents, notices = attachments_of(mail)
    check = check_sender(mail.authentication, authserv_id, mail.sender_address)
    return Inbound(
        channel=Channel.EMAIL,
        external_id=mail.message_id,
        address=address,
        text=mail.text,
        name=mail.sender_name,
        subject=mail.subject,
        conversation_hint=conversation_of((*envelope.recipients, *mail.recipients), support, secret),
        references=_references(mail),
        automatic=_automatic(mail, address, envelope, support),
        returned=mail.returned,
        attachments=attachments,
        contents=contents,
        metadata=_metadata(mail, raw, envelope, support, check, notices),
    )


def _references(mail: ParsedMail) -> tuple[str, ...]:
    named = (mail.in_reply_to, *mail.references)
    return tuple(dict.fromkeys(one for one in named if one and one != mail.message_id))


def _automatic(mail: ParsedMail, address: str, envelope: Envelope, support: str) -> str:
    if any(plus_part(one, support) is not None for one in (mail.sender_address, address)):
        return OWN_MAIL
    if address == NOBODY:
        return _NO_SENDER
    return mail.automatic or (NULL_SENDER if envelope.sender == "" else "")


def _metadata(
    mail: ParsedMail,
    raw: bytes,
    envelope: Envelope,
    support: str,
    check: SenderCheck,
    notices: Sequence[str],
) -> dict[str, Any]:
    """Return what is worth knowing besides the text; the mail itself is kept under `raw_sha256`."""
    known = {
        "subject": mail.subject,
        "quoted": mail.quoted,
        "to": [one for one in mail.recipients if one not in mail.cc],
        "cc": [one for one in mail.cc if plus_part(one, support) is None],
        "header_from": mail.sender_address,
        "envelope_from": envelope.sender,
        "envelope_to": list(envelope.recipients),
        "bounce": mail.bounce,
        "reasons": list(mail.reasons),
        "warnings": [*envelope.warnings, *mail.warnings, *notices],
        "authentication": list(mail.authentication),
        "sender_check": check.result,
        "verdict": check.text,
    }
    kept = {key: value for key, value in known.items() if value}
    return {**kept, "size": len(raw), "raw_sha256": sha256(raw).hexdigest()}
