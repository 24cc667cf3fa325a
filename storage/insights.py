"""Figures: sums over the facts of a period. Each query reads one index, and SQLite does it beside the event loop."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.facts import HELD, Sent, hour_of
from bot.core.insights.marks import Mark
from bot.core.insights.measures import CaseSums, Counted, Seen, Times, TurnSums
from bot.core.insights.scope import Scope
from bot.core.model import Action, Channel, Sender, Status
from bot.core.ports.insights import HourVolume, Kind, Listed, Load, Open, Reasoned, SureTurns
from storage.driver import ASIDE
from storage.rows import many, one_of
from storage.tables import case_facts, conversations, customers, desk_posts, messages, turn_facts

_OPEN = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
_BIN = 50  # Thousandths.
_CARD = "root"
_TOP = 5  # Ratings of the two best kinds are satisfied ones.

_c, _t = case_facts.c, turn_facts.c


class SqlInsights:
    """Sums over the facts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counted(self, scope: Scope, now: datetime) -> Counted:
        """Return what the measures of a period follow from."""
        cases = await self._row(CaseSums, case_sums(scope, now))
        turns = await self._row(TurnSums, turn_sums(scope))
        return Counted(cases, turns, await self._times(scope))

    async def _row(self, kind: Any, query: Select[Any]) -> Any:
        return kind(**(await self._connection.execute(query)).one()._mapping)

    async def _times(self, scope: Scope) -> Times:
        waits = [tuple(row) for row in await self._connection.execute(waits_of(scope))]
        return Times(
            first=[(value, n) for first, value, n in waits if first],
            following=[(value, n) for first, value, n in waits if not first],
            approval=await self._seen(turn_facts, _t.approval_s, scope),
            resolution=await self._seen(case_facts, _c.resolution_s, scope),
            edit=await self._seen(turn_facts, _t.edit, scope),
        )

    async def _seen(self, table: Table, column: ColumnElement[int | None], scope: Scope) -> Seen:
        return [(value, n) for value, n in await self._connection.execute(seen(table, column, scope))]

    async def volume(self, scope: Scope) -> Sequence[HourVolume]:
        """Return how many conversations began in each hour, by channel."""
        begun = select(_c.hour, _c.channel, func.count().label("asked"), _times_of(_c.automated, "automated"))
        query = _within(begun.where(_c.asked), case_facts, scope).group_by(_c.channel, _c.hour)
        return await many(self._connection, HourVolume, query.suffix_with(ASIDE))

    async def open(self, channels: Collection[Channel]) -> Sequence[Open]:
        """Return what waits for us now."""
        answered = select(func.coalesce(func.max(messages.c.turn), 0)).where(
            messages.c.conversation_id == conversations.c.id, messages.c.sender != Sender.CUSTOMER
        )
        since = select(func.min(messages.c.created_at)).where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.sender == Sender.CUSTOMER,
            messages.c.turn > answered.correlate(conversations).scalar_subquery(),
        )
        waits = since.correlate(conversations).scalar_subquery().label("since")
        query: Select[Any] = select(conversations.c.channel, conversations.c.status, waits).where(
            _open(channels)
        )
        return await many(self._connection, Open, query.suffix_with(ASIDE))

    async def confidences(self, scope: Scope) -> Sequence[SureTurns]:
        """Return how sure the drafts were, in bins, and what became of them."""
        lowest = (_t.confidence // _BIN * _BIN).label("confidence")
        good = _times_of(_t.good.is_(True), "good")
        drafted = select(lowest, *_fates(), good, _WRONG).where(_t.confidence.is_not(None))
        query = _within(drafted, turn_facts, scope).group_by(lowest).order_by(lowest)
        return await many(self._connection, SureTurns, query.suffix_with(ASIDE))

    async def articles(self, scope: Scope, limit: int) -> Sequence[Kind]:
        """Return the articles that drafts rested on first, the most used first."""
        return await self._kinds(_t.article, scope, limit)

    async def agents(self, scope: Scope) -> Sequence[Kind]:
        """Return who answered."""
        return await self._kinds(_t.agent, scope, 100)

    async def _kinds(self, column: ColumnElement[str], scope: Scope, limit: int) -> Sequence[Kind]:
        named = select(column.label("name"), *_fates(), _WRONG).where(column != "")
        query = _within(named, turn_facts, scope).group_by(column).order_by(func.count().desc(), column)
        return await many(self._connection, Kind, query.limit(limit).suffix_with(ASIDE))

    async def reasons(self, scope: Scope) -> Sequence[Reasoned]:
        """Return why the policy did what it did, the most frequent first."""
        decided = select(_t.action, _t.reason, func.count().label("turns")).where(_t.action.is_not(None))
        query = _within(decided, turn_facts, scope).group_by(_t.action, _t.reason)
        query = query.order_by(func.count().desc(), _t.reason)
        return await many(self._connection, Reasoned, query.suffix_with(ASIDE))

    async def loads(self, channels: Collection[Channel]) -> Sequence[Load]:
        """Return who has how much in hand now."""
        who = conversations.c.assignee
        query = select(who.label("agent"), func.count().label("open")).where(
            _open(channels), who.is_not(None)
        )
        query = query.group_by(who).order_by(func.count().desc(), who)
        return await many(self._connection, Load, query.suffix_with(ASIDE))

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        return await many(self._connection, Listed, listed(scope, mark).limit(limit).offset(offset))


def case_sums(scope: Scope, now: datetime) -> Select[Any]:
    """Select the one row of CaseSums."""
    young = and_(_c.automated, _c.ended_hour > hour_of(now - HELD))
    flags: dict[str, ColumnElement[bool]] = {
        name: _c[name] for name in "answered automated durable escalated reopened repeated".split()
    }
    rated = _c.score.is_not(None)
    flags |= {"young": young, "rated": rated, "responded": and_(rated, _c.answered)}
    flags["satisfied"] = _c.score >= _TOP - 1
    sums = (_times_of(condition, name) for name, condition in flags.items())
    return _within(select(func.count().label("asked"), *sums).where(_c.asked), case_facts, scope).suffix_with(
        ASIDE
    )


def turn_sums(scope: Scope) -> Select[Any]:
    """Select the one row of TurnSums."""
    escalate = _times_of(_t.action == Action.ESCALATE, "escalate")
    query = select(*_fates(), escalate, _times_of(_t.good.is_(True), "good"), _WRONG)
    return _within(query, turn_facts, scope).suffix_with(ASIDE)


def waits_of(scope: Scope) -> Select[Any]:
    """Select how often each time to an answer was seen, apart for the first answer."""
    query = select(_t.first, _t.wait_s, func.count()).where(_t.wait_s.is_not(None))
    return _within(query, turn_facts, scope).group_by(_t.first, _t.wait_s).suffix_with(ASIDE)


def seen(table: Table, column: ColumnElement[int | None], scope: Scope) -> Select[Any]:
    """Select how often each value of a column was seen."""
    query = select(column, func.count()).where(column.is_not(None))
    return _within(query, table, scope).group_by(column).suffix_with(ASIDE)


def listed(scope: Scope, mark: Mark) -> Select[Any]:
    """Select the conversations that a mark names, the newest first."""
    card = and_(desk_posts.c.conversation_id == conversations.c.id, desk_posts.c.sheet == _CARD)
    columns = (
        conversations.c.id.label("conversation_id"),
        conversations.c.channel,
        conversations.c.status,
        conversations.c.subject,
        customers.c.name.label("customer"),
        conversations.c.created_at.label("begun_at"),
        func.coalesce(desk_posts.c.slack_channel, "").label("slack_channel"),
        func.coalesce(desk_posts.c.ts, "").label("ts"),
    )
    joined = conversations.join(customers).outerjoin(desk_posts, card)
    query = select(*columns).select_from(joined).where(_marked(scope, mark))
    newest = conversations.c.created_at.desc(), conversations.c.id
    return query.order_by(*newest).suffix_with(ASIDE)


def _marked(scope: Scope, mark: Mark) -> ColumnElement[bool]:
    if mark.kind == "status":
        of_channel = one_of(conversations.c.channel, scope.channels)
        return and_(conversations.c.status == Status(mark.value), of_channel)
    if mark.kind in _OF_CASES:
        condition = _OF_CASES[mark.kind](mark.value)
        query = _within(select(_c.conversation_id).where(_c.asked, condition), case_facts, scope)
    else:
        query = _within(select(_t.conversation_id).where(_OF_TURNS[mark.kind](mark.value)), turn_facts, scope)
    return conversations.c.id.in_(query)


def _is(name: str) -> ColumnElement[bool]:
    return _GIVEN[name] if name in _GIVEN else _c[name].is_(True)


_GIVEN: Mapping[str, ColumnElement[bool]] = {
    "rated": _c.score.is_not(None),
    "unsatisfied": _c.score < _TOP - 1,
}
_OF_CASES: Mapping[str, Any] = {"all": lambda _: _c.asked, "is": _is}
_OF_TURNS: Mapping[str, Any] = {
    "first": lambda _: and_(_t.first, _t.wait_s.is_not(None)),
    "next": lambda _: and_(_t.first.is_(False), _t.wait_s.is_not(None)),
    "sent": lambda value: _t.sent == Sent(value),
    "action": lambda value: _t.action == Action(value),
    "verdict": lambda value: _t.good.is_(value == "good"),
    "reason": lambda value: _t.reason == value,
    "article": lambda value: _t.article == value,
    "agent": lambda value: _t.agent == value,
}


def _within(query: Any, table: Table, scope: Scope) -> Select[Any]:
    hour = table.c.hour
    within: Select[Any] = query.where(
        table.c.channel.in_(scope.channels), hour >= scope.since, hour < scope.until
    )
    return within


def _open(channels: Collection[Channel]) -> ColumnElement[bool]:
    return and_(conversations.c.status.in_(_OPEN), conversations.c.channel.in_(channels))


def _times_of(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(condition).label(name)


def _fates() -> tuple[ColumnElement[int], ...]:
    return (func.count().label("turns"), *(_times_of(_t.sent == sent, sent.value) for sent in Sent))


_WRONG = _times_of(_t.good.is_(False), "wrong")
