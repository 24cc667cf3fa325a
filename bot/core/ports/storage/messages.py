"""What was said, and what came with it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import (
    Channel,
    Message,
)


class Messages(Protocol):
    """What was said. Unique on (channel, external id)."""

    async def add(self, message: Message, channel: Channel) -> int | None:
        """Insert, and return its number; None, and nothing is changed, when (channel, external id) is known."""
        ...

    async def find(self, channel: Channel, external_id: str) -> Message | None: ...

    async def amend(self, message_id: str, metadata: Mapping[str, Any]) -> None:
        """Put these metadata in place of a message's."""
        ...

    async def channel_of(self, message_id: str) -> Channel | None:
        """Return on which channel a message came or went, which need not be its conversation's."""
        ...

    async def get(self, ids: Collection[str]) -> Sequence[Message]:
        """Return the messages with these ids, wherever they have been moved to."""
        ...

    async def nth_newest_of_customer(self, conversation_id: str, number: int) -> datetime | None:
        """Return when the customer's newest message but `number - 1` came; None when there are fewer."""
        ...


class RawMails(Protocol):
    """Mails as they came, by the SHA-256 of their content."""

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Insert; one that is here already stays as it is."""
        ...

    async def get(self, sha256: str) -> bytes | None: ...


class Attachments(Protocol):
    """What came with messages besides their text, by the SHA-256 of its content."""

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Insert; one that is here already stays as it is."""
        ...

    async def get(self, sha256: str) -> bytes | None: ...
