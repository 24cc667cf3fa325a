"""Answers that are being written, saved while somebody types."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.desk_work import Writing
from storage.rows import changed, many, one, put, row_of, select_as
from storage.tables import conversations, writings

_ALL = select_as(Writing, writings)


class SqlWritings:
    """Writings by conversation and agent."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, conversation_id: str) -> Sequence[Writing]:
        """Return all of a conversation, the newest first."""
        query = _ALL.where(writings.c.conversation_id == conversation_id).order_by(writings.c.at.desc())
        return await many(self._connection, Writing, query)

    async def get(self, conversation_id: str, actor: str) -> Writing | None:
        """Return what an agent has not sent yet."""
        return await one(self._connection, Writing, _ALL.where(_theirs(conversation_id, actor)))

    async def put(self, writing: Writing) -> None:
        """Insert, or replace what this agent had."""
        await put(self._connection, writings, row_of(writing), ("conversation_id", "actor"))

    async def keep(
        self, conversation_id: str, actor: str, parts: tuple[tuple[str, str], ...], at: datetime
    ) -> bool:
        """Save what was typed; False when there is nothing to save it to."""
        saved = update(writings).where(_theirs(conversation_id, actor)).values(parts=parts, at=at)
        return await changed(self._connection, saved)

    async def tell(self, writing: Writing) -> None:
        """Note what the window shows and is for now; nothing where another one was opened since."""
        same = and_(_theirs(writing.conversation_id, writing.actor), writings.c.view_id == writing.view_id)
        shown = {"told": writing.told, "turn": writing.turn, "draft_id": writing.draft_id}
        await self._connection.execute(update(writings).where(same).values(shown))

    async def close(self, conversation_id: str, actor: str, view_id: str) -> None:
        """Note that this window is closed; what was typed stays."""
        same = and_(_theirs(conversation_id, actor), writings.c.view_id == view_id)
        await self._connection.execute(update(writings).where(same).values(view_id=""))

    async def to_notice(self, since: datetime) -> Sequence[Writing]:
        """Return those of whom their card shows the wrong thing; who has not typed `since` does not write."""
        return await many(self._connection, Writing, _ALL.where(or_(_begun(since), _ended(since))))

    async def notice(self, writing: Writing, since: datetime) -> bool:
        """Note what the card is to show of this one; False when that was told meanwhile, or is not so any more."""
        now = _ended(since) if writing.noticed else _begun(since)
        noted = update(writings).where(_theirs(writing.conversation_id, writing.actor), now)
        return await changed(self._connection, noted.values(noticed=not writing.noticed))

    async def drop(self, conversation_id: str, actor: str) -> None:
        """Forget what an agent had written."""
        await self._connection.execute(delete(writings).where(_theirs(conversation_id, actor)))

    async def forget(self, before: datetime) -> None:
        """Drop what nobody has touched since."""
        await self._connection.execute(delete(writings).where(writings.c.at < before))


def _open(since: datetime) -> ColumnElement[bool]:
    return and_(writings.c.view_id != "", writings.c.at >= since)


def _begun(since: datetime) -> ColumnElement[bool]:
    """Tell of whom the card says nothing yet; of whose conversation it is, it says so anyway."""
    owns = exists().where(
        conversations.c.id == writings.c.conversation_id, conversations.c.assignee == writings.c.actor
    )
    return and_(_open(since), ~writings.c.noticed, ~owns)


def _ended(since: datetime) -> ColumnElement[bool]:
    return and_(writings.c.noticed, ~_open(since))


def _theirs(conversation_id: str, actor: str) -> ColumnElement[bool]:
    return and_(writings.c.conversation_id == conversation_id, writings.c.actor == actor)
