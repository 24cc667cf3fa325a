"""What was said, in order, and once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import NEXT, Channel, Message, Sender
from storage.rows import insert_once_into, many, next_after, one, row_of
from storage.tables import messages

SELECT_MESSAGE = select(
    messages.c.id,
    messages.c.conversation_id,
    messages.c.seq,
    messages.c.turn,
    messages.c.sender.label("sender"),
    messages.c.content,
    messages.c.created_at,
    func.coalesce(messages.c.external_id, "").label("external_id"),
    messages.c.author,
    messages.c.metadata,
)

_FIND = SELECT_MESSAGE.where(
    messages.c.channel == bindparam("by"), messages.c.external_id == bindparam("called")
)
_NUMBER = case(
    (bindparam("number", type_=messages.c.seq.type) != NEXT, bindparam("number", type_=messages.c.seq.type)),
    else_=next_after(messages.c.seq, messages.c.conversation_id == bindparam("talk")),
)
_CHANNEL_OF = select(messages.c.channel).where(messages.c.id == bindparam("message"))

_NTH_NEWEST = (
    select(messages.c.created_at)
    .where(messages.c.conversation_id == bindparam("talk"), messages.c.sender == Sender.CUSTOMER)
    .order_by(messages.c.seq.desc())
    .offset(bindparam("before"))
    .limit(1)
)


class SqlMessages:
    """Messages, unique on (channel, external id)."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, message: Message, channel: Channel) -> int | None:
        """Insert; None when (channel, external id) is known. No external id, no comparison."""
        given = row_of(message) | {"channel": channel, "external_id": message.external_id or None}
        given |= {"number": given.pop("seq"), "talk": message.conversation_id}
        number: int | None = await self._connection.scalar(_add(self._connection.dialect.name), given)
        return number

    async def find(self, channel: Channel, external_id: str) -> Message | None:
        """Return the message with this external id."""
        return await one(self._connection, Message, _FIND, {"by": channel, "called": external_id})

    async def amend(self, message_id: str, metadata: Mapping[str, Any]) -> None:
        """Put these metadata in place of a message's."""
        await self._connection.execute(
            update(messages).where(messages.c.id == message_id).values(metadata=dict(metadata))
        )

    async def channel_of(self, message_id: str) -> Channel | None:
        """Return on which channel a message came or went."""
        channel: Channel | None = await self._connection.scalar(_CHANNEL_OF, {"message": message_id})
        return channel

    async def get(self, ids: Collection[str]) -> Sequence[Message]:
        """Return the messages with these ids, wherever they have been moved to."""
        return await many(self._connection, Message, SELECT_MESSAGE.where(messages.c.id.in_(ids)))

    async def nth_newest_of_customer(self, conversation_id: str, number: int) -> datetime | None:
        """Return when the customer's newest message but `number - 1` came; None when there are fewer."""
        at: datetime | None = await self._connection.scalar(
            _NTH_NEWEST, {"talk": conversation_id, "before": number - 1}
        )
        return at


@cache
def _add(dialect: str) -> Executable:
    once = insert_once_into(dialect, messages, ("channel", "external_id"))
    return once.values(seq=_NUMBER).returning(messages.c.seq)
