"""What becomes of an answer after it was handed over, put on record: it went out, it is stuck, it came back."""

from collections.abc import Mapping
from datetime import datetime
from itertools import dropwhile

from bot.core.model import (
    NEXT,
    Action,
    Channel,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    Returned,
    Sender,
    Status,
    new_id,
)
from bot.core.ports.storage import Transaction
from bot.services.transitions import move, note_event, plain_name

_OURS = frozenset({Status.WORKING, Status.UNDELIVERED})
# Only what went out can come back; where that was not on record yet, the news of it is the proof.
_MAY_BE_OUT = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


async def record_sent(
    tx: Transaction, conversation: Conversation, delivery: Delivery, external_id: str, now: datetime
) -> None:
    """Add what went out to its conversation, and hand the turn to the customer unless they wrote again."""
    message = Message(
        id=new_id(),
        conversation_id=delivery.conversation_id,
        seq=NEXT,
        turn=delivery.turn,
        sender=delivery.sender,
        content=delivery.text,
        created_at=now,
        external_id=external_id,
        author=delivery.author,
        metadata={"delivery": delivery.id},
    )
    await tx.messages.add(message, delivery.channel)
    escalated = await _still_escalated(tx, conversation, delivery)
    await move(tx, conversation, _after_sending(conversation, delivery, escalated), now, escalated=escalated)


async def record_arrived(tx: Transaction, row: Delivery, external_id: str, now: datetime) -> None:
    """Say of an answer that it went out, unless that is known, or more than that.

    Also of one that was to go again, because somebody took it for lost: the customer has it, and gets it once.
    """
    # First the conversation, as everywhere: taken in another order, these would wait for each other.
    conversation = await conversation_of(tx, row)
    for before in (*_MAY_BE_OUT, DeliveryState.PENDING):
        if await tx.deliveries.move(row.id, before, DeliveryState.SENT, at=now):
            await record_sent(tx, conversation, row, external_id, now)
            break


async def record_stuck(
    tx: Transaction, row: Delivery, after: DeliveryState, error: str, now: datetime
) -> None:
    """Say of an answer that it failed, or that nobody knows, unless somebody else has moved it meanwhile."""
    # First the conversation, as everywhere.
    await conversation_of(tx, row)
    since = row.updated_at if row.state is DeliveryState.SENDING else None
    if not await tx.deliveries.move(row.id, row.state, after, at=now, error=error, since=since):
        return
    if after is DeliveryState.UNKNOWN:
        # The customer may have read it, and the card stops telling of it as soon as they write again.
        said = f"Nobody knows whether this answer went out: {plain_name(row.text)}"
        await note_event(tx, row.conversation_id, said, now)
    await _ask_for_a_person(tx, row, await conversation_of(tx, row), now)


async def record_returned(tx: Transaction, channel: Channel, returned: Returned, now: datetime) -> bool:
    """Say of an answer that it came back, or is late; return False when it is none of ours.

    The same news may come again and in any order: what came back stays so, and what never left cannot come back.
    """
    for external_id in returned.external_ids:
        delivery = await tx.deliveries.find(channel, external_id)
        if delivery is not None:
            # First the conversation, as everywhere; then what is true of the answer.
            conversation = await conversation_of(tx, delivery)
            delivery = await tx.deliveries.get(delivery.id) or delivery
            await _returned(tx, conversation, delivery, external_id, returned, now)
            return True
    return False


async def _returned(
    tx: Transaction,
    conversation: Conversation,
    delivery: Delivery,
    external_id: str,
    returned: Returned,
    now: datetime,
) -> None:
    went_out = delivery.state is DeliveryState.SENT
    if delivery.state in _MAY_BE_OUT:
        went_out = await tx.deliveries.move(delivery.id, delivery.state, DeliveryState.SENT, at=now)
        if went_out:
            await record_sent(tx, conversation, delivery, external_id, now)
    if not went_out:
        return
    place = await place_of(tx, delivery, external_id)
    # The reason comes from outside, and an event's text may mention people.
    reason = plain_name(returned.reason)
    if copies := _only_copies(delivery, returned):
        await _note_uncopied(tx, delivery, place, dict.fromkeys(copies, reason), now)
    elif returned.permanent:
        sent, back = DeliveryState.SENT, DeliveryState.BOUNCED
        await tx.deliveries.move(delivery.id, sent, back, at=now, error=returned.reason)
        await note_event(tx, place.id, f"The answer came back: {reason}", now)
        await _ask_for_a_person(tx, delivery, place, now)
    else:
        await note_event(tx, place.id, f"The answer is late: {reason}", now)
        await move(tx, place, place.status, now)


async def record_uncopied(tx: Transaction, row: Delivery, refused: Mapping[str, str], now: datetime) -> None:
    """Say of an answer who of those in copy did not get it, and why."""
    place = await conversation_of(tx, row)
    delivery = await tx.deliveries.get(row.id) or row
    await _note_uncopied(tx, delivery, place, refused, now)


async def _note_uncopied(
    tx: Transaction, delivery: Delivery, place: Conversation, refused: Mapping[str, str], now: datetime
) -> None:
    fresh = [one for one in refused if one not in delivery.uncopied]
    if not fresh:
        return
    await tx.deliveries.note_uncopied(delivery.id, (*delivery.uncopied, *fresh))
    for reason in dict.fromkeys(refused[one] for one in fresh):
        people = ", ".join(one for one in fresh if refused[one] == reason)
        said = f"The copy for {plain_name(people)} did not arrive: {plain_name(reason)}"
        await note_event(tx, place.id, said, now)
    await move(tx, place, place.status, now)


async def place_of(tx: Transaction, delivery: Delivery, external_id: str) -> Conversation:
    """Return the conversation that an answer stands in: people may have moved it since it went out."""
    message = await tx.messages.find(delivery.channel, external_id)
    moved = message is not None and message.conversation_id != delivery.conversation_id
    place = await tx.conversations.get(message.conversation_id) if message is not None and moved else None
    return place or await conversation_of(tx, delivery)


def _only_copies(delivery: Delivery, returned: Returned) -> list[str]:
    """Return who did not get their copy, where the customer is none of those whom the answer did not reach."""
    unreached = {one.lower() for one in returned.recipients}
    return [] if delivery.address.lower() in unreached else [one for one in delivery.cc if one in unreached]


async def _ask_for_a_person(tx: Transaction, delivery: Delivery, place: Conversation, now: datetime) -> None:
    """Show that an answer did not arrive. A newer question or answer goes first; its card tells of this one too.

    Where the answer was moved to, the ledger has no row of it: there it is escalated.
    """
    if place.id != delivery.conversation_id:
        await move(tx, place, Status.ESCALATED, now, escalated=True)
        return
    case = await tx.conversations.case(delivery.conversation_id)
    assert case is not None, "the ledger references the conversation"  # noqa: S101
    newest = case.delivery
    overtaken = case.conversation.turn != delivery.turn or (newest is not None and newest.id != delivery.id)
    await move(tx, case.conversation, case.conversation.status if overtaken else Status.UNDELIVERED, now)


def _after_sending(conversation: Conversation, delivery: Delivery, escalated: bool) -> Status:
    if conversation.status not in _OURS:
        return conversation.status  # Somebody escalated or resolved it while it was being sent.
    if conversation.turn != delivery.turn:
        return Status.WORKING
    return Status.ESCALATED if escalated else Status.ANSWERED


async def _still_escalated(tx: Transaction, conversation: Conversation, delivery: Delivery) -> bool:
    """An agent's answer ends an escalation, but not one that somebody decided after that answer."""
    if not conversation.escalated or conversation.status is Status.ESCALATED:
        return conversation.escalated
    case = await tx.conversations.case(conversation.id)
    decisions = case.decisions if case is not None else ()
    # Only the newest draft's decisions are at hand: where this answer's is not among them, all of them came later.
    since = list(dropwhile(lambda d: d.id != delivery.decision_id, decisions)) or decisions
    return delivery.sender is not Sender.AGENT or any(d.action is Action.ESCALATE for d in since)


async def conversation_of(tx: Transaction, delivery: Delivery) -> Conversation:
    """Return the conversation of an answer, which from then on nobody else changes."""
    conversation = await tx.conversations.get(delivery.conversation_id)
    assert conversation is not None, "the ledger references the conversation"  # noqa: S101
    return conversation
