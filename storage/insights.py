"""Figures: sums over the facts of a period. Each query reads one index, and SQLite does it beside the event loop.

The statements are built once and take the scope as parameters: to build them all takes longer than to run them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Table, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.facts import HELD, Sent, hour_of
from bot.core.insights.marks import Mark
from bot.core.insights.measures import CaseSums, Counted, Times, TurnSums
from bot.core.insights.scope import Scope
from bot.core.model import BEST_SCORE, Action, Channel, Sender, Status
from bot.core.ports.insights import DayVolume, HourVolume, Kind, Listed, Load, Open, Reasoned, SureTurns
from storage.driver import ASIDE
from storage.rows import many, one_of
from storage.tables import case_facts, conversations, customers, desk_posts, messages, turn_facts

_OPEN = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
_BIN = 50  # Thousandths.
_CARD = "root"
_SATISFIED = BEST_SCORE - 1
_THURSDAY = 3  # The first of January 1970, where Monday is 0.
_MOST_AGENTS = 100

_c, _t = case_facts.c, turn_facts.c


class SqlInsights:
    """Sums over the facts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counted(self, scope: Scope, now: datetime) -> Counted:
        """Return what the measures of a period follow from."""
        cases = await self._row(CaseSums, CASE_SUMS, given(scope) | {"held_since": hour_of(now - HELD)})
        turns = await self._row(TurnSums, TURN_SUMS, given(scope))
        return Counted(cases, turns, await self._times(scope))

    async def _row(self, kind: Any, query: Select[Any], values: Mapping[str, Any]) -> Any:
        return kind(**(await self._connection.execute(query, values)).one()._mapping)

    async def _times(self, scope: Scope) -> Times:
        waits = await self._rows(WAITS, scope)
        return Times(
            first=[(value, n) for first, value, n in waits if first],
            following=[(value, n) for first, value, n in waits if not first],
            approval=await self._rows(APPROVALS, scope),
            resolution=await self._rows(RESOLUTIONS, scope),
            edit=await self._rows(EDITS, scope),
        )

    async def _rows(self, query: Select[Any], scope: Scope) -> Sequence[Any]:
        rows: Sequence[Any] = (await self._connection.execute(query, given(scope))).all()
        return rows

    async def days(self, scope: Scope) -> Sequence[DayVolume]:
        """Return how many conversations began on each day, by channel."""
        return await many(self._connection, DayVolume, DAYS, given(scope))

    async def hours(self, scope: Scope) -> Sequence[HourVolume]:
        """Return how many conversations began in each hour of the week."""
        return await many(self._connection, HourVolume, HOURS, given(scope))

    async def open(self, channels: Collection[Channel]) -> Sequence[Open]:
        """Return what waits for us now."""
        return await many(self._connection, Open, _WAITING, {"channels": list(channels)})

    async def confidences(self, scope: Scope) -> Sequence[SureTurns]:
        """Return how sure the drafts were, in bins, and what became of them."""
        return await many(self._connection, SureTurns, CONFIDENCES, given(scope))

    async def articles(self, scope: Scope, limit: int) -> Sequence[Kind]:
        """Return the articles that drafts rested on first, the most used first."""
        return await many(self._connection, Kind, ARTICLES, given(scope) | {"most": limit})

    async def agents(self, scope: Scope) -> Sequence[Kind]:
        """Return who answered, who answered most first."""
        return await many(self._connection, Kind, AGENTS, given(scope) | {"most": _MOST_AGENTS})

    async def reasons(self, scope: Scope) -> Sequence[Reasoned]:
        """Return why the policy did what it did, the most frequent first."""
        return await many(self._connection, Reasoned, REASONS, given(scope))

    async def loads(self, channels: Collection[Channel]) -> Sequence[Load]:
        """Return who has how much in hand now."""
        return await many(self._connection, Load, _LOADS, {"channels": list(channels)})

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        query = listed(scope, mark).limit(limit).offset(offset)
        return await many(self._connection, Listed, query, given(scope))


def given(scope: Scope) -> dict[str, Any]:
    """Return a scope as the parameters of the statements."""
    return {"channels": list(scope.channels), "since": scope.since, "until": scope.until}


def _within(query: Any, table: Table) -> Select[Any]:
    of_channel = table.c.channel.in_(bindparam("channels", expanding=True))
    hour = table.c.hour
    within: Select[Any] = query.where(of_channel, hour >= bindparam("since"), hour < bindparam("until"))
    return within


def _times_of(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(condition).label(name)


def _open() -> ColumnElement[bool]:
    of_channel = conversations.c.channel.in_(bindparam("channels", expanding=True))
    return and_(one_of(conversations.c.status, _OPEN), of_channel)


def _case_sums() -> Select[Any]:
    flags: dict[str, ColumnElement[bool]] = {
        name: _c[name] for name in "answered automated durable escalated reopened repeated".split()
    }
    flags["young"] = and_(_c.automated, _c.ended_hour > bindparam("held_since"))
    flags["rated"] = _c.score.is_not(None)
    flags["responded"] = and_(flags["rated"], _c.answered)
    flags["satisfied"] = _c.score >= _SATISFIED
    sums = (_times_of(condition, name) for name, condition in flags.items())
    return _within(select(func.count().label("asked"), *sums).where(_c.asked), case_facts).suffix_with(ASIDE)


def _fates() -> tuple[ColumnElement[int], ...]:
    return (func.count().label("turns"), *(_times_of(_t.sent == sent, sent.value) for sent in Sent))


def _turn_sums() -> Select[Any]:
    escalate = _times_of(_t.action == Action.ESCALATE, "escalate")
    return _within(select(*_fates(), escalate, _GOOD, _WRONG), turn_facts).suffix_with(ASIDE)


def _waits() -> Select[Any]:
    """Select how often each time to an answer was seen, apart for the first answer."""
    query = select(_t.first, _t.wait_s, func.count()).where(_t.wait_s.is_not(None))
    return _within(query, turn_facts).group_by(_t.first, _t.wait_s).suffix_with(ASIDE)


def _seen(table: Table, column: ColumnElement[int | None]) -> Select[Any]:
    """Select how often each value of a column was seen."""
    query = select(column, func.count()).where(column.is_not(None))
    return _within(query, table).group_by(column).suffix_with(ASIDE)


def _days() -> Select[Any]:
    day = (_c.hour // 24).label("day")
    begun = select(day, _c.channel, func.count().label("asked"), _times_of(_c.automated, "automated"))
    return (
        _within(begun.where(_c.asked), case_facts).group_by(_c.channel, day).order_by(day).suffix_with(ASIDE)
    )


def _hours() -> Select[Any]:
    weekday, hour = ((_c.hour // 24 + _THURSDAY) % 7).label("weekday"), (_c.hour % 24).label("hour")
    begun = select(weekday, hour, func.count().label("asked")).where(_c.asked)
    return _within(begun, case_facts).group_by(weekday, hour).suffix_with(ASIDE)


def _confidences() -> Select[Any]:
    lowest = (_t.confidence // _BIN * _BIN).label("confidence")
    drafted = select(lowest, *_fates(), _GOOD, _WRONG).where(_t.confidence.is_not(None))
    return _within(drafted, turn_facts).group_by(lowest).order_by(lowest).suffix_with(ASIDE)


def _kinds(column: ColumnElement[str]) -> Select[Any]:
    named = select(column.label("name"), *_fates(), _WRONG).where(column != "")
    query = _within(named, turn_facts).group_by(column).order_by(func.count().desc(), column)
    return query.limit(bindparam("most", type_=Integer)).suffix_with(ASIDE)


def _reasons() -> Select[Any]:
    decided = select(_t.action, _t.reason, func.count().label("turns")).where(_t.action.is_not(None))
    query = _within(decided, turn_facts).group_by(_t.action, _t.reason)
    return query.order_by(func.count().desc(), _t.reason).suffix_with(ASIDE)


def _waiting() -> Select[Any]:
    """Select what is open, and since when its oldest unanswered message waits."""
    answered = select(func.coalesce(func.max(messages.c.turn), 0)).where(
        messages.c.conversation_id == conversations.c.id, messages.c.sender != Sender.CUSTOMER
    )
    since = select(func.min(messages.c.created_at)).where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.sender == Sender.CUSTOMER,
        messages.c.turn > answered.correlate(conversations).scalar_subquery(),
    )
    waits = since.correlate(conversations).scalar_subquery().label("since")
    query: Select[Any] = select(conversations.c.channel, conversations.c.status, waits).where(_open())
    return query.suffix_with(ASIDE)


def _loads() -> Select[Any]:
    who = conversations.c.assignee
    held = select(who.label("agent"), func.count().label("open")).where(_open(), who.is_not(None))
    query: Select[Any] = held.group_by(who).order_by(func.count().desc(), who)
    return query.suffix_with(ASIDE)


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
        query = _within(select(_c.conversation_id).where(_c.asked, condition), case_facts)
    else:
        query = _within(select(_t.conversation_id).where(_OF_TURNS[mark.kind](mark.value)), turn_facts)
    return conversations.c.id.in_(query)


def _is(name: str) -> ColumnElement[bool]:
    return _GIVEN[name] if name in _GIVEN else _c[name].is_(True)


_GIVEN: Mapping[str, ColumnElement[bool]] = {
    "rated": _c.score.is_not(None),
    "unsatisfied": _c.score < _SATISFIED,
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

_GOOD = _times_of(_t.good.is_(True), "good")
_WRONG = _times_of(_t.good.is_(False), "wrong")
CASE_SUMS, TURN_SUMS, WAITS = _case_sums(), _turn_sums(), _waits()
APPROVALS, EDITS = _seen(turn_facts, _t.approval_s), _seen(turn_facts, _t.edit)
RESOLUTIONS = _seen(case_facts, _c.resolution_s)
DAYS, HOURS, CONFIDENCES, REASONS = _days(), _hours(), _confidences(), _reasons()
ARTICLES, AGENTS = _kinds(_t.article), _kinds(_t.agent)
_WAITING, _LOADS = _waiting(), _loads()
