"""What is sent to a customer and is no answer: it ends no turn, so the send ledger does not know of it."""

from datetime import datetime
from hashlib import sha256

from bot.core.model import Case, Delivery, DeliveryState, Sender
from bot.core.ports.channels import Outgoing
from bot.core.routing import number_written_to


def unledgered(case: Case, kind: str, words: str, now: datetime) -> Outgoing:
    """Return a message in the form in which channels take answers; there is one of each kind in a conversation."""
    conversation = case.conversation
    delivery = Delivery(
        id=sha256(f"{kind}:{conversation.id}".encode()).hexdigest()[:32],
        conversation_id=conversation.id,
        turn=conversation.turn,
        decision_id="",
        draft_id="",
        channel=conversation.channel,
        address=conversation.address,
        text=words,
        sender=Sender.AI,
        author="",
        state=DeliveryState.SENDING,
        created_at=now,
        updated_at=now,
    )
    thread = tuple(m.external_id for m in case.messages if m.external_id)
    asked = case.newest_inbound
    return Outgoing(
        delivery,
        conversation,
        case.customer.name,
        conversation.subject,
        thread,
        asked_at=asked.created_at if asked is not None else None,
        number=number_written_to(case),
    )
