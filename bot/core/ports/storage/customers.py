"""Who wrote to us, and to whom nothing may be texted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    Channel,
    Customer,
)


class Customers(Protocol):
    """Who wrote to us, by channel and address."""

    async def lock(self, channel: Channel, address: str) -> None:
        """Let no other transaction take this lock until ours ends: two first messages at once have one customer."""
        ...

    async def find(self, channel: Channel, address: str) -> Customer | None: ...

    async def add(self, customer: Customer) -> Customer:
        """Insert; when (channel, address) exists already, return the one that was first."""
        ...

    async def update(self, customer: Customer) -> None: ...

    async def same_person(self, customer_id: str) -> Sequence[Customer]:
        """Return all that are one customer with this one, itself included, the oldest first."""
        ...

    async def at(self, address: str) -> Sequence[Customer]:
        """Return who has this address on any channel, or left it as their mail address."""
        ...

    async def join(self, customer_id: str, other_id: str) -> None:
        """Make one customer of these two and all who are one with them."""
        ...

    async def part(self, customer_id: str) -> None:
        """Make this one a customer of their own, who is not joined again by itself."""
        ...

    async def note_id(self, customer_id: str, source: str, external_id: str) -> Sequence[str]:
        """Keep what a source calls a customer; return the others it calls so, without those who stay apart."""
        ...


class OptOuts(Protocol):
    """The numbers to which nothing may be texted."""

    async def add(self, address: str, at: datetime) -> None:
        """Stop what would be texted to this address; once is enough."""
        ...

    async def remove(self, address: str) -> None:
        """Allow it again."""
        ...

    async def has(self, address: str) -> bool:
        """Tell whether it is stopped."""
        ...
