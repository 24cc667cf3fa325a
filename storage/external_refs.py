"""What our things are called in record systems."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Ref, Status
from storage.rows import insert_once, many, one, one_of, put, row_of, select_as
from storage.tables import conversations, external_refs

_KEY = ("system", "entry_id")


class SqlExternalRefs:
    """Refs by system and entry, and by what the far side calls it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, system: str, conversation_id: str) -> Mapping[str, Ref]:
        """Return what a system knows of a conversation, by entry."""
        query = select_as(Ref, external_refs).where(
            external_refs.c.conversation_id == conversation_id, external_refs.c.system == system
        )
        return {ref.entry_id: ref for ref in await many(self._connection, Ref, query)}

    async def get(self, system: str, entry_id: str) -> Ref | None:
        """Return one ref."""
        query = select_as(Ref, external_refs).where(
            external_refs.c.system == system, external_refs.c.entry_id == entry_id
        )
        return await one(self._connection, Ref, query)

    async def conversation_of(self, system: str, external_id: str) -> str | None:
        """Return the conversation whose record has this id in a system."""
        query = select(external_refs.c.conversation_id).where(
            external_refs.c.system == system,
            external_refs.c.external_id == external_id,
            external_refs.c.entry_id == external_refs.c.conversation_id,
        )
        return await self._connection.scalar(query)

    async def add(self, ref: Ref) -> bool:
        """Insert; False, changing nothing, when there is one."""
        return await insert_once(self._connection, external_refs, row_of(ref), _KEY)

    async def put(self, ref: Ref) -> None:
        """Insert, or replace what is known."""
        await put(self._connection, external_refs, row_of(ref), _KEY)

    async def begun(self, conversation_id: str) -> Sequence[Ref]:
        """Return the conversation's records in all systems."""
        query = select_as(Ref, external_refs).where(
            external_refs.c.entry_id == conversation_id, external_refs.c.external_id != ""
        )
        return await many(self._connection, Ref, query)

    async def carry(
        self, conversation_id: str, entries: Sequence[str], until: datetime | None = None
    ) -> None:
        """Let what is known of these entries, or was known `until` then, count for another conversation."""
        moved = update(external_refs).where(external_refs.c.entry_id.in_(entries))
        if until is not None:
            moved = moved.where(external_refs.c.at <= until)
        await self._connection.execute(moved.values(conversation_id=conversation_id))

    async def unshown(
        self, statuses: Sequence[Status], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        """Return conversations of a status whose record was written in that time, and after their last change."""
        written = external_refs.c.external_id != "", external_refs.c.at.between(since, until)
        query = (
            select(conversations.c.id)
            .join_from(conversations, external_refs)
            .where(one_of(conversations.c.status, statuses), external_refs.c.entry_id == conversations.c.id)
            .where(*written, external_refs.c.at >= conversations.c.updated_at)
            .distinct()
            .limit(limit)
        )
        return (await self._connection.scalars(query)).all()
