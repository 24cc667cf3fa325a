"""Locks that end with their transaction. SQLite needs none of them: it has one writer at a time by itself.

There is one order in which they are taken, so that no two transactions ever wait for each other: subject, customer,
conversation, chat stream, job, day sheets, audit. (Settings are changed in transactions of their own: settings,
notices, audit.)
"""

from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import conversations


def for_change(query: Select[Any]) -> Select[Any]:
    """Lock the conversations a query finds. Rows that only refer to them may be inserted meanwhile."""
    return query.with_for_update(of=conversations, key_share=True)


_LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0)))
_LOCK_CONVERSATION = for_change(select(conversations.c.id).where(conversations.c.id == bindparam("id")))


async def lock(connection: AsyncConnection, kind: str, name: str = "") -> None:
    """Let no other transaction hold the lock of this name until ours ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK, {"name": f"{kind}:{name}"})


async def lock_conversation(connection: AsyncConnection, conversation_id: str) -> None:
    """Let nobody else change or number anything in a conversation until our transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK_CONVERSATION, {"id": conversation_id})
