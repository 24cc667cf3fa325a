"""Web chat: visitors, their sessions and streams, and what they did not fetch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import (
    DeliveryState,
)


@dataclass(frozen=True)
class ChatEvent:
    """One numbered event in a visitor's stream; `seq` counts from 1 per visitor."""

    seq: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class ChatSession:
    """Whose session it is, and whether somebody had vouched for them when it was opened."""

    visitor: str
    identified: bool
    created_at: datetime


@dataclass(frozen=True)
class Visitor:
    """What is known of a visitor: `subject` is who they are to whoever vouched for them, None for nobody."""

    visitor: str
    subject: str | None
    name: str
    email: str
    verified: bool
    at: datetime


@dataclass(frozen=True)
class Unseen:
    """An answer that stands in a visitor's stream under `seq`, and that they have not fetched `since` then."""

    delivery_id: str
    conversation_id: str
    visitor: str
    seq: int
    since: datetime


class Chat(Protocol):
    """Web-chat visitors, their sessions, their event stream, and which answers in it they did not fetch yet."""

    async def open_session(
        self, token_hash: str, visitor: str, *, at: datetime, identified: bool = False
    ) -> None: ...

    async def session(self, token_hash: str, *, since: datetime) -> ChatSession | None:
        """Return whose token this is, unless it was handed out before `since`."""
        ...

    async def visitor(self, visitor: str) -> Visitor | None: ...

    async def visitor_of(self, subject: str) -> str | None:
        """Return the visitor who was vouched for under this name."""
        ...

    async def put_visitor(self, visitor: Visitor) -> None:
        """Insert, or replace what is known."""
        ...

    async def append(
        self, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
    ) -> int:
        """Append an event and return its seq; when (visitor, key) exists, return that event's seq unchanged."""
        ...

    async def seq_of(self, visitor: str, key: str) -> int | None: ...

    async def after(self, visitor: str, seq: int, limit: int) -> Sequence[ChatEvent]: ...

    async def last_seq(self, visitor: str) -> int: ...

    async def expect(self, unseen: Unseen) -> None:
        """Note an answer that is to be fetched; one that is known changes nothing."""
        ...

    async def unseen(self, visitors: Collection[str]) -> Sequence[Unseen]:
        """Return what these visitors did not fetch."""
        ...

    async def overdue(self, before: datetime, limit: int) -> Sequence[Unseen]:
        """Return what nobody fetched since `before`, without that of which people were told."""
        ...

    async def tell_unseen(self, delivery_id: str, *, mail_at: datetime | None = None) -> bool:
        """Have the case say that this was not fetched; True for the one caller who was first.

        With `mail_at`, it is to be mailed from then on.
        """
        ...

    async def to_mail(self, now: datetime, limit: int) -> Sequence[Unseen]:
        """Return what is to be mailed by now, or was being mailed and should be settled by now."""
        ...

    async def mail_state(self, delivery_id: str) -> DeliveryState | None:
        """Return how far the mail about an unseen answer is; None when there is none, or it was fetched."""
        ...

    async def move_mail(
        self, delivery_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime
    ) -> bool:
        """Compare and set; True for the one caller who moved it. `at` is when to look at it again."""
        ...

    async def drop_unseen(self, before: datetime) -> None:
        """Forget what was not fetched since `before`: nobody waits for it any more."""
        ...

    async def forget_unseen(self, delivery_id: str) -> bool:
        """Note that this was fetched; return whether the case said otherwise."""
        ...
