"""Hindsight: what customers do after an answer can show that it was not right, whoever had approved it.

Only doubt is taken from this: a customer who stays away says nothing. It falls on the newest answer they got.
"""

from datetime import datetime, timedelta

from bot.core import topics
from bot.core.assessing import RATED_POOR, REOPENED
from bot.core.model import Conversation, DeliveryState, Message
from bot.core.ports.storage import Transaction

SOON = timedelta(hours=72)
POOR_SCORE = 2


async def look_at_message(tx: Transaction, conversation: Conversation, message: Message) -> None:
    """Doubt the answer of a closed conversation that this message opens again; `conversation` is as it was before."""
    closed = conversation.closed_at
    soon = closed is not None and message.created_at - closed <= SOON
    if soon and not topics.is_courtesy([message.content]):
        await _doubt(tx, conversation.id, REOPENED, message.created_at)


async def look_at_rating(tx: Transaction, conversation_id: str, score: int, at: datetime) -> None:
    """Doubt the answer that a customer is not content with."""
    if score <= POOR_SCORE:
        await _doubt(tx, conversation_id, RATED_POOR, at)


async def _doubt(tx: Transaction, conversation_id: str, verdict: str, at: datetime) -> None:
    case = await tx.conversations.case(conversation_id)
    sent = [d for d in case.deliveries if d.state is DeliveryState.SENT] if case is not None else []
    if sent:
        await tx.assessments.doubt(sent[-1].draft_id, verdict=verdict, at=at)
