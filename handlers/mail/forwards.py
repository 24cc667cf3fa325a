"""Mails of customers that an agent of ours hands on: they are the customer's words, and the answer is for them."""

from collections.abc import Collection
from dataclasses import replace

from bot.core.model import Inbound
from integrations.email.automatic import machine_address
from integrations.email.newtext import Forwarded, split, without_forward_mark
from integrations.email.parse import ParsedMail
from integrations.email.sender_check import SenderCheck

# What is known of the agent's own mail and says nothing about the customer's.
_THE_AGENTS = frozenset({"cc", "people", "quoted", "sender_check", "verdict"})


def is_agent(address: str, agents: Collection[str]) -> bool:
    """Tell whether an address is one of these, or in one of the domains among them; all are in lower case."""
    return bool(address) and (address in agents or address.rpartition("@")[2] in agents)


def handed_on(mail: ParsedMail, check: SenderCheck, agents: Collection[str]) -> tuple[Forwarded | None, str]:
    """Return the customer's mail that one of our agents forwards, or why it is not taken for one.

    Anybody can write an agent's address into a mail: only our own mail server's word makes it an agent's.
    """
    forwarded = mail.forwarded
    if forwarded is None or not is_agent(mail.sender_address, agents):
        return None, ""
    if not forwarded.address or is_agent(forwarded.address, agents):
        return None, "" if forwarded.address else _NOBODY
    if not check.passed:
        why = check.text or "MAIL_AUTHSERV_ID is not set"
        return None, f"not taken for the mail of {forwarded.author}: nobody vouches for the agent ({why})"
    return forwarded, ""


_NOBODY = "not taken for a customer's mail: the forwarded mail does not say from which address it came"


def as_the_customers(inbound: Inbound, mail: ParsedMail, forwarded: Forwarded) -> Inbound:
    """Return a forwarded mail as if the customer had sent it, with the agent noted as who handed it on."""
    said = split(forwarded.text, forwarded.subject)
    subject = forwarded.subject or without_forward_mark(inbound.subject)
    about_agent = {key: value for key, value in inbound.metadata.items() if key not in _THE_AGENTS}
    handed = {
        "subject": subject,
        "quoted": said.quoted,
        "forwarded_by": mail.sender_address,
        "forwarded_check": str(inbound.metadata.get("verdict", "")),
        "forwarded_with": forwarded.comment,
    }
    return replace(
        inbound,
        address=forwarded.address,
        name=forwarded.name,
        text=said.new,
        subject=subject,
        automatic=inbound.automatic or machine_address(forwarded.address),
        metadata={**about_agent, **{key: value for key, value in handed.items() if value}},
    )
