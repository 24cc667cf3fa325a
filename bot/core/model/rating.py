"""What customers say of conversations."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.model.channel import Channel
from bot.core.model.delivery import DeliveryState

BEST_SCORE = 5  # Customers rate from 1 to this.


@dataclass(frozen=True)
class Rating:
    """What a customer says of a conversation that was closed: 1 (bad) to 5 (good), and why."""

    conversation_id: str
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class RatingRequest:
    """That the customer of a closed conversation is asked to rate it: where, how far that is, and since when."""

    conversation_id: str
    channel: Channel
    address: str
    state: DeliveryState
    at: datetime
