"""Answers of agents that could become articles."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Suggestion
from storage.rows import changed, insert_once, many, one, row_of, select_as
from storage.tables import suggestions
from storage.within import EVERYWHERE, Within


class SqlSuggestions:
    """One row per answer; whoever decides first decides."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

    async def add(self, suggestion: Suggestion) -> bool:
        """Insert; False when this answer has been suggested before."""
        return await insert_once(self._connection, suggestions, row_of(suggestion), ("id",))

    async def get(self, suggestion_id: str) -> Suggestion | None:
        """Return one, decided or not."""
        query = select_as(Suggestion, suggestions).where(suggestions.c.id == suggestion_id, self._ours())
        return await one(self._connection, Suggestion, query)

    async def undecided(self, limit: int) -> tuple[Sequence[Suggestion], int]:
        """Return the newest that wait for a decision, and how many there are."""
        waiting = and_(suggestions.c.decided_by.is_(None), self._ours())
        query = select_as(Suggestion, suggestions).where(waiting).order_by(suggestions.c.created_at.desc())
        newest = await many(self._connection, Suggestion, query.limit(limit))
        count = await self._connection.scalar(select(func.count()).select_from(suggestions).where(waiting))
        return newest, int(count or 0)

    def _ours(self) -> ColumnElement[bool]:
        return self._within.about(suggestions.c.conversation_id)

    async def decide(self, suggestion_id: str, actor: str, article: str) -> bool:
        """Note who decided, and the name of the article it became ("" for none); True for the one who was first."""
        row = update(suggestions).where(suggestions.c.id == suggestion_id, suggestions.c.decided_by.is_(None))
        return await changed(self._connection, row.values(decided_by=actor, article=article))
