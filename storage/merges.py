"""Which conversations go on in others, and the moving of messages between conversations."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Conversation, Merge, MovedMessage, Status
from bot.core.ports.merges import Candidate
from storage.rows import one, row_of, select_as
from storage.tables import conversations, customers, merges, messages
from storage.within import EVERYWHERE, Within

_ADD = insert(merges)
_OF = select_as(Merge, merges).where(merges.c.source_id == bindparam("source"))
_OF_TALK = select(messages.c.content).where(messages.c.conversation_id == conversations.c.id)
_FIRST_WORDS = _OF_TALK.order_by(messages.c.seq).limit(1).correlate(conversations).scalar_subquery()
_PLACED = (
    update(messages)
    .where(messages.c.id == bindparam("moved"))
    .values(conversation_id=bindparam("talk"), seq=bindparam("place"), turn=bindparam("in_turn"))
)


class SqlMerges:
    """Merges by the conversation that was merged."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

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

    async def candidates(self, conversation: Conversation, text: str, limit: int) -> Sequence[Candidate]:
        """Return open conversations of the same person first, with a `text` those in which it is found."""
        talk = conversations.c
        person = (
            select(customers.c.person).where(customers.c.id == conversation.customer_id).scalar_subquery()
        )
        same = customers.c.person == person
        query = (
            select_as(Conversation, conversations)
            .add_columns(customers.c.name, _FIRST_WORDS)
            .join_from(conversations, customers)
            .where(talk.channel != Channel.ZENDESK, talk.id != conversation.id, _is_open())
            .where(_says(text) if text else same, self._within.here())
            .order_by(case((same, 0), else_=1), talk.updated_at.desc(), talk.id)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return [Candidate(Conversation(*row[:-2]), row[-2], row[-1] or "") for row in rows]


def _is_open() -> ColumnElement[bool]:
    merged = exists().where(merges.c.source_id == conversations.c.id)
    return and_(conversations.c.status != Status.RESOLVED, ~merged)


def _says(text: str) -> ColumnElement[bool]:
    told = conversations.c.subject, customers.c.name, customers.c.address, customers.c.email
    said = _OF_TALK.where(messages.c.content.icontains(text, autoescape=True)).exists()
    return or_(*(column.icontains(text, autoescape=True) for column in told), said)
