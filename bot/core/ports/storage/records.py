"""What our things are called in record systems."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    Ref,
    Status,
)


class ExternalRefs(Protocol):
    """What our things are called in record systems."""

    async def of(self, system: str, conversation_id: str) -> Mapping[str, Ref]:
        """Return what a system knows of a conversation, by entry."""
        ...

    async def get(self, system: str, entry_id: str) -> Ref | None: ...

    async def conversation_of(self, system: str, external_id: str) -> str | None:
        """Return the conversation whose record has this id in a system."""
        ...

    async def add(self, ref: Ref) -> bool:
        """Insert; False, changing nothing, when there is one."""
        ...

    async def put(self, ref: Ref) -> None:
        """Insert, or replace what is known."""
        ...

    async def begun(self, conversation_id: str) -> Sequence[Ref]:
        """Return the conversation's records in all systems."""
        ...

    async def carry(
        self, conversation_id: str, entries: Sequence[str], until: datetime | None = None
    ) -> None:
        """Let what is known of these entries, or was known `until` then, count for another conversation."""
        ...

    async def unshown(
        self, statuses: Sequence[Status], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        """Return conversations of a status whose record was written in that time, and after their last change."""
        ...
