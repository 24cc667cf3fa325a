"""Who takes part in a conversation besides the customer, and who of them gets copies of answers."""

from collections.abc import Sequence

from bot.core.model import Case, Channel, Message, Sender

MOST_COPIES = 10


def takes_part(case: Case, address: str) -> bool:
    """Tell whether somebody began a conversation, wrote in it, or was named as a receiver by who did."""
    if address in {case.conversation.address, case.customer.email} - {""}:
        return True
    theirs = (m for m in case.messages if m.sender is Sender.CUSTOMER)
    return any(address == m.metadata.get("from") or address in people_of(m) for m in theirs)


def people_of(message: Message) -> Sequence[str]:
    """Return whom a mail was sent to besides us."""
    return [str(one) for one in message.metadata.get("people") or message.metadata.get("cc") or ()]


def in_copy(case: Case) -> tuple[str, ...]:
    """Return who gets a copy of what an agent answers: whom the customer sent their newest mail to, besides us.

    Nobody, where that is not safe: the mail may be forged, or has more receivers than a talk among people has. What
    somebody else writes in the conversation names nobody.
    """
    if case.conversation.channel is not Channel.EMAIL:
        return ()
    newest = next((m for m in reversed(case.messages) if _is_the_customers(case, m)), None)
    people = people_of(newest) if newest is not None else ()
    if newest is None or newest.sender_check == "fail" or len(people) > MOST_COPIES:
        return ()
    return tuple(dict.fromkeys(one for one in people if one != case.conversation.address))


def _is_the_customers(case: Case, message: Message) -> bool:
    by_customer = message.sender is Sender.CUSTOMER and not message.automatic
    return by_customer and message.metadata.get("from") == case.conversation.address
