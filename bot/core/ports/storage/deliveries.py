"""The send ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    Channel,
    Delivery,
    DeliveryState,
)


class Deliveries(Protocol):
    """The send ledger."""

    async def add(self, delivery: Delivery) -> None: ...

    async def get(self, delivery_id: str) -> Delivery | None: ...

    async def move(
        self,
        delivery_id: str,
        before: DeliveryState,
        after: DeliveryState,
        *,
        at: datetime,
        error: str = "",
        author: str = "",
        since: datetime | None = None,
        external_id: str = "",
    ) -> bool:
        """Compare and set the state; True for the one caller who moved it. Back to pending, a new attempt begins.

        An `author` and an `external_id` take the place of the old. `since` is the row's `updated_at` as the caller
        knows it: whoever claimed the row before somebody else did must not move it any more.
        """
        ...

    async def arrived(self, delivery_id: str, *, at: datetime) -> bool:
        """Note that what was sent has arrived; True for the one caller who was first."""
        ...

    async def note_uncopied(self, delivery_id: str, people: Sequence[str]) -> None:
        """Note who of those in copy did not get it, in place of what was known."""
        ...

    async def arrived_unshown(self, *, since: datetime, until: datetime, limit: int) -> Sequence[str]:
        """Return conversations with an answer that arrived in that time, and after their last change."""
        ...

    async def claim(self, delivery_id: str, external_id: str, *, at: datetime) -> bool:
        """Pending -> sending, only while the conversation's turn is still the delivery's turn.

        `external_id` is what the answer will be known by on its channel; `find` finds the row by it from then on.
        """
        ...

    async def find(self, channel: Channel, external_id: str) -> Delivery | None:
        """Return the row of an answer by the id it carries on its channel; one that was never claimed has none."""
        ...
