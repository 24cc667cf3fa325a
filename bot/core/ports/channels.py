"""How customers are reached."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.core.errors import TooLate
from bot.core.model import Conversation, Delivery, Source
from bot.core.ports.storage import Transaction


@dataclass(frozen=True)
class Outgoing:
    """An answer on its way: `delivery.id` is the idempotency key; `thread` are external ids, oldest first.

    `sources` are what its draft rests on, and `asked_at` is when the customer wrote last. `headerless` says that the
    customer's program loses what keeps replies in their thread. `number` is that of ours which they wrote to last.
    """

    delivery: Delivery
    conversation: Conversation
    customer_name: str
    subject: str
    thread: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    asked_at: datetime | None = None
    headerless: bool = False
    number: str = ""


class Reconciled(StrEnum):
    """What a channel knows about a send that was cut short."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Deadline:
    """Until when a claimed answer may begin to leave; later, others take its sender for dead and find out themselves.

    A process can be stopped between the claim and the first byte, for longer than anybody waits for it. So every
    channel calls `check` right before what cannot be taken back, with nothing to wait for in between.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        """Begin now; `monotonic` tells seconds, never goes back and goes on while the process is stopped."""
        self._monotonic = monotonic
        self._until = monotonic() + seconds

    def check(self) -> None:
        """Raises TooLate when the time is over: nothing may be sent any more."""
        if self._monotonic() > self._until:
            raise TooLate("This process was stopped before it could send; the answer is looked at anew")


@dataclass(frozen=True)
class Left:
    """An answer that has left: its external id, and who of those in copy was refused, with the far side's words."""

    external_id: str
    refused: Mapping[str, str] = field(default_factory=dict)


# Sends if the deadline allows.
Send = Callable[[Deadline], Awaitable[Left]]


@runtime_checkable
class OutboundChannel(Protocol):
    """Hands an answer to a far side that commits by itself: a mail server, a provider's API.

    The docstring of an implementation tells its three facts of the ledger: the key under which a second attempt is
    recognised, how a lost outcome is reconciled, and what people are shown when it cannot be.
    """

    def ready(self, outgoing: Outgoing) -> AbstractAsyncContextManager[Send]:
        """Do everything that comes before the customer can see anything, and yield the act of sending.

        So the time in which a crash leaves an unknown outcome is as short as the channel allows. Leaving the
        context without sending leaves no trace. Entering and sending raise

            Unavailable: certainly not sent; may be tried again. Of these, sending raises TooLate for its deadline.
            Refused: certainly not sent, and never will be.
            OutcomeUnknown: it may have gone out (sending only).
        """
        ...

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        """Ask the far side what became of a send that was cut short.

        Raises:
            Unavailable: it cannot be asked just now.
        """
        ...

    def external_id(self, outgoing: Outgoing) -> str:
        """Return the external id this answer has, or will have: the same before and after, on every attempt."""
        ...


@runtime_checkable
class StoredChannel(Protocol):
    """A channel whose far side is our own database, so that an answer leaves in the transaction that records it.

    No outcome can be lost, hence nothing to get ready, no deadline and nothing to reconcile.
    """

    async def send_within(self, tx: Transaction, outgoing: Outgoing) -> None:
        """Put the answer where the customer reads it, once per delivery however often this is called."""
        ...

    def external_id(self, outgoing: Outgoing) -> str:
        """Return the external id this answer has, or will have."""
        ...


CustomerChannel = OutboundChannel | StoredChannel
