"""What a customer on an open line is told about whose turn it is."""

from datetime import datetime

from bot.core.model import Channel, Conversation, Status
from bot.core.ports import Transaction

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
    await tx.chat.append(conversation.address, "state", {"state": state}, key=key, at=at)
    tx.publish(f"chat:{conversation.address}")
