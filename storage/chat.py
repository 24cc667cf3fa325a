"""Web-chat visitors, their sessions, their numbered event stream, and which answers in it were not fetched yet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import DeliveryState
from bot.core.ports.storage import ChatEvent, ChatSession, Unseen, Visitor
from storage.locks import lock
from storage.rows import changed, insert_once, many, next_after, one, put, row_of, select_as
from storage.tables import NOT_TOLD, TO_MAIL, chat_events, chat_sessions, chat_unseen, chat_visitors


class SqlChat:
    """Sessions by the hash of their token; events by visitor and number."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_session(
        self, token_hash: str, visitor: str, *, at: datetime, identified: bool = False
    ) -> None:
        """Remember whose a session token is; a token keeps its first visitor."""
        session = {"token_hash": token_hash} | row_of(ChatSession(visitor, identified, at))
        await insert_once(self._connection, chat_sessions, session, ("token_hash",))

    async def session(self, token_hash: str, *, since: datetime) -> ChatSession | None:
        """Return whose token this is, unless it was handed out before `since`."""
        query = select_as(ChatSession, chat_sessions).where(
            chat_sessions.c.token_hash == token_hash, chat_sessions.c.created_at >= since
        )
        return await one(self._connection, ChatSession, query)

    async def visitor(self, visitor: str) -> Visitor | None:
        """Return what is known of a visitor."""
        query = select_as(Visitor, chat_visitors).where(chat_visitors.c.visitor == visitor)
        return await one(self._connection, Visitor, query)

    async def visitor_of(self, subject: str) -> str | None:
        """Return the visitor who was vouched for under this name; nobody else becomes it until we are done."""
        await lock(self._connection, "subject", subject)
        query = select(chat_visitors.c.visitor).where(chat_visitors.c.subject == subject)
        return await self._connection.scalar(query)

    async def put_visitor(self, visitor: Visitor) -> None:
        """Insert, or replace what is known."""
        await put(self._connection, chat_visitors, row_of(visitor), ("visitor",))

    async def append(
        self, visitor: str, kind: str, payload: Mapping[str, Any], *, key: str, at: datetime
    ) -> int:
        """Append an event and return its number; a known key changes nothing and returns the known number."""
        await lock(self._connection, "chat", visitor)
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

    async def expect(self, unseen: Unseen) -> None:
        """Note an answer that is to be fetched, once."""
        values = row_of(unseen) | {"told": False}
        await insert_once(self._connection, chat_unseen, values, ("delivery_id",))

    async def unseen(self, visitors: Collection[str]) -> Sequence[Unseen]:
        """Return what these visitors did not fetch."""
        query = select_as(Unseen, chat_unseen).where(chat_unseen.c.visitor.in_(visitors))
        return await many(self._connection, Unseen, query)

    async def overdue(self, before: datetime, limit: int) -> Sequence[Unseen]:
        """Return up to `limit` answers not fetched since `before` of which nobody was told, the oldest first."""
        late = text(NOT_TOLD), chat_unseen.c.since <= before
        query = select_as(Unseen, chat_unseen).where(*late).order_by(chat_unseen.c.since)
        return await many(self._connection, Unseen, query.limit(limit))

    async def tell_unseen(self, delivery_id: str, *, mail_at: datetime | None = None) -> bool:
        """Have the case say that it was not fetched; True for the one caller who was first."""
        this = chat_unseen.c.delivery_id == delivery_id, chat_unseen.c.told.is_(False)
        values = {"told": True, "mail_at": mail_at, "mail_state": DeliveryState.PENDING if mail_at else None}
        return await changed(self._connection, update(chat_unseen).where(*this).values(values))

    async def to_mail(self, now: datetime, limit: int) -> Sequence[Unseen]:
        """Return up to `limit` answers to be mailed, or whose mail should be settled by now, the oldest first."""
        due = text(TO_MAIL), chat_unseen.c.mail_at <= now
        query = select_as(Unseen, chat_unseen).where(*due).order_by(chat_unseen.c.mail_at)
        return await many(self._connection, Unseen, query.limit(limit))

    async def mail_state(self, delivery_id: str) -> DeliveryState | None:
        """Return how far the mail about an unseen answer is."""
        query = select(chat_unseen.c.mail_state).where(chat_unseen.c.delivery_id == delivery_id)
        return await self._connection.scalar(query)

    async def move_mail(
        self, delivery_id: str, before: DeliveryState, after: DeliveryState, *, at: datetime
    ) -> bool:
        """Compare and set the state of the mail about an unseen answer; True for the one who moved it."""
        this = chat_unseen.c.delivery_id == delivery_id, chat_unseen.c.mail_state == before
        values = {"mail_state": after, "mail_at": at}
        return await changed(self._connection, update(chat_unseen).where(*this).values(values))

    async def drop_unseen(self, before: datetime) -> None:
        """Forget what was not fetched since `before`."""
        await self._connection.execute(delete(chat_unseen).where(chat_unseen.c.since < before))

    async def forget_unseen(self, delivery_id: str) -> bool:
        """Note that it was fetched; return whether the case said otherwise."""
        this = chat_unseen.c.delivery_id == delivery_id
        told = await self._connection.scalar(select(chat_unseen.c.told).where(this))
        await self._connection.execute(delete(chat_unseen).where(this))
        return bool(told)
