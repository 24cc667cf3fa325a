"""Messages of whose media something is still to be fetched."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Message
from storage.messages import SELECT_MESSAGE
from storage.rows import many, put
from storage.tables import messages, unfetched_media


class SqlUnfetchedMedia:
    """When to try again, by message."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, message_id: str, due_at: datetime) -> None:
        """Note when to try again, in place of what was known."""
        row = {"message_id": message_id, "due_at": due_at}
        await put(self._connection, unfetched_media, row, ("message_id",))

    async def remove(self, message_id: str) -> None:
        """Try no more."""
        await self._connection.execute(
            delete(unfetched_media).where(unfetched_media.c.message_id == message_id)
        )

    async def due(self, now: datetime, limit: int) -> Sequence[Message]:
        """Return the messages whose time has come, the longest waiting first."""
        query = (
            SELECT_MESSAGE.join_from(messages, unfetched_media)
            .where(unfetched_media.c.due_at <= now)
            .order_by(unfetched_media.c.due_at)
            .limit(limit)
        )
        return await many(self._connection, Message, query)
