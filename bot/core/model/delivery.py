"""How answers leave: the rows of the send ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model.channel import Channel
from bot.core.model.message import Sender


class DeliveryState(StrEnum):
    """The life of one row of the send ledger."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"  # it went out, and came back


_ON_ITS_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True)
class Delivery:
    """One row of the send ledger: one answer to one customer, at most once; `cc` get a copy of it, except `uncopied`.

    An automatic answer may be `due_at` a later moment, so that people can stop it until then. `attempt` counts from 1
    how often it was to be sent; `delivered_at` is when the far side said that it has arrived, where one does.
    """

    id: str
    conversation_id: str
    turn: int
    decision_id: str
    draft_id: str
    channel: Channel
    address: str
    text: str
    sender: Sender
    author: str
    state: DeliveryState
    created_at: datetime
    updated_at: datetime
    error: str = ""
    due_at: datetime | None = None
    cc: tuple[str, ...] = ()
    attempt: int = 1
    delivered_at: datetime | None = None
    uncopied: tuple[str, ...] = ()

    @property
    def unattended(self) -> bool:
        """Only the policy decided to send this; `author` names whoever else did."""
        return self.sender is Sender.AI and not self.author

    @property
    def is_on_its_way(self) -> bool:
        """Tell whether it is still to be seen what becomes of it."""
        return self.state in _ON_ITS_WAY

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether it is to leave later than `now`, and can still be stopped."""
        return self.state is DeliveryState.PENDING and self.due_at is not None and self.due_at > now
