"""How customers are reached and recognised."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.model import Channel, Conversation, Delivery


@dataclass(frozen=True)
class Outgoing:
    """An answer on its way: `delivery.id` is the idempotency key; `thread` are external ids, oldest first."""

    delivery: Delivery
    conversation: Conversation
    customer_name: str
    subject: str
    thread: tuple[str, ...] = ()


class Reconciled(StrEnum):
    """What a channel knows about a send that was cut short."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


# Sends, and returns the external id of what was sent.
Send = Callable[[], Awaitable[str]]


class OutboundChannel(Protocol):
    """Hands an answer to the customer's channel."""

    def ready(self, outgoing: Outgoing) -> AbstractAsyncContextManager[Send]:
        """Do everything that comes before the customer can see anything, and yield the act of sending.

        So the time in which a crash leaves an unknown outcome is as short as the channel allows. Leaving the
        context without sending leaves no trace. Entering and sending raise

            Unavailable: certainly not sent; may be tried again.
            Refused: certainly not sent, and never will be.
            OutcomeUnknown: it may have gone out (sending only).
        """
        ...

    async def reconcile(self, outgoing: Outgoing) -> Reconciled: ...

    def external_id(self, outgoing: Outgoing) -> str:
        """Return the external id this answer has, or will have."""
        ...


@dataclass(frozen=True)
class Profile:
    """What a directory or CRM says about an address."""

    name: str
    company: str = ""
    facts: tuple[str, ...] = ()


class CustomerDirectory(Protocol):
    async def look_up(self, channel: Channel, address: str) -> Profile | None:
        """Raises Unavailable when the directory does not answer in time."""
        ...
