"""Facts: which conversations need them anew, the histories they follow from, and where they are kept."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.facts import QUARTERS, CaseFacts, History, TurnFacts
from bot.core.model import Channel, Conversation, Decision, Delivery, Draft, Message, Rating, Sender, Verdict
from storage.day_sheets import forget_days, lock_sheets
from storage.driver import ASIDE
from storage.messages import SELECT_MESSAGE
from storage.rows import many, row_of, select_as
from storage.tables import (
    audit,
    case_facts,
    conversations,
    decisions,
    deliveries,
    drafts,
    messages,
    ratings,
    turn_facts,
    verdicts,
)

_EARLIER = 200  # Of somebody who writes that often, nobody can tell which matter they come back to.


class SqlFacts:
    """What is kept of each conversation for figures."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stale(self, since: datetime | None, limit: int, hours: str = "") -> Sequence[str]:
        """Return up to `limit` conversations that changed since their facts were made, the longest waiting first.

        Without `since` also those that other business hours were applied to.
        """
        query = (
            stale(limit, hours)
            if since is None
            else changed(limit).where(conversations.c.updated_at >= since)
        )
        return (await self._connection.scalars(query)).all()

    async def earlier(self, conversation_ids: Collection[str], since: datetime) -> Sequence[str]:
        """Return the earlier ones of those customers who have just begun another, if they changed `since`."""
        new, old, made = conversations.alias("new"), conversations.alias("old"), case_facts.alias("made")
        same = and_(old.c.customer_id == new.c.customer_id, old.c.created_at < new.c.created_at)
        joined = new.join(old, same).join(case_facts, case_facts.c.conversation_id == old.c.id)
        joined = joined.outerjoin(made, made.c.conversation_id == new.c.id)
        query = select(old.c.id).distinct().select_from(joined).limit(_EARLIER)
        query = query.where(
            new.c.id.in_(conversation_ids), made.c.version.is_(None), old.c.updated_at >= since
        )
        return (await self._connection.scalars(query)).all()

    async def histories(self, conversation_ids: Collection[str]) -> Sequence[History]:
        """Return all that happened to these conversations."""
        parts = _Parts(self._connection, sorted(conversation_ids))
        found = await parts.values(Conversation, _CONVERSATIONS)
        said = await parts.by_conversation(Message, _MESSAGES)
        drafted = await parts.by_conversation(Draft, _DRAFTS)
        decided = await parts.by_conversation(Decision, _DECISIONS)
        sent = await parts.by_conversation(Delivery, _DELIVERIES)
        rated = await parts.by_conversation(Rating, _RATINGS)
        judged, resolved = await parts.pairs(_VERDICTS), await parts.pairs(_RESOLVED)
        contacts = await parts.pairs(_NEXT_CONTACT)
        return [
            History(
                conversation=one,
                messages=said.get(one.id, ()),
                drafts=drafted.get(one.id, ()),
                decisions=decided.get(one.id, ()),
                deliveries=sent.get(one.id, ()),
                verdicts=[Verdict(*row) for row in judged.get(one.id, ())],
                rating=next(iter(rated.get(one.id, ())), None),
                resolved_at=[at for (at,) in resolved.get(one.id, ())],
                next_contact_at=contacts[one.id][0][0],
            )
            for one in found
        ]

    async def put(self, cases: Sequence[CaseFacts], turns: Sequence[TurnFacts]) -> None:
        """Replace the facts of these conversations, and forget the sums of their days, of the old and the new."""
        ids = [one.conversation_id for one in cases]
        new = [(one.channel, one.quarter) for one in cases] + [(one.channel, one.quarter) for one in turns]
        await forget_days_of(self._connection, ids, new)
        for table, facts in ((case_facts, cases), (turn_facts, turns)):
            await self._connection.execute(delete(table).where(table.c.conversation_id.in_(ids)))
            if facts:
                await self._connection.execute(insert(table), [facts_row(one) for one in facts])


async def forget_days_of(
    connection: AsyncConnection, ids: Collection[str], also: Iterable[tuple[Channel, int]] = ()
) -> None:
    """Forget the sums of the days on which the facts of these conversations lie, before those change or go."""
    await lock_sheets(connection)
    old: list[tuple[Channel, int]] = [
        (channel, quarter)
        for table in (case_facts, turn_facts)
        for channel, quarter in await connection.execute(
            select(table.c.channel, table.c.quarter).where(table.c.conversation_id.in_(ids))
        )
    ]
    await forget_days(connection, [*old, *also])


class _Parts:
    """Reads what belongs to some conversations."""

    def __init__(self, connection: AsyncConnection, ids: Sequence[str]) -> None:
        self._connection = connection
        self._given = {"ids": ids}

    async def values(self, kind: type[Any], query: Select[Any]) -> Sequence[Any]:
        return await many(self._connection, kind, query, self._given)

    async def by_conversation(self, kind: type[Any], query: Select[Any]) -> dict[str, list[Any]]:
        return _grouped(await self.values(kind, query), attrgetter("conversation_id"))

    async def pairs(self, query: Select[Any]) -> dict[str, list[Any]]:
        """Return rows by their first column, without it."""
        rows = (await self._connection.execute(query, self._given)).all()
        return {key: [row[1:] for row in group] for key, group in _grouped(rows, itemgetter(0)).items()}


def facts_row(one: CaseFacts | TurnFacts) -> dict[str, Any]:
    """Return the columns of facts, and those that the version before knows instead of some."""
    row = row_of(one) | {"hour": one.quarter // QUARTERS}
    if isinstance(one, CaseFacts):
        row["ended_hour"] = None if one.ended_quarter is None else one.ended_quarter // QUARTERS
    return row


def _grouped(values: Iterable[Any], key: Any) -> dict[str, list[Any]]:
    return {name: list(group) for name, group in groupby(values, key)}


def changed(limit: int) -> Select[Any]:
    """Select the conversations whose facts are missing or older than they."""
    return _behind(limit, case_facts.c.version < conversations.c.version)


def stale(limit: int, hours: str) -> Select[Any]:
    """Select these, and those that other business hours were applied to."""
    return _behind(limit, case_facts.c.version < conversations.c.version, case_facts.c.hours != hours)


def _behind(limit: int, *reasons: ColumnElement[bool]) -> Select[Any]:
    joined = conversations.outerjoin(case_facts, case_facts.c.conversation_id == conversations.c.id)
    behind = or_(case_facts.c.version.is_(None), *reasons)
    query = select(conversations.c.id).select_from(joined).where(behind)
    return query.order_by(conversations.c.updated_at).limit(limit).suffix_with(ASIDE)


def _next_contact() -> Select[Any]:
    """Select when the customer began another conversation after the newest answer of this one."""
    other = conversations.alias("other")
    answered = select(func.max(messages.c.created_at)).where(
        messages.c.conversation_id == conversations.c.id, messages.c.sender != Sender.CUSTOMER
    )
    by_a_person = exists().where(
        messages.c.conversation_id == other.c.id,
        messages.c.sender == Sender.CUSTOMER,
        func.coalesce(messages.c.metadata["automatic"].as_string(), "") == "",
    )
    next_contact = select(func.min(other.c.created_at)).where(
        other.c.customer_id == conversations.c.customer_id,
        other.c.id != conversations.c.id,
        other.c.created_at > answered.correlate(conversations).scalar_subquery(),
        by_a_person.correlate(other),
    )
    return select(conversations.c.id, next_contact.correlate(conversations).scalar_subquery())


def _of(column: ColumnElement[str], query: Select[Any], *order: ColumnElement[Any]) -> Select[Any]:
    """Ask for the conversations that are given, one after another; SQLite does it beside the event loop."""
    asked = query.where(column.in_(bindparam("ids", expanding=True)))
    return asked.order_by(column, *order).suffix_with(ASIDE)


_JUDGED = select(drafts.c.conversation_id, *select_as(Verdict, verdicts).selected_columns)
_DECIDED = select_as(Decision, decisions).join(drafts, drafts.c.id == decisions.c.draft_id)

_CONVERSATIONS = _of(conversations.c.id, select_as(Conversation, conversations))
_MESSAGES = _of(messages.c.conversation_id, SELECT_MESSAGE, messages.c.seq)
_DRAFTS = _of(drafts.c.conversation_id, select_as(Draft, drafts), drafts.c.version)
_DECISIONS = _of(drafts.c.conversation_id, _DECIDED, decisions.c.created_at, decisions.c.position)
_DELIVERIES = _of(deliveries.c.conversation_id, select_as(Delivery, deliveries), deliveries.c.position)
_RATINGS = _of(ratings.c.conversation_id, select_as(Rating, ratings))
_VERDICTS = _of(
    drafts.c.conversation_id, _JUDGED.join_from(drafts, verdicts, verdicts.c.draft_id == drafts.c.id)
)
_RESOLVED = _of(
    audit.c.subject, select(audit.c.subject, audit.c.at).where(audit.c.action == "resolve"), audit.c.seq
)
_NEXT_CONTACT = _of(conversations.c.id, _next_contact())
