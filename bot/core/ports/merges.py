"""Which conversations go on in others."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.model import Conversation, Merge, MovedMessage


class Merges(Protocol):
    """Merged conversations by the one that was merged, and the moving of messages between conversations."""

    async def add(self, merge: Merge) -> None: ...

    async def of(self, source_id: str) -> Merge | None:
        """Return where a conversation goes on, if it was merged."""
        ...

    async def remove(self, source_id: str) -> None: ...

    async def move(self, conversation_id: str, places: Sequence[MovedMessage]) -> None:
        """Move messages into a conversation, to the places they get there. Nothing else may stand at those."""
        ...

    async def candidates(self, conversation: Conversation, text: str, limit: int) -> Sequence[Conversation]:
        """Return open conversations of the same channel, those of the same customer first, the newest first.

        With a `text`, only those whose subject, or whose customer's name or address, has it.
        """
        ...
