"""Web-chat visitors, their sessions and their numbered event stream."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.storage import ChatEvent
from storage.rows import insert_once, many, next_after, select_as
from storage.tables import chat_events, chat_sessions


class SqlChat:
    """Sessions by the hash of their token; events by visitor and number."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_session(self, token_hash: str, visitor: str, *, at: datetime) -> None:
        """Remember whose a session token is; a token keeps its first visitor."""
        session = {"token_hash": token_hash, "visitor": visitor, "created_at": at}
        await insert_once(self._connection, chat_sessions, session, ("token_hash",))

    async def visitor(self, token_hash: str, *, since: datetime) -> str | None:
        """Return whose token this is, unless it was handed out before `since`."""
        query = select(chat_sessions.c.visitor).where(
            chat_sessions.c.token_hash == token_hash, chat_sessions.c.created_at >= since
        )
        return await self._connection.scalar(query)

    async def append(
        self, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
    ) -> int:
        """Append an event and return its number; a known key changes nothing and returns the known number."""
        event = {
            "visitor": visitor,
            "seq": next_after(chat_events.c.seq, chat_events.c.visitor == visitor),
            "key": key,
            "kind": kind,
            "payload": payload,
            "created_at": at,
        }
        await insert_once(self._connection, chat_events, event, ("visitor", "key"))
        return await self.seq_of(visitor, key) or 0

    async def seq_of(self, visitor: str, key: str) -> int | None:
        """Return the number of the event with this key."""
        query = select(chat_events.c.seq).where(chat_events.c.visitor == visitor, chat_events.c.key == key)
        return await self._connection.scalar(query)

    async def after(self, visitor: str, seq: int, limit: int) -> Sequence[ChatEvent]:
        """Return up to `limit` events after number `seq`, in order."""
        query = (
            select_as(ChatEvent, chat_events)
            .where(chat_events.c.visitor == visitor, chat_events.c.seq > seq)
            .order_by(chat_events.c.seq)
            .limit(limit)
        )
        return await many(self._connection, ChatEvent, query)

    async def last_seq(self, visitor: str) -> int:
        """Return the number of the newest event, 0 when there is none."""
        newest = select(chat_events.c.seq).where(chat_events.c.visitor == visitor)
        return await self._connection.scalar(newest.order_by(chat_events.c.seq.desc()).limit(1)) or 0
