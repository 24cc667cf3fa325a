"""Drafts: proposals kept for a turn."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Draft
from storage.rows import one, row_of, select_as
from storage.tables import drafts

_ADD = insert(drafts)


class SqlDrafts:
    """Drafts by id; the newest of a conversation comes with its case."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, draft: Draft) -> None:
        """Insert a draft."""
        await self._connection.execute(_ADD, row_of(draft))

    async def get(self, draft_id: str) -> Draft | None:
        """Return a draft."""
        return await one(self._connection, Draft, select_as(Draft, drafts).where(drafts.c.id == draft_id))
