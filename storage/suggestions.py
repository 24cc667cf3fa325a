"""Answers of agents that could become articles."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Suggestion
from storage.rows import changed, insert_once, many, one, row_of, select_as
from storage.tables import suggestions


class SqlSuggestions:
    """One row per answer; whoever decides first decides."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, suggestion: Suggestion) -> bool:
        """Insert; False when this answer has been suggested before."""
        return await insert_once(self._connection, suggestions, row_of(suggestion), ("id",))

    async def get(self, suggestion_id: str) -> Suggestion | None:
        """Return one, decided or not."""
        query = select_as(Suggestion, suggestions).where(suggestions.c.id == suggestion_id)
        return await one(self._connection, Suggestion, query)

    async def undecided(self, limit: int) -> tuple[Sequence[Suggestion], int]:
        """Return the newest that wait for a decision, and how many there are."""
        waiting = suggestions.c.decided_by.is_(None)
        query = select_as(Suggestion, suggestions).where(waiting).order_by(suggestions.c.created_at.desc())
        newest = await many(self._connection, Suggestion, query.limit(limit))
        count = await self._connection.scalar(select(func.count()).select_from(suggestions).where(waiting))
        return newest, int(count or 0)

    async def decide(self, suggestion_id: str, actor: str, article: str) -> bool:
        """Note who decided, and the name of the article it became ("" for none); True for the one who was first."""
        row = update(suggestions).where(suggestions.c.id == suggestion_id, suggestions.c.decided_by.is_(None))
        return await changed(self._connection, row.values(decided_by=actor, article=article))
