"""Ratings: what a customer says of a conversation once it is closed, whatever the channel they say it on."""

from datetime import datetime

from bot.core.errors import InvalidInput
from bot.core.model import BEST_SCORE, Conversation, Rating
from bot.core.ports.storage import Transaction
from bot.services.hindsight import look_at_rating
from bot.services.transitions import move, note_event, plain_name

COMMENT_LIMIT = 1_000
_SHOWN = 300


async def record_rating(
    tx: Transaction, conversation: Conversation, score: int, comment: str, at: datetime
) -> Rating:
    """Keep a rating, put it on record and show it on the card; a second one takes the place of the first.

    Raises:
        InvalidInput: the score is none, or the comment is too long.
    """
    if not 1 <= score <= BEST_SCORE:
        raise InvalidInput(f"A rating is a whole number from 1 to {BEST_SCORE}.", field="score")
    if len(comment) > COMMENT_LIMIT:
        raise InvalidInput(f"A comment may have up to {COMMENT_LIMIT:,} characters.", field="comment")
    rating = Rating(conversation.id, score, comment, at)
    await tx.audit.append(
        at=at,
        actor="customer",
        action="rate",
        subject=conversation.id,
        payload={"score": score, "comment": comment},
    )
    await tx.ratings.put(rating)
    await look_at_rating(tx, conversation.id, score, at)
    said = " ".join(plain_name(comment).split())[:_SHOWN]
    await note_event(
        tx,
        conversation.id,
        f"The customer rates this {score} of {BEST_SCORE}{f': “{said}”' if said else '.'}",
        at,
    )
    await move(tx, conversation, conversation.status, at)
    return rating
