"""Which conversations go on in others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.model import Conversation, Merge, MovedMessage


@dataclass(frozen=True)
class Candidate:
    """A conversation that another may be merged into: whose it is, and the first words they said in it."""

    conversation: Conversation
    name: str
    words: str


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

    async def candidates(self, conversation: Conversation, text: str, limit: int) -> Sequence[Candidate]:
        """Return open conversations of the same person, on whatever channel but Zendesk, the newest first.

        With a `text`, those of anybody in whose subject, messages, name or address it is, that person's first.
        """
        ...
