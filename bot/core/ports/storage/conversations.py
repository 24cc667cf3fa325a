"""Conversations, and what happens in their threads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import (
    Case,
    Channel,
    Conversation,
    Event,
    Note,
    Status,
)


class Conversations(Protocol):
    """Conversations and the whole case around one."""

    async def add(self, conversation: Conversation) -> None: ...

    async def get(self, conversation_id: str) -> Conversation | None: ...

    async def beginning_with(self, beginning: str) -> Conversation | None:
        """Return the conversation whose id begins so, if there is exactly one."""
        ...

    async def open_for(
        self, channel: Channel, address: str, workspace: str | None = None
    ) -> Conversation | None:
        """Return the newest conversation with this address that is not resolved; with a `workspace`, of that one."""
        ...

    async def change(self, conversation_id: str, *, at: datetime, **values: Any) -> None:
        """Set columns of a conversation (names of `Conversation`), raise `version` by one, set `updated_at`."""
        ...

    async def mark_shown(self, conversation_id: str, version: int) -> None: ...

    async def case(self, conversation_id: str, *, known: Case | None = None) -> Case | None:
        """Load everything about one conversation; what is `known` is not loaded again at the same version."""
        ...

    async def of_person(self, customer_id: str, limit: int) -> Sequence[Conversation]:
        """Return the newest conversations of a customer, on all channels and under all their addresses."""
        ...

    async def unfinished(self, limit: int) -> Sequence[str]:
        """Return the conversations that state says are to be advanced but nobody queued."""
        ...

    async def resolved_for(
        self, channel: Channel, address: str, workspace: str | None = None
    ) -> Conversation | None:
        """Return the newest conversation with this address that is resolved, and goes on in no other."""
        ...

    async def count_by_status(self) -> Mapping[tuple[Channel, Status], int]: ...


class Notes(Protocol):
    async def add(self, note: Note) -> bool:
        """Insert; False when a note with this `desk_ref` exists."""
        ...

    async def edit(self, desk_ref: str, content: str) -> str | None:
        """Change the text of a note; return its conversation id, or None when there is no such note."""
        ...

    async def remove(self, desk_ref: str) -> str | None: ...


class Events(Protocol):
    async def add(self, event: Event) -> None: ...
