"""What every act of a person begins with: what it is about, and whether that is still so."""

from bot.core.errors import InvalidInput, Owned, Rejected, Superseded
from bot.core.model import Actor, Case, Delivery, Draft
from bot.core.ports.storage import Transaction
from bot.core.text import is_blank
from bot.services.transitions import plain_name

MAX_ANSWER = 40_000
UNKNOWN = "This conversation is not known here (any more)."


async def load(tx: Transaction, conversation_id: str) -> Case:
    """Load a case for somebody who pressed a button on it.

    Raises:
        Rejected: it is not known.
        Superseded: it goes on in another one.
    """
    case = await tx.conversations.case(conversation_id)
    if case is None:
        raise Rejected(UNKNOWN)
    if case.merged_into is not None:
        raise Superseded("This conversation was merged into another one. Its card says where it goes on.")
    return case


async def load_draft(tx: Transaction, draft_id: str) -> Draft:
    draft = await tx.drafts.get(draft_id)
    if draft is None:
        raise Rejected("This draft is not known here (any more).")
    return draft


async def load_delivery(tx: Transaction, delivery_id: str) -> Delivery:
    delivery = await tx.deliveries.get(delivery_id)
    if delivery is None:
        raise Rejected("This answer is not known any more.")
    return delivery


def check_newest(case: Case, turn: int) -> None:
    """Raise Superseded when the customer wrote again after `turn`."""
    if case.conversation.turn != turn:
        who = plain_name(case.customer.name) or "The customer"
        raise Superseded(f"{who} wrote again. Read the newest message first; the card shows it.")


def check_owner(case: Case, actor: Actor, *, over: str) -> None:
    """Raise Owned where a colleague has the conversation whom the actor does not pass `over` knowingly."""
    if case.owner and case.owner not in (actor.id, over):
        raise Owned(case.owner)


def check_answer(text: str) -> None:
    """Raise InvalidInput for what is no answer: nothing, or too much."""
    if is_blank(text):
        raise InvalidInput("Write something, or close this window.", field="text")
    if len(text) > MAX_ANSWER:
        raise InvalidInput(
            f"An answer has at most {MAX_ANSWER:,} characters; this has {len(text):,}.", field="text"
        )
