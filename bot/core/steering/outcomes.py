"""What became of a conversation, as steering sees it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.model import BEST_SCORE

SATISFIED = BEST_SCORE - 1


@dataclass(frozen=True)
class Outcome:
    """One conversation in which an answer went out by itself: whether the customer came back, and how they rated it.

    `right` is what people said of the automatic answers that they were shown: False when one was wrong, None when
    nobody has said anything of a fair sample.
    """

    conversation_id: str
    begun_at: datetime
    reopened: bool
    score: int | None = None
    right: bool | None = None
