"""Notes, events and verdicts of people in Slack: what is added to a conversation."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Delete, Update, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Event, Note, Verdict
from storage.locks import lock_conversation
from storage.rows import insert_once, next_after, put, row_of
from storage.tables import events, notes, verdicts
from storage.within import EVERYWHERE, Within


class SqlNotes:
    """Internal notes, found again by their place on the desk."""

    def __init__(
        self, connection: AsyncConnection, touch: Callable[[str], None], within: Within = EVERYWHERE
    ) -> None:
        """Tell `touch` which conversations get a note; find those `within` some workspaces."""
        self._connection = connection
        self._touch = touch
        self._within = within

    async def add(self, note: Note) -> bool:
        """Insert; False when a note with this `desk_ref` exists."""
        await lock_conversation(self._connection, note.conversation_id)
        self._touch(note.conversation_id)
        position = next_after(notes.c.position, notes.c.conversation_id == note.conversation_id)
        values = row_of(note) | {"position": position}
        return await insert_once(self._connection, notes, values, ("desk_ref",))

    async def edit(self, desk_ref: str, content: str) -> str | None:
        """Change a note; return its conversation's id, or None when there is no such note."""
        edited = update(notes).where(*self._at(desk_ref)).values(content=content)
        return await self._conversation_of(edited)

    async def remove(self, desk_ref: str) -> str | None:
        """Delete a note; return its conversation's id, or None when there is no such note."""
        removed = delete(notes).where(*self._at(desk_ref))
        return await self._conversation_of(removed)

    def _at(self, desk_ref: str) -> tuple[ColumnElement[bool], ...]:
        return notes.c.desk_ref == desk_ref, self._within.about(notes.c.conversation_id)

    async def _conversation_of(self, touched: Update | Delete) -> str | None:
        result = await self._connection.execute(touched.returning(notes.c.conversation_id))
        conversation_id: str | None = result.scalar()
        return conversation_id


class SqlEvents:
    """Lines in a conversation's thread that tell who did what."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        """Insert an event behind the others of its conversation."""
        position = next_after(events.c.position, events.c.conversation_id == event.conversation_id)
        await self._connection.execute(insert(events).values(row_of(event) | {"position": position}))


class SqlVerdicts:
    """Agents' words on answers that went out by themselves; the last one counts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(self, verdict: Verdict) -> None:
        """Insert, or replace the verdict on the same draft."""
        await put(self._connection, verdicts, row_of(verdict), ("draft_id",))
