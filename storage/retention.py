"""Lets go of what need not be kept any longer: conversations that are over, files, and mails as they came."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import String, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel, Customer, Status
from bot.core.retention import Keep, Kind, span_for
from storage.database import SqlDatabase
from storage.erasing import erase
from storage.personal import Belongings, belongings, belongings_of, digests
from storage.rows import many, select_as
from storage.tables import attachments, conversations, customers, merges, messages, raw_mails
from storage.transaction import SqlTransaction

log = logging.getLogger(__name__)

ACTOR = "retention"
_OVER = (Status.RESOLVED, Status.ANSWERED, Status.HELD)
_AT_ONCE = 200
_TABLES = {Kind.FILES: attachments, Kind.MAILS: raw_mails}


@dataclass
class Due:
    """What may go now: ids of conversations, and digests of files and mails, by channel."""

    conversations: dict[str, Channel] = field(default_factory=dict)
    contents: dict[Kind, dict[str, Channel]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.conversations) or any(self.contents.values())

    def __str__(self) -> str:
        counts = Counter((channel.value, "conversations") for channel in self.conversations.values())
        for kind, found in self.contents.items():
            counts += Counter((channel.value, kind.value) for channel in found.values())
        return (
            "\n".join(f"{channel}: {count} {kind}" for (channel, kind), count in sorted(counts.items()))
            or "nothing"
        )


async def due(database: SqlDatabase, rules: Sequence[Keep], now: datetime) -> Due:
    """Return what the rules let go of."""
    found = Due()
    async with database.snapshot() as tx:
        for channel in Channel:
            found.conversations |= dict.fromkeys(await _over(tx.connection, rules, channel, now), channel)
        for kind in _TABLES:
            found.contents[kind] = await _old(tx.connection, rules, kind, now)
    return found


async def let_go(database: SqlDatabase, rules: Sequence[Keep], now: datetime) -> Due:
    """Erase what the rules let go of, a little at a time, and return what that was. Slack keeps its own rules."""
    found = await due(database, rules, now)
    ids = sorted(found.conversations)
    for start in range(0, len(ids), _AT_ONCE):
        async with database.transaction() as tx:
            theirs = await _whole(tx.connection, ids[start : start + _AT_ONCE])
            await erase(tx, theirs, at=now, actor=ACTOR, why="kept for as long as RETENTION_DAYS says")
    if any(found.contents.values()):
        async with database.transaction() as tx:
            await _drop_contents(tx, found, now)
    if found:
        log.info(
            "retention", extra={"conversations": len(ids), "contents": sum(map(len, found.contents.values()))}
        )
    return found


async def _over(
    connection: AsyncConnection, rules: Sequence[Keep], channel: Channel, now: datetime
) -> Iterable[str]:
    """Return the conversations of a channel that are over for long enough, with those that were merged into them."""
    span = span_for(rules, channel, Kind.CONVERSATIONS)
    if span is None:
        return []
    query = select(conversations.c.id).where(
        conversations.c.channel == channel,
        conversations.c.status.in_(_OVER),
        conversations.c.updated_at < now - span,
        conversations.c.id.not_in(select(merges.c.source_id)),
    )
    ids = (await connection.scalars(query)).all()
    sources = await connection.scalars(select(merges.c.source_id).where(merges.c.target_id.in_(ids)))
    return [*ids, *sources.all()]


async def _whole(connection: AsyncConnection, ids: Sequence[str]) -> Belongings:
    """Return what belongs to conversations, and to customers who have no others."""
    theirs = await belongings_of(connection, ids)
    of = select(conversations.c.customer_id)
    busy = of.where(conversations.c.id.not_in(ids))
    alone = select_as(Customer, customers).where(
        customers.c.id.in_(of.where(conversations.c.id.in_(ids))), customers.c.id.not_in(busy)
    )
    people = await many(connection, Customer, alone)
    leaving = await belongings(connection, people)
    return replace(
        leaving,
        conversations=theirs.conversations,
        drafts=theirs.drafts,
        messages=theirs.messages,
        files=theirs.files,
        words=frozenset(),
    )


async def _old(
    connection: AsyncConnection, rules: Sequence[Keep], kind: Kind, now: datetime
) -> dict[str, Channel]:
    """Return the digests of contents that only messages name which are old enough, and the channel of one of them."""
    spans = {channel: span for channel in Channel if (span := span_for(rules, channel, kind)) is not None}
    if not spans:
        return {}
    query = select(messages.c.channel, messages.c.created_at, cast(messages.c.metadata, String))
    rows = (await connection.execute(query.where(cast(messages.c.metadata, String).contains("sha256")))).all()
    kept = {
        digest
        for channel, at, text in rows
        if channel not in spans or at >= now - spans[channel]
        for digest in digests([text])
    }
    old = {digest: channel for channel, _, text in rows for digest in digests([text]) if digest not in kept}
    there = await connection.scalars(select(_TABLES[kind].c.sha256).where(_TABLES[kind].c.sha256.in_(old)))
    return {digest: old[digest] for digest in there}


async def _drop_contents(tx: SqlTransaction, found: Due, now: datetime) -> None:
    if tx.connection.dialect.name == "sqlite":
        await tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
    for kind, old in found.contents.items():
        table = _TABLES[kind]
        await tx.connection.execute(delete(table).where(table.c.sha256.in_(old)))
    counts = {kind.value: len(old) for kind, old in found.contents.items()}
    await tx.audit.append(at=now, actor=ACTOR, action="retention", subject="contents", payload=counts)
