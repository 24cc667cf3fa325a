"""From a raw mail and its envelope to what intake takes. Pure, so that every way mail comes in shares it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.core.model import Channel, Inbound
from handlers.mail.attachments import attachments_of
from handlers.mail.forwards import as_the_customers, handed_on
from integrations.email.address import conversation_in, conversation_of, plus_part, without_token
from integrations.email.automatic import NULL_SENDER, OWN_MAIL, machine_address
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


@dataclass(frozen=True)
class House:
    """What a mail is read with: our address, our key, whose word on senders counts, and who our agents are.

    `agents` are addresses and domains in lower case.
    """

    support: str
    secret: str = field(repr=False)
    authserv_id: str = ""
    agents: frozenset[str] = frozenset()


def inbound_of(raw: bytes, envelope: Envelope, house: House) -> Inbound:
    """Read a mail that came to the support address; never raises for what is in it."""
    mail = parse(raw)
    address = mail.reply_to or mail.sender_address or mailbox(envelope.sender or "")[1] or NOBODY
    attachments, contents, notices = attachments_of(mail)
    check = _check(mail, house.authserv_id)
    hint = conversation_of((*envelope.recipients, *mail.recipients), house.support, house.secret)
    forwarded, why_not = (None, "") if hint else handed_on(mail, check, house.agents)
    warnings = [*envelope.warnings, *mail.warnings, *notices, *filter(None, [why_not])]
    inbound = Inbound(
        channel=Channel.EMAIL,
        external_id=mail.message_id,
        address=address,
        text=mail.text,
        name=mail.sender_name,
        subject=without_token(mail.subject),
        conversation_hint=hint,
        references=_references(mail),
        beginning=conversation_in(mail.subject, house.secret),
        automatic=_automatic(mail, address, envelope, house.support),
        returned=mail.returned,
        attachments=attachments,
        contents=contents,
        metadata=_metadata(mail, raw, envelope, house, check, warnings),
    )
    return as_the_customers(inbound, mail, forwarded) if forwarded is not None else inbound


def _check(mail: ParsedMail, authserv_id: str) -> SenderCheck:
    if mail.rewritten and authserv_id:
        return SenderCheck("", "A mailing list sent this: what was checked is the list, not who wrote")
    return check_sender(mail.authentication, authserv_id, mail.sender_address)


def _references(mail: ParsedMail) -> tuple[str, ...]:
    named = (mail.in_reply_to, *mail.references)
    return tuple(dict.fromkeys(one for one in named if one and one != mail.message_id))


def _people(mail: ParsedMail, support: str) -> list[str]:
    """Return whom a mail was sent to besides us and its sender, without machines."""
    sender = {mail.sender_address, mail.reply_to}
    return [
        one
        for one in dict.fromkeys((*mail.to, *mail.cc))
        if one not in sender and plus_part(one, support) is None and not machine_address(one)
    ]


def _automatic(mail: ParsedMail, address: str, envelope: Envelope, support: str) -> str:
    if any(plus_part(one, support) is not None for one in (mail.sender_address, address)):
        return OWN_MAIL
    if address == NOBODY:
        return _NO_SENDER
    return mail.automatic or (NULL_SENDER if envelope.sender == "" else "")


def _of_ours(address: str, house: House) -> str:
    """Return our address for one of those that replies go to; with any other word behind the plus it is its own."""
    return house.support if conversation_of((address,), house.support, house.secret) else address


def _metadata(
    mail: ParsedMail,
    raw: bytes,
    envelope: Envelope,
    house: House,
    check: SenderCheck,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return what is worth knowing besides the text; the mail itself is kept under `raw_sha256`."""
    known = {
        "subject": without_token(mail.subject),
        "quoted": mail.quoted,
        "to": [one for one in mail.recipients if one not in mail.cc],
        "cc": [one for one in mail.cc if plus_part(one, house.support) is None],
        "people": _people(mail, house.support),
        "addressed": [_of_ours(one, house) for one in (*mail.to, *mail.cc)],
        "header_from": mail.sender_address,
        "envelope_from": envelope.sender,
        "envelope_to": list(envelope.recipients),
        "bounce": mail.bounce,
        "headerless": mail.is_reply and not (mail.in_reply_to or mail.references),
        "reasons": list(mail.reasons),
        "warnings": list(warnings),
        "authentication": list(mail.authentication),
        "sender_check": check.result,
        "verdict": check.text,
    }
    kept = {key: value for key, value in known.items() if value}
    return {**kept, "size": len(raw), "raw_sha256": sha256(raw).hexdigest()}
