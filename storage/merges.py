"""Which conversations go on in others, and the moving of messages between conversations."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, insert, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Conversation, Merge, MovedMessage, Status
from storage.rows import many, one, row_of, select_as
from storage.tables import conversations, customers, merges, messages

_ADD = insert(merges)
_OF = select_as(Merge, merges).where(merges.c.source_id == bindparam("source"))
_PLACED = (
    update(messages)
    .where(messages.c.id == bindparam("moved"))
    .values(conversation_id=bindparam("talk"), seq=bindparam("place"), turn=bindparam("in_turn"))
)


class SqlMerges:
    """Merges by the conversation that was merged."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, merge: Merge) -> None:
        """Insert a merge."""
        await self._connection.execute(_ADD, row_of(merge))

    async def of(self, source_id: str) -> Merge | None:
        """Return where a conversation goes on, if it was merged."""
        return await one(self._connection, Merge, _OF, {"source": source_id})

    async def remove(self, source_id: str) -> None:
        """Forget a merge."""
        await self._connection.execute(delete(merges).where(merges.c.source_id == source_id))

    async def move(self, conversation_id: str, places: Sequence[MovedMessage]) -> None:
        """Move messages into a conversation; in two steps, for they may change places among themselves."""
        for sign in (-1, 1):
            moves = [
                {"moved": one.id, "talk": conversation_id, "place": sign * one.seq, "in_turn": one.turn}
                for one in places
            ]
            if moves:
                await self._connection.execute(_PLACED, moves)

    async def candidates(self, conversation: Conversation, text: str, limit: int) -> Sequence[Conversation]:
        """Return open conversations of the same channel, those of the same customer first."""
        talk = conversations.c
        same = case((talk.customer_id == conversation.customer_id, 0), else_=1)
        query = (
            select_as(Conversation, conversations)
            .join_from(conversations, customers)
            .where(talk.channel == conversation.channel, talk.id != conversation.id, _is_open())
            .where(_says(text) if text else talk.customer_id == conversation.customer_id)
            .order_by(same, talk.updated_at.desc(), talk.id)
            .limit(limit)
        )
        return await many(self._connection, Conversation, query)


def _is_open() -> ColumnElement[bool]:
    merged = exists().where(merges.c.source_id == conversations.c.id)
    return and_(conversations.c.status != Status.RESOLVED, ~merged)


def _says(text: str) -> ColumnElement[bool]:
    told = conversations.c.subject, customers.c.name, customers.c.address, customers.c.email
    return or_(*(column.icontains(text, autoescape=True) for column in told))
