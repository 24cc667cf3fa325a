"""Personal data: no full card or account number, nothing of another person, and no question for a password."""

import re
from collections.abc import Iterable

from bot.answering.embedded import first_name
from bot.answering.guardrails.draft import Checked, shortened
from bot.answering.secrets import PRIVATE, find, masks_in
from bot.core.model import Flag

_GREETED = re.compile(
    r"^\s*(?:hi|hello|hey|dear|hallo|liebe[rs]?|bonjour|hola)\s+(?P<name>[^\W\d_][\w'’-]+)", re.IGNORECASE
)
_NOBODY = frozenset("there all everyone again team sir madam customer friend together folks and".split())
_CREDENTIAL = r"(?:password|passcode|pin|cvc|cvv|security code|(?:full )?card number|card details|one[- ]time code|login)"
_ASKS = re.compile(
    rf"\b(?:send|tell|give|share|confirm|provide|enter|reply with|let us (?:know|have))\b(?: \w+){{0,4}} (?:your|the)"
    rf"(?: \w+){{0,2}} {_CREDENTIAL}\b|\bwhat (?:is|are) your(?: \w+){{0,2}} {_CREDENTIAL}\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(r"\b(?:never|not|without|do(?:es)?n['’]t|cannot|nor)\b", re.IGNORECASE)


def secrets(draft: Checked) -> Iterable[Flag]:
    """A card, bank account, social security number or password must never be written out."""
    for found in find(draft.text):
        if found.kind in PRIVATE:
            yield Flag("secret", f"The answer shows a {found.kind}", hard=True)
    for mask in dict.fromkeys(masks_in(draft.text)):
        yield Flag("masked", f"The answer speaks of hidden data: {mask.strip('⟦⟧')}")


def asks_for_secrets(draft: Checked) -> Iterable[Flag]:
    """Nobody is ever asked to write a password or a card number into a message."""
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", draft.text):
        asked = _ASKS.search(sentence)
        if asked and not _REFUSES.search(sentence) and sentence.strip() not in draft.published:
            yield Flag(
                "asks_for_secret", f"The answer asks for secrets: “{shortened(asked.group())}”", hard=True
            )


def of_others(draft: Checked) -> Iterable[Flag]:
    """Addresses, phone numbers and names of people must be the customer's own, or stand in an article."""
    known = "\n".join((draft.published, draft.said, draft.earlier, draft.customer_name, *draft.facts)).lower()
    ours = _domains(draft.published)
    for found in find(draft.text):
        foreign = found.kind in {"email", "phone"} and not _stands_in(found.text, known)
        if foreign and found.text.rpartition("@")[2].lower() not in ours:
            yield Flag("personal_data", f"This {found.kind} is not the customer's: {found.text}", hard=True)
    greeted = _GREETED.match(draft.text)
    if greeted and not _is_theirs(greeted["name"], draft, known):
        yield Flag("wrong_name", f"The answer greets somebody else: “{greeted['name']}”", hard=True)


def _is_theirs(name: str, draft: Checked, known: str) -> bool:
    return name.lower() in _NOBODY or name == first_name(draft.customer_name) or name.lower() in known


def _stands_in(value: str, known: str) -> bool:
    digits = re.sub(r"\D", "", value)
    return value.lower() in known or (
        len(digits) >= 7 and "@" not in value and digits in re.sub(r"\D", "", known)
    )


def _domains(text: str) -> set[str]:
    return {found.text.rpartition("@")[2].lower() for found in find(text) if found.kind == "email"}
