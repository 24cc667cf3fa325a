"""Conversations: their turn, status and version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Case, Channel, Conversation, Status
from bot.core.ports.engine import Clock
from storage.cases import load_case
from storage.locks import for_change, lock_conversation
from storage.rows import many, one, row_of, select_as
from storage.tables import conversations, customers, merges
from storage.unfinished import to_advance, waiting_on
from storage.within import EVERYWHERE, Within

_THIS = conversations.c.id == bindparam("talk")
_ADD = insert(conversations)
_GET = select_as(Conversation, conversations).where(_THIS)
_GET_FOR_CHANGE = for_change(_GET)
_CHANGE = update(conversations).where(_THIS).values(version=conversations.c.version + 1)
_MARK_SHOWN = update(conversations).where(_THIS, conversations.c.shown_version < bindparam("shown"))


class SqlConversations:
    """Conversations and the whole case around one."""

    def __init__(
        self,
        connection: AsyncConnection,
        clock: Clock,
        touch: Callable[[str], None],
        *,
        writes: bool,
        within: Within = EVERYWHERE,
    ) -> None:
        """Tell `touch` which conversations change; find those `within` some workspaces.

        Where one `writes`, reading a conversation keeps others from changing it until the transaction ends.
        """
        self._connection = connection
        self._clock = clock
        self._touch = touch
        self._writes = writes
        self._within = within

    async def add(self, conversation: Conversation) -> None:
        """Insert a conversation."""
        await self._connection.execute(_ADD, row_of(conversation))

    async def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation without what belongs to it."""
        query = _GET_FOR_CHANGE if self._writes else _GET
        found = await one(self._connection, Conversation, query, {"talk": conversation_id})
        return found if found is not None and self._within.has(found.workspace) else None

    async def beginning_with(self, beginning: str) -> Conversation | None:
        """Return the conversation whose id begins so, if there is exactly one."""
        # As a range, which an index serves whatever the database's order of letters: g comes behind f.
        query = (
            select(conversations.c.id).where(conversations.c.id.between(beginning, f"{beginning}g")).limit(2)
        )
        found = (await self._connection.scalars(query)).all()
        return await self.get(found[0]) if len(found) == 1 else None

    async def open_for(
        self, channel: Channel, address: str, workspace: str | None = None
    ) -> Conversation | None:
        """Return the newest conversation with this address that is not resolved; with a `workspace`, of that one."""
        return await self._newest(channel, address, conversations.c.status != Status.RESOLVED, workspace)

    async def resolved_for(
        self, channel: Channel, address: str, workspace: str | None = None
    ) -> Conversation | None:
        """Return the newest with this address that is resolved, and goes on in no other; or of a `workspace`."""
        merged = exists().where(merges.c.source_id == conversations.c.id)
        resolved = and_(conversations.c.status == Status.RESOLVED, ~merged)
        return await self._newest(channel, address, resolved, workspace)

    async def _newest(
        self, channel: Channel, address: str, condition: ColumnElement[bool], workspace: str | None
    ) -> Conversation | None:
        if workspace is not None:
            condition = and_(condition, conversations.c.workspace == workspace)
        query = (
            select_as(Conversation, conversations)
            .where(conversations.c.channel == channel, conversations.c.address == address, condition)
            .where(self._within.here())
            .order_by(conversations.c.created_at.desc(), conversations.c.id.desc())
            .limit(1)
        )
        return await one(self._connection, Conversation, self._kept(query))

    async def change(self, conversation_id: str, *, at: datetime, **values: Any) -> None:
        """Set columns by name, raise the version by one and note the time."""
        given = {**values, "updated_at": at, "talk": conversation_id}
        await self._connection.execute(_CHANGE, given)
        self._touch(conversation_id)

    async def mark_shown(self, conversation_id: str, version: int) -> None:
        """Note that the desk shows this version; an older one changes nothing."""
        await self._connection.execute(
            _MARK_SHOWN, {"talk": conversation_id, "shown_version": version, "shown": version}
        )

    async def case(self, conversation_id: str, *, known: Case | None = None) -> Case | None:
        """Return everything about one conversation; nothing is read again of one whose version is `known`."""
        if known is not None:
            now = await self.get(conversation_id)
            if now is not None and now.version == known.conversation.version:
                return replace(known, conversation=now)
        elif self._writes:
            await lock_conversation(self._connection, conversation_id)
        case = await load_case(self._connection, conversation_id, self._clock())
        return case if case is not None and self._within.has(case.conversation.workspace) else None

    async def of_person(self, customer_id: str, limit: int) -> Sequence[Conversation]:
        """Return the newest conversations of a customer, on all channels and under all their addresses."""
        person = select(customers.c.person).where(customers.c.id == customer_id).scalar_subquery()
        theirs = select(customers.c.id).where(customers.c.person == person)
        query = select_as(Conversation, conversations).where(conversations.c.customer_id.in_(theirs))
        query = query.where(self._within.here())
        newest = query.order_by(conversations.c.created_at.desc(), conversations.c.id).limit(limit)
        return await many(self._connection, Conversation, newest)

    async def unfinished(self, limit: int) -> Sequence[str]:
        """Return up to `limit` conversations to advance that nobody queued, the longest waiting first."""
        query = to_advance(self._clock(), waiting_on(self._connection.dialect))
        return (await self._connection.scalars(query.limit(limit))).all()

    def _kept(self, query: Select[Any]) -> Select[Any]:
        return for_change(query) if self._writes else query

    async def count_by_status(self) -> Mapping[tuple[Channel, Status], int]:
        """Count conversations; what has none is not named."""
        kinds = conversations.c.channel, conversations.c.status
        rows = await self._connection.execute(select(*kinds, func.count(text("*"))).group_by(*kinds))
        return {(channel, status): number for channel, status, number in rows}
