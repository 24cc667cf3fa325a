"""What is kept about teamwork, and who is there to ask."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Channel, DeliveryState
from bot.core.teamwork.state import Acknowledgement, Kept, Pressed, Promise, Watch


class Watches(Protocol):
    """How far each conversation is looked after."""

    async def stale(self, stamp: str, since: datetime | None, limit: int) -> Sequence[str]:
        """Return conversations that changed since they were looked after, or were so under other rules.

        Only those that changed `since`; those that are resolved only when they were looked after before.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Return the conversations that are to be looked after by now, the longest waiting first."""
        ...

    async def get(self, conversation_id: str) -> Watch | None: ...

    async def put(self, watch: Watch) -> None:
        """Insert, or replace what is known."""
        ...

    async def loads(self, workspace: str = "") -> Mapping[str, int]:
        """Return who has conversations in hand that are not done, and how many."""
        ...

    async def given(self) -> Mapping[str, datetime]:
        """Return who was given conversations by turns, and when they got the last."""
        ...


class Promises(Protocol):
    """The log of service levels."""

    async def of(self, conversation_id: str) -> Sequence[Promise]: ...

    async def put(self, promise: Promise) -> None:
        """Insert, or replace what is known of this promise."""
        ...

    async def broken(self, since: datetime, channel: Channel | None, limit: int) -> Sequence[Promise]:
        """Return those that began since then and were broken, the newest first."""
        ...

    async def kept(self, since: datetime, channel: Channel | None) -> Sequence[Kept]:
        """Count those that began since then and were fulfilled or broken, by channel and kind."""
        ...

    async def pressing(self, now: datetime) -> Sequence[Pressed]:
        """Count those that run and are late, or nearly so, by channel."""
        ...


class Acknowledgements(Protocol):
    """What customers were told before a person answers: at most once in a conversation."""

    async def add(self, told: Acknowledgement) -> bool:
        """Insert; False when there is one for this conversation."""
        ...

    async def get(self, conversation_id: str) -> Acknowledgement | None: ...

    async def told_lately(self, channel: Channel, address: str, since: datetime) -> bool:
        """Tell whether anything was, or may have been, told to this address since then."""
        ...

    async def pending(self, limit: int) -> Sequence[str]:
        """Return the conversations whose customers are to be told something, the longest waiting first."""
        ...

    async def move(
        self, conversation_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime
    ) -> bool:
        """Compare and set the state; True for the one caller who moved it."""
        ...


class People(Protocol):
    """Slack's users and user groups."""

    async def gone(self, names: Collection[str]) -> Collection[str]:
        """Return which of these are deactivated users, robots or groups without anybody; in doubt, they are there."""
        ...
