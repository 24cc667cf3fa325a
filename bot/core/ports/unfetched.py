"""Messages of whose media something is still to be fetched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import Attachment, Message


@dataclass(frozen=True)
class Fetched:
    """What became of one medium: `number` counts from 1; `again` says that another attempt may have it."""

    number: int
    attachment: Attachment
    content: bytes = b""
    again: bool = False


class Fetcher(Protocol):
    """Fetches media again that a message names as `unfetched`, in a form that only the fetcher reads."""

    async def again(self, message: str, unfetched: Sequence[Mapping[str, Any]]) -> Sequence[Fetched]:
        """Try once more what came with the message of this external id."""
        ...


class UnfetchedMedia(Protocol):
    """Which messages are to be looked at again, and when."""

    async def put(self, message_id: str, due_at: datetime) -> None:
        """Note when to try again, in place of what was known."""
        ...

    async def remove(self, message_id: str) -> None: ...

    async def due(self, now: datetime, limit: int) -> Sequence[Message]:
        """Return the messages whose time has come, the longest waiting first."""
        ...
