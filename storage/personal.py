"""Where one person's data lies: in which rows of which tables. What is erased and what is handed out both ask here.

A table belongs here by its columns: one that names a conversation, a message, a draft, a customer or a visitor is
theirs. One that has none of these has to be named, or a test fails.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, String, Table, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import AuditRow
from bot.core.model import Channel, Customer
from storage.rows import many, select_as
from storage.tables import (
    attachments,
    audit,
    blocked_senders,
    conversations,
    customers,
    drafts,
    jobs,
    merges,
    messages,
    metadata,
    opt_outs,
    raw_mails,
)

# What the installation is made of, and nobody's. Receipts are digests of ids that providers gave.
NOBODYS = frozenset(
    {
        "settings",
        "audit_head",
        "notices",
        "periodic",
        "processes",
        "mailboxes",
        "rate_gates",
        "receipts",
        "access_tokens",
        "installation",
        "data_keys",
        "practised",
        "day_sheets",
    }
)
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_SHORTEST_NAME = 4
_PAGE = 1_000


@dataclass(frozen=True)
class Belongings:
    """Ids of everything that is one person's. `words` are their addresses and names, as they may stand in texts."""

    customers: frozenset[str] = frozenset()
    conversations: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


async def belongings(connection: AsyncConnection, people: Iterable[Customer]) -> Belongings:
    """Return what belongs to these, who are one person."""
    people = tuple(people)
    ids = frozenset(one.id for one in people)
    query = select(conversations.c.id).where(conversations.c.customer_id.in_(ids))
    theirs = await belongings_of(connection, (await connection.scalars(query)).all())
    addresses = frozenset(filter(None, (text for one in people for text in (one.address, one.email))))
    names = frozenset(one.name for one in people if len(one.name) >= _SHORTEST_NAME)
    visitors = frozenset(one.address for one in people if one.channel is Channel.CHAT)
    return replace(theirs, customers=ids, visitors=visitors, addresses=addresses, words=addresses | names)


async def belongings_of(connection: AsyncConnection, conversation_ids: Iterable[str]) -> Belongings:
    """Return what belongs to single conversations."""
    theirs = frozenset(conversation_ids)
    written = await connection.scalars(select(drafts.c.id).where(drafts.c.conversation_id.in_(theirs)))
    said = await connection.scalars(select(messages.c.id).where(messages.c.conversation_id.in_(theirs)))
    ids = frozenset(said.all()) | await _merged_elsewhere(connection, theirs)
    files = await _files(connection, ids)
    return Belongings(conversations=theirs, drafts=frozenset(written.all()), messages=ids, files=files)


async def _merged_elsewhere(connection: AsyncConnection, theirs: frozenset[str]) -> frozenset[str]:
    """Return the messages that a merge has moved into somebody else's conversation."""
    query = select(merges.c.moved).where(merges.c.source_id.in_(theirs), merges.c.target_id.not_in(theirs))
    return frozenset(one.id for moved in await connection.scalars(query) for one in moved)


async def _files(connection: AsyncConnection, ids: frozenset[str]) -> frozenset[str]:
    """Return the digests of the files that came with these messages and with no others."""
    mine = digests(await connection.scalars(select(_as_text()).where(messages.c.id.in_(ids))))
    if not mine:
        return frozenset()
    named = or_(*(_as_text().contains(digest) for digest in mine))
    others = await connection.scalars(select(_as_text()).where(messages.c.id.not_in(ids), named))
    return mine - digests(others)


def _as_text() -> ColumnElement[str]:
    return cast(messages.c.metadata, String)


def digests(texts: Iterable[str]) -> frozenset[str]:
    """Return the SHA-256 digests that stand in texts."""
    return frozenset(digest for text in texts for digest in _DIGEST.findall(text))


def rows_of(theirs: Belongings) -> Mapping[Table, ColumnElement[bool]]:
    """Return table -> which of its rows are theirs, those first that refer to others. The audit log is not in it."""
    found = {table: _condition(table, theirs) for table in reversed(metadata.sorted_tables)}
    return {table: condition for table, condition in found.items() if condition is not None}


def unclassified() -> set[str]:
    """Return the tables of which nobody has said whose their rows are."""
    return {
        table.name
        for table in metadata.sorted_tables
        if table.name not in NOBODYS and table is not audit and _condition(table, Belongings()) is None
    }


def _condition(table: Table, theirs: Belongings) -> ColumnElement[bool] | None:
    if table in _SPECIAL:
        return _SPECIAL[table](theirs)
    by = {
        "conversation_id": theirs.conversations,
        "draft_id": theirs.drafts,
        "message_id": theirs.messages,
        "customer_id": theirs.customers,
        "visitor": theirs.visitors,
    }
    return next((table.c[name].in_(ids) for name, ids in by.items() if name in table.c), None)


_SPECIAL: Mapping[Table, Callable[[Belongings], ColumnElement[bool]]] = {
    messages: lambda theirs: messages.c.id.in_(theirs.messages),
    conversations: lambda theirs: conversations.c.id.in_(theirs.conversations),
    customers: lambda theirs: customers.c.id.in_(theirs.customers),
    merges: lambda theirs: or_(
        merges.c.source_id.in_(theirs.conversations), merges.c.target_id.in_(theirs.conversations)
    ),
    blocked_senders: lambda theirs: blocked_senders.c.address.in_(theirs.addresses),
    opt_outs: lambda theirs: opt_outs.c.address.in_(theirs.addresses),
    raw_mails: lambda theirs: raw_mails.c.sha256.in_(theirs.files),
    attachments: lambda theirs: attachments.c.sha256.in_(theirs.files),
    jobs: lambda theirs: func.substr(jobs.c.key, -32).in_(theirs.conversations),
}


async def audit_rows(connection: AsyncConnection, theirs: Belongings) -> list[AuditRow]:
    """Return the rows of the audit log that are about this person: by what they are about, or by what they say."""
    ids = theirs.customers | theirs.conversations | theirs.drafts | theirs.messages
    words = tuple(word.lower() for word in theirs.words)
    found: list[AuditRow] = []
    after = 0
    while True:
        query = select_as(AuditRow, audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_PAGE)
        page = await many(connection, AuditRow, query)
        if not page:
            return found
        found += [row for row in page if row.subject in ids or _speaks_of(row, words)]
        after = page[-1].seq


def _speaks_of(row: AuditRow, words: tuple[str, ...]) -> bool:
    said = f"{row.actor}\n{row.subject}\n{row.payload}".lower()
    return any(word in said for word in words)
