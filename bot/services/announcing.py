"""What appears in a chat customer's stream of events; among it, whose turn it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.model import Channel, Conversation, Message, Status
from bot.core.ports.storage import Transaction

# What a chat customer sees for each status; what is not named here is nobody's business but ours.
_STATES = {
    Status.WAITING: "waiting",
    Status.ESCALATED: "escalated",
    Status.UNDELIVERED: "waiting",
    Status.ANSWERED: "answered",
    Status.HELD: "received",
    Status.RESOLVED: "resolved",
}


async def announce(tx: Transaction, conversation: Conversation, status: Status, at: datetime) -> None:
    """Append the new state to the customer's chat stream; the other channels have no open line."""
    state = _STATES.get(status)
    if conversation.channel is not Channel.CHAT or state is None:
        return
    key = f"state:{conversation.id}:{conversation.version}:{state}"
    await append(tx, conversation.address, "state", {"state": state}, key=key, at=at)


async def announce_moved(tx: Transaction, conversation: Conversation, at: datetime) -> None:
    """Tell a chat customer that this goes on in another conversation of theirs, which is not this chat."""
    key = f"state:{conversation.id}:{conversation.version}:moved"
    await append(tx, conversation.address, "state", {"state": "moved"}, key=key, at=at)


async def mirror(tx: Transaction, conversation: Conversation, message: Message) -> None:
    """Show a message that came by another way than the chat in the chat it belongs to."""
    said = {"sender": message.sender.value, "text": message.content, "via": "email"}
    key = f"mail:{message.id}"
    await append(tx, conversation.address, "message", said, key=key, at=message.created_at)


async def append(
    tx: Transaction, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
) -> int:
    """Append an event to a visitor's stream, wake who waits for it, and return its number."""
    seq = await tx.chat.append(visitor, kind, payload, key=key, at=at)
    tx.publish(topic_of(visitor))
    return seq


def topic_of(visitor: str) -> str:
    """Return the topic on which a visitor's new events are made known."""
    return f"chat:{visitor}"
