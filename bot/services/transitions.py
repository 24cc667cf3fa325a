"""The one place where a conversation changes hands: status, card and customer are told together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.model import Action, Channel, Closed, Conversation, Event, Status, new_id
from bot.core.ports.storage import Database, Transaction
from bot.services.announcing import announce, announce_moved

DESK = "desk"  # The topic on which the dispatcher hears that there is something to show.
_MARKUP = str.maketrans("", "", "<>&*_~`|")

# Whose turn it is once a decision was made. A send is ours until it has left.
STATUS_AFTER = {
    Action.SEND: Status.WORKING,
    Action.REVIEW: Status.WAITING,
    Action.ESCALATE: Status.ESCALATED,
    Action.IGNORE: Status.HELD,
}


async def move(
    tx: Transaction, conversation: Conversation, status: Status, at: datetime, **values: Any
) -> Conversation:
    """Give the conversation a new status (and other columns), and have the desk show it; return it as it is then.

    The customer is told of a status only when it is new: their stream is shared by all their conversations. What
    sleeps is awake again once something has happened, and what was closed counts as open once it is.
    """
    if status is not conversation.status or "turn" in values:
        closed_at = at if status is Status.RESOLVED else None
        anew = {"snoozed_until": None, "closed_as": Closed.USUAL, "closed_at": closed_at}
        values = {
            name: usual for name, usual in anew.items() if getattr(conversation, name) != usual
        } | values
    await tx.conversations.change(conversation.id, at=at, status=status, **values)
    if status is not conversation.status:
        await announce(tx, conversation, status, at)
    if (
        status is not Status.WORKING
    ):  # What we still work on is shown as it ends, or when somebody looks anyway.
        tx.publish(DESK)
    version = conversation.version + 1
    return replace(conversation, status=status, updated_at=at, version=version, **values)


async def show_anew(tx: Transaction, conversation_id: str) -> None:
    """Have the desk show what is not the state of the conversation itself: it counts as no move."""
    conversation = await tx.conversations.get(conversation_id)
    if conversation is not None:
        await move(tx, conversation, conversation.status, conversation.updated_at)


async def end_in(tx: Transaction, conversation: Conversation, other: Conversation, at: datetime) -> None:
    """Close a conversation that goes on in another one; who chats hears that, and not that it is over."""
    await tx.conversations.change(
        conversation.id, at=at, status=Status.RESOLVED, escalated=False, closed_at=at
    )
    elsewhere = (other.channel, other.address) != (conversation.channel, conversation.address)
    if conversation.channel is Channel.CHAT and elsewhere:
        await announce_moved(tx, conversation, at)
    tx.publish(DESK)


def plain_name(name: str) -> str:
    """Return a customer's name without what Slack would take for markup or a mention."""
    return name.translate(_MARKUP).strip()


async def note_event(tx: Transaction, conversation_id: str, text: str, at: datetime) -> None:
    """Put a line into the conversation's thread: who did what."""
    await tx.events.add(Event(id=new_id(), conversation_id=conversation_id, text=text, created_at=at))


async def catch_up(database: Database, conversation_ids: Sequence[str], now: datetime) -> None:
    """Have cards show what came after their last change, which is then now. Raises Unavailable."""
    if not conversation_ids:
        return
    async with database.transaction() as tx:
        for conversation_id in conversation_ids:
            conversation = await tx.conversations.get(conversation_id)
            if conversation is not None:
                await move(tx, conversation, conversation.status, now)
