"""Who may be told what: a customer is who they say they are only where somebody we trust has vouched for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.context import CustomerRecord, Fact
from bot.core.model import Case, Channel, Conversation, Customer, Message


@dataclass(frozen=True)
class KnownCustomer:
    """Everything about a customer: where they are reached, their conversations, what each source knows."""

    case: Case
    reached_at: tuple[Customer, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    records: tuple[CustomerRecord, ...] = ()


FORGED = "sender may be forged"
_UNPROVEN = {
    Channel.EMAIL: "the mail proves no sender",
    Channel.CHAT: "the visitor has not signed in",
    Channel.SMS: "a number can be faked",
    Channel.PHONE: "a number can be faked",
    Channel.ZENDESK: "Zendesk does not vouch for the requester",
}


def unverified(case: Case) -> str:
    """Return why this customer may be somebody else, or nothing: mail needs a pass of DMARC, chat a signed identity.

    A caller's number is a hint and never a proof.
    """
    asked = case.unanswered or tuple(filter(None, (case.newest_inbound,)))
    if any(message.sender_check == "fail" for message in asked):
        return FORGED
    proven = bool(asked) and all(message.sender_check == "pass" for message in asked)
    return "" if case.customer.verified or proven else _UNPROVEN[case.conversation.channel]


def may_be_told(case: Case) -> tuple[Fact, ...]:
    """Return the facts that an answer may use."""
    doubt = unverified(case)
    return tuple(f for f in case.customer.facts if not f.internal and not (doubt and f.personal))


def kept_back(case: Case) -> bool:
    """Tell whether answers know less of the customer than they would of a verified one."""
    return bool(unverified(case)) and any(f.personal and not f.internal for f in case.customer.facts)


def name_for(case: Case) -> str:
    """Return how an answer may call the customer: by a name of our records only when they are who they say."""
    if not case.customer.known or not unverified(case):
        return case.customer.name
    asked = case.unanswered or tuple(filter(None, (case.newest_inbound,)))
    return _as_they_say(asked[-1], case.conversation.address) if asked else ""


def _as_they_say(message: Message, address: str) -> str:
    return "" if message.author == address or "@" in message.author else message.author


def used_in(text: str, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the facts whose words stand in a text."""
    said = text.casefold()
    return tuple(fact for fact in facts if any(word in said for word in _spoken(fact)))


def _spoken(fact: Fact) -> list[str]:
    """Return how a fact may stand in a text: as it is worded, or its value without the label."""
    whole = fact.text.casefold()
    value = whole.removeprefix(f"{fact.label.casefold()}: ") if fact.label else whole
    return [word for word in {whole, value} if len(word) > 2]
