"""Figures: sums over the facts of a period. Each query reads one index, and SQLite does it beside the event loop.

The statements are built once and take the scope as parameters: to build them all takes longer than to run them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, TextClause, and_, bindparam, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.days import Day
from bot.core.insights.facts import Sent, moment_of, quarter_begins
from bot.core.insights.marks import Mark
from bot.core.insights.measures import Promised
from bot.core.insights.scope import Scope
from bot.core.model import Action, Channel, Sender, Status
from bot.core.ports.insights import Due, Gap, Kept, Kind, Listed, Load, Open, Reasoned, Settled, SureTurns
from storage.day_sheets import SATISFIED, times_of, within
from storage.driver import ASIDE
from storage.rows import many, one_of
from storage.tables import (
    IS_ASLEEP,
    IS_BROKEN,
    IS_RUNNING,
    case_facts,
    conversations,
    customers,
    desk_posts,
    messages,
    promises,
    turn_facts,
)

_OPEN = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
_BIN = 50  # Thousandths.
_CARD = "root"
_MOST_AGENTS = 1_000
_MOST_REASONS = 100
_NEWEST_GAPS = 500
NO_ANSWER = "no_answer"

_c, _t, _p = case_facts.c, turn_facts.c, promises.c


class SqlInsights:
    """Sums over the facts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def young(self, scope: Scope, held_since: int) -> int:
        """Count the automated conversations whose newest answer is not older than a quarter."""
        found = await self._connection.scalar(YOUNG, given(scope) | {"held_since": held_since})
        return int(found or 0)

    async def begun(self, scope: Scope) -> int:
        """Count the conversations that a person began."""
        return int(await self._connection.scalar(BEGUN, given(scope)) or 0)

    async def promised(self, scope: Scope) -> Promised:
        """Count the promises whose outcome is known, and the broken ones."""
        n, breached = (await self._connection.execute(PROMISED, _moments(scope))).one()
        return Promised(n, breached)

    async def kept(self, scope: Scope) -> Sequence[Kept]:
        """Count them by what was promised to whom."""
        return await many(self._connection, Kept, KEPT, _moments(scope))

    async def broken(self, scope: Scope, limit: int) -> Sequence[Due]:
        """Return the promises that were broken, the newest first."""
        return await many(self._connection, Due, BROKEN, _moments(scope) | {"most": limit})

    async def at_risk(self, channels: Collection[Channel], limit: int) -> Sequence[Due]:
        """Return the running promises of which was warned, those due first first."""
        return await many(self._connection, Due, AT_RISK, {"channels": list(channels), "most": limit})

    async def settled(self, scope: Scope) -> Sequence[Settled]:
        """Count the conversations that came to rest in the period, whenever they began."""
        return [Settled(*row) for row in await self._connection.execute(SETTLED, given(scope))]

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

    async def gaps(self, scope: Scope, limit: int) -> Sequence[Gap]:
        """Return what nothing was found for, the most frequent subjects first."""
        return await many(self._connection, Gap, GAPS, given(scope) | {"most": limit})

    async def loads(self, channels: Collection[Channel]) -> Sequence[Load]:
        """Return who has how much in hand now."""
        return await many(self._connection, Load, _LOADS, {"channels": list(channels)})

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        return await self._listed(_marked(scope, mark), limit, offset)

    async def begun_on(
        self, day: Day, channels: Collection[Channel], limit: int, offset: int
    ) -> Sequence[Listed]:
        """Return the conversations that began on a day, the newest first."""
        return await self._listed(_cases((day.since, day.until), channels, _c.asked), limit, offset)

    async def _listed(self, named: Select[Any], limit: int, offset: int) -> Sequence[Listed]:
        rows = (await self._connection.execute(listed(named, limit, offset))).all()
        return [Listed(**{**row._mapping, "at": _moment(row.at)}) for row in rows]


def _moment(at: datetime | int) -> datetime:
    return quarter_begins(at) if isinstance(at, int) else at


def given(scope: Scope) -> dict[str, Any]:
    """Return a scope as the parameters of the statements."""
    since, until = scope.quarters
    return {"channels": list(scope.channels), "since": since, "until": until}


def _moments(scope: Scope) -> dict[str, Any]:
    return given(scope) | {"since": moment_of(scope.since), "until": moment_of(scope.until)}


def _of_channels(column: ColumnElement[Channel]) -> ColumnElement[bool]:
    return column.in_(bindparam("channels", expanding=True))


def _open() -> ColumnElement[bool]:
    return and_(one_of(conversations.c.status, _OPEN), _of_channels(conversations.c.channel))


def _young() -> Select[Any]:
    """Select how many automated conversations came to their end lately: their row is found by that."""
    ended = _c.ended_quarter > bindparam("held_since")
    began = _c.quarter >= bindparam("since"), _c.quarter < bindparam("until")
    query: Select[Any] = select(func.count()).where(ended, _c.automated, _of_channels(_c.channel), *began)
    return query.suffix_with(ASIDE)


def _settled() -> Select[Any]:
    ended = _c.ended_quarter
    within = ended >= bindparam("since"), ended < bindparam("until"), _c.resolution_s.is_not(None)
    query: Select[Any] = select(ended.label("quarter"), func.count().label("n")).where(
        *within, _of_channels(_c.channel)
    )
    return query.group_by(ended).suffix_with(ASIDE)


def _known() -> tuple[ColumnElement[bool], ...]:
    """Return the condition that the outcome of a promise of the period is known."""
    begun = _p.started_at >= bindparam("since"), _p.started_at < bindparam("until")
    return (*begun, or_(_p.breached, _p.ended_at.is_not(None)), _of_channels(_p.channel))


def _promised() -> Select[Any]:
    broken = times_of(_p.breached, "breached")
    query: Select[Any] = select(func.count()).add_columns(broken).where(*_known())
    return query.suffix_with(ASIDE)


def _kept() -> Select[Any]:
    kinds = _p.channel, _p.priority, _p.kind
    sums = func.count().label("n"), times_of(_p.breached, "breached")
    query: Select[Any] = select(*kinds, *sums).where(*_known()).group_by(*kinds).order_by(*kinds)
    return query.suffix_with(ASIDE)


def _due(*conditions: ColumnElement[bool] | TextClause) -> Select[Any]:
    card = and_(desk_posts.c.conversation_id == _p.conversation_id, desk_posts.c.sheet == _CARD)
    columns = (
        *(_p.conversation_id, _p.channel, _p.priority, _p.kind, _p.started_at, _p.due_at, _p.ended_at),
        _p.assignee,
        func.coalesce(desk_posts.c.slack_channel, "").label("slack_channel"),
        func.coalesce(desk_posts.c.ts, "").label("ts"),
    )
    query: Select[Any] = select(*columns).select_from(promises.outerjoin(desk_posts, card)).where(*conditions)
    return query.limit(bindparam("most", type_=Integer)).suffix_with(ASIDE)


def _broken() -> Select[Any]:
    begun = _p.started_at >= bindparam("since"), _p.started_at < bindparam("until")
    newest = _p.started_at.desc(), _p.conversation_id
    return _due(text(IS_BROKEN), *begun, _of_channels(_p.channel)).order_by(*newest)


def _at_risk() -> Select[Any]:
    warned = text(IS_RUNNING), _p.warned_at.is_not(None), _of_channels(_p.channel)
    return _due(*warned).order_by(_p.due_at, _p.conversation_id)


def _fates() -> tuple[ColumnElement[int], ...]:
    return (func.count().label("turns"), *(times_of(_t.sent == sent, sent.value) for sent in Sent))


def _confidences() -> Select[Any]:
    lowest = (_t.confidence // _BIN * _BIN).label("confidence")
    drafted = select(lowest, *_fates(), _GOOD, _WRONG).where(_t.confidence.is_not(None))
    return within(drafted, turn_facts).group_by(lowest).order_by(lowest)


def _kinds(column: ColumnElement[str]) -> Select[Any]:
    named = select(column.label("name"), *_fates(), _WRONG).where(column != "")
    query = within(named, turn_facts).group_by(column).order_by(func.count().desc(), column)
    return query.limit(bindparam("most", type_=Integer))


def _reasons() -> Select[Any]:
    decided = select(_t.action, _t.reason, func.count().label("turns")).where(_t.action.is_not(None))
    query = within(decided, turn_facts).group_by(_t.action, _t.reason)
    return query.order_by(func.count().desc(), _t.reason).limit(_MOST_REASONS)


def _gaps() -> Select[Any]:
    """Select the subjects of the newest turns that nothing was found for; nobody reads more of them."""
    unanswered = select(_t.conversation_id).where(_t.reason == NO_ANSWER)
    newest = within(unanswered, turn_facts).order_by(_t.quarter.desc()).limit(_NEWEST_GAPS).subquery()
    subject = func.lower(conversations.c.subject).label("subject")
    joined = newest.join(conversations, conversations.c.id == newest.c.conversation_id)
    query = select(subject, func.count().label("turns")).select_from(joined).group_by(subject)
    return query.order_by(func.count().desc(), subject).limit(bindparam("most", type_=Integer))


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
    asleep = conversations.c.snoozed_until.is_not(None).label("asleep")
    query: Select[Any] = select(conversations.c.channel, conversations.c.status, waits, asleep).where(_open())
    return query.suffix_with(ASIDE)


def _loads() -> Select[Any]:
    who = conversations.c.assignee
    held = select(who.label("agent"), func.count().label("open")).where(_open(), who.is_not(None))
    query: Select[Any] = held.group_by(who).order_by(func.count().desc(), who)
    return query.suffix_with(ASIDE)


def listed(named: Select[Any], limit: int, offset: int) -> Select[Any]:
    """Select what is shown of the first of those conversations whose ids and moments a query gives in order."""
    found = named.limit(limit).offset(offset).subquery()
    card = and_(desk_posts.c.conversation_id == conversations.c.id, desk_posts.c.sheet == _CARD)
    columns = (
        conversations.c.id.label("conversation_id"),
        conversations.c.channel,
        conversations.c.status,
        conversations.c.subject,
        customers.c.name.label("customer"),
        found.c.at,
        func.coalesce(desk_posts.c.slack_channel, "").label("slack_channel"),
        func.coalesce(desk_posts.c.ts, "").label("ts"),
    )
    joined = found.join(conversations, conversations.c.id == found.c.id).join(customers)
    query = select(*columns).select_from(joined.outerjoin(desk_posts, card))
    return query.order_by(found.c.at.desc(), found.c.id).suffix_with(ASIDE)


def _marked(scope: Scope, mark: Mark) -> Select[Any]:
    if mark.kind in _OF_CASES:
        return _cases(scope.quarters, scope.channels, _OF_CASES[mark.kind](mark.value))
    if mark.kind in _OF_NOW:
        return _of_now(scope, _OF_NOW[mark.kind](mark.value))
    if mark.kind == "sla":
        return _promises(scope, mark.value)
    return _turns(scope, _OF_TURNS[mark.kind](mark.value))


def _cases(
    quarters: tuple[int, int], channels: Collection[Channel], condition: ColumnElement[bool]
) -> Select[Any]:
    since, until = map(quarter_begins, quarters)
    begun = _c.begun_at >= since, _c.begun_at < until
    query = select(_c.conversation_id.label("id"), _c.begun_at.label("at")).where(_c.asked, condition, *begun)
    return query.where(one_of(_c.channel, channels)).order_by(_c.begun_at.desc(), _c.conversation_id)


def _of_now(scope: Scope, condition: ColumnElement[bool]) -> Select[Any]:
    talk = conversations.c
    query = select(talk.id, talk.created_at.label("at")).where(
        condition, one_of(talk.channel, scope.channels)
    )
    return query.order_by(talk.created_at.desc(), talk.id)


def _promises(scope: Scope, value: str) -> Select[Any]:
    identity, at = _by_hash(_p.conversation_id), func.max(_p.started_at).label("at")
    query: Select[Any] = select(identity).add_columns(at).where(one_of(_p.channel, scope.channels))
    if value == "at_risk":
        query = query.where(text(IS_RUNNING), _p.warned_at.is_not(None))
    else:
        begun = _p.started_at >= moment_of(scope.since), _p.started_at < moment_of(scope.until)
        query = query.where(text(IS_BROKEN), *begun)
    return query.group_by(identity).order_by(at.desc(), identity)


def _turns(scope: Scope, condition: ColumnElement[bool]) -> Select[Any]:
    """Select the conversations with such turns; the newest turns are found first, so that few are looked at."""
    identity, newest = _by_hash(_t.conversation_id), func.max(_t.quarter)
    since, until = scope.quarters
    within = _t.quarter >= since, _t.quarter < until, one_of(_t.channel, scope.channels)
    query: Select[Any] = select(identity).add_columns(newest.label("at")).where(condition, *within)
    return query.group_by(identity).order_by(newest.desc(), identity)


def _by_hash(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a column to group by. SQLite would read the whole table in the order of its key to save the sorting."""
    return func.coalesce(column, "").label("id")


def _is(name: str) -> ColumnElement[bool]:
    return _GIVEN[name] if name in _GIVEN else _c[name].is_(True)


_GIVEN: Mapping[str, ColumnElement[bool]] = {
    "rated": _c.score.is_not(None),
    "unsatisfied": _c.score < SATISFIED,
}
_OF_NOW: Mapping[str, Any] = {
    "status": lambda value: and_(
        conversations.c.status == Status(value), conversations.c.snoozed_until.is_(None)
    ),
    "asleep": lambda _: and_(text(IS_ASLEEP), one_of(conversations.c.status, _OPEN)),
}
_OF_CASES: Mapping[str, Any] = {"all": lambda _: _c.asked, "is": _is}
_OF_TURNS: Mapping[str, Any] = {
    "first": lambda _: and_(_t.first, _t.wait_s.is_not(None)),
    "next": lambda _: and_(_t.first.is_(False), _t.wait_s.is_not(None)),
    "sent": lambda value: _t.sent == Sent(value),
    "action": lambda value: _t.action == Action(value),
    "needless": lambda _: and_(_t.action == Action.ESCALATE, _t.sent == Sent.APPROVED),
    "missed": lambda _: _t.missed,
    "verdict": lambda value: _t.good.is_(value == "good"),
    "reason": lambda value: _t.reason == value,
    "article": lambda value: _t.article == value,
    "agent": lambda value: _t.agent == value,
}

_GOOD = times_of(_t.good.is_(True), "good")
_WRONG = times_of(_t.good.is_(False), "wrong")
YOUNG, SETTLED = _young(), _settled()
BEGUN = within(select(func.count()).where(_c.asked), case_facts)
PROMISED, KEPT, BROKEN, AT_RISK = _promised(), _kept(), _broken(), _at_risk()
CONFIDENCES, REASONS, GAPS = _confidences(), _reasons(), _gaps()
ARTICLES, AGENTS = _kinds(_t.article), _kinds(_t.agent)
_WAITING, _LOADS = _waiting(), _loads()
