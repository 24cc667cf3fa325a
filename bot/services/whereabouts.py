"""Where a conversation goes on after people have merged it."""

from bot.core.model import Conversation
from bot.core.ports.storage import Transaction


async def goes_on_in(tx: Transaction, conversation_id: str) -> Conversation | None:
    """Return the conversation in which this one goes on: itself, unless it was merged."""
    while True:
        conversation = await tx.conversations.get(conversation_id)  # Locked before it is asked of.
        merge = await tx.merges.of(conversation_id)
        if merge is None:
            return conversation
        conversation_id = merge.target_id
