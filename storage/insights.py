"""Figures: sums over the facts of a period. Each query reads one index, and SQLite does it beside the event loop.

The statements are built once for each kind of sieve and take the scope as parameters: to build them all takes longer
than to run them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.counted import Promised
from bot.core.insights.days import Day
from bot.core.insights.facts import Sent, moment_of, quarter_begins
from bot.core.insights.marks import Mark
from bot.core.insights.scope import Scope
from bot.core.model import Channel, Sender
from bot.core.ports.insights import (
    Due,
    Gap,
    Kept,
    Kind,
    Listed,
    Load,
    Open,
    Rated,
    Reasoned,
    Settled,
    SureTurns,
)
from storage.case_lists import CARD, OPEN, begun_in, listed, marked
from storage.day_sheets import SATISFIED, given_by, times_of, within_cases, within_turns
from storage.driver import ASIDE
from storage.rows import many, one_of
from storage.sieve import Sieve, sieve_of
from storage.tables import (
    IS_BROKEN,
    IS_RUNNING,
    case_facts,
    conversations,
    desk_posts,
    messages,
    promises,
    turn_facts,
)
from storage.within import EVERYWHERE, Within

_BIN = 50  # Thousandths.
_MOST_AGENTS = 1_000
_MOST_REASONS = 100
_NEWEST_GAPS = 500
NO_ANSWER = "no_answer"

_c, _t, _p = case_facts.c, turn_facts.c, promises.c


class SqlInsights:
    """Sums over the facts."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        """Sum up all there is; lists are of conversations `within` some workspaces."""
        self._connection = connection
        self._within = within

    async def young(self, scope: Scope, held_since: int) -> int:
        """Count the automated conversations whose newest answer is not older than a quarter."""
        given = given_by(scope) | {"held_since": held_since}
        return int(await self._connection.scalar(young(sieve_of(scope)), given) or 0)

    async def begun(self, scope: Scope) -> int:
        """Count the conversations that a person began."""
        return int(await self._connection.scalar(begun(sieve_of(scope)), given_by(scope)) or 0)

    async def promised(self, scope: Scope) -> Promised:
        """Count the promises whose outcome is known, and the broken ones."""
        found = await self._connection.execute(promised(sieve_of(scope)), _moments(scope))
        n, breached = found.one()
        return Promised(n, breached)

    async def kept(self, scope: Scope) -> Sequence[Kept]:
        """Count them by what was promised to whom."""
        return await many(self._connection, Kept, kept(sieve_of(scope)), _moments(scope))

    async def broken(self, scope: Scope, limit: int) -> Sequence[Due]:
        """Return the promises that were broken, the newest first."""
        return await many(self._connection, Due, broken(sieve_of(scope)), _moments(scope) | {"most": limit})

    async def at_risk(self, scope: Scope, limit: int) -> Sequence[Due]:
        """Return the running promises of which was warned, those due first first, whenever they began."""
        return await many(self._connection, Due, at_risk(sieve_of(scope)), given_by(scope) | {"most": limit})

    async def settled(self, scope: Scope) -> Sequence[Settled]:
        """Count the conversations that came to rest in the period, whenever they began."""
        found = await self._connection.execute(settled(sieve_of(scope)), given_by(scope))
        return [Settled(*row) for row in found]

    async def open(self, scope: Scope) -> Sequence[Open]:
        """Return what waits for us now, whenever it began."""
        return await many(self._connection, Open, _waiting(sieve_of(scope)), given_by(scope))

    async def confidences(self, scope: Scope) -> Sequence[SureTurns]:
        """Return how sure the drafts were, in bins, and what became of them."""
        return await many(self._connection, SureTurns, confidences(sieve_of(scope)), given_by(scope))

    async def articles(self, scope: Scope, limit: int) -> Sequence[Kind]:
        """Return the articles that drafts rested on first, the most used first."""
        given = given_by(scope) | {"most": limit}
        return await many(self._connection, Kind, articles(sieve_of(scope)), given)

    async def agents(self, scope: Scope) -> Sequence[Kind]:
        """Return who answered, who answered most first."""
        given = given_by(scope) | {"most": _MOST_AGENTS}
        return await many(self._connection, Kind, agents(sieve_of(scope)), given)

    async def first_waits(self, scope: Scope) -> Mapping[str, Sequence[int]]:
        """Return how long each first answer by a person was waited for, by who gave it."""
        waits: dict[str, list[int]] = {}
        for agent, wait in await self._connection.execute(first_waits(sieve_of(scope)), given_by(scope)):
            waits.setdefault(agent, []).append(wait)
        return waits

    async def ratings(self, scope: Scope) -> Sequence[Rated]:
        """Return how customers rated the conversations in which each person answered."""
        return await many(self._connection, Rated, ratings(sieve_of(scope)), given_by(scope))

    async def reasons(self, scope: Scope) -> Sequence[Reasoned]:
        """Return why the policy did what it did, the most frequent first."""
        return await many(self._connection, Reasoned, reasons(sieve_of(scope)), given_by(scope))

    async def gaps(self, scope: Scope, limit: int) -> Sequence[Gap]:
        """Return what nothing was found for, the most frequent subjects first."""
        return await many(self._connection, Gap, gaps(sieve_of(scope)), given_by(scope) | {"most": limit})

    async def loads(self, scope: Scope) -> Sequence[Load]:
        """Return who has how much in hand now."""
        return await many(self._connection, Load, _loads(sieve_of(scope)), given_by(scope))

    async def topics(self, limit: int) -> Sequence[str]:
        """Return the articles that drafts ever rested on first, by name."""
        return (await self._connection.scalars(TOPICS, {"most": limit})).all()

    async def people(self, limit: int) -> Sequence[str]:
        """Return who ever answered, by name."""
        return (await self._connection.scalars(PEOPLE, {"most": limit})).all()

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that a mark names, the newest first."""
        return await self._listed(marked(scope, mark), scope, limit, offset)

    async def begun_on(self, day: Day, scope: Scope, limit: int, offset: int) -> Sequence[Listed]:
        """Return the conversations that began on a day, the newest first."""
        return await self._listed(begun_in((day.since, day.until), scope, _c.asked), scope, limit, offset)

    async def _listed(self, named: Select[Any], scope: Scope, limit: int, offset: int) -> Sequence[Listed]:
        ours = named.where(self._within.about(named.selected_columns.id))
        rows = (await self._connection.execute(listed(ours, limit, offset), given_by(scope))).all()
        return [Listed(**{**row._mapping, "at": _moment(row.at)}) for row in rows]


def _moment(at: datetime | int) -> datetime:
    return quarter_begins(at) if isinstance(at, int) else at


def _moments(scope: Scope) -> dict[str, Any]:
    return given_by(scope) | {"since": moment_of(scope.since), "until": moment_of(scope.until)}


def _of_channels(column: ColumnElement[Channel]) -> ColumnElement[bool]:
    return column.in_(bindparam("channels", expanding=True))


def _open(sieve: Sieve) -> ColumnElement[bool]:
    talk = conversations.c
    return and_(one_of(talk.status, OPEN), _of_channels(talk.channel), *sieve.of_held(talk.id, talk.assignee))


@cache
def young(sieve: Sieve) -> Select[Any]:
    """Select how many automated conversations came to their end lately: their row is found by that."""
    ended = _c.ended_quarter > bindparam("held_since")
    began = _c.quarter >= bindparam("since"), _c.quarter < bindparam("until")
    conditions = ended, _c.automated, _of_channels(_c.channel), *began, *sieve.of_talks(_c.conversation_id)
    query: Select[Any] = select(func.count()).where(*conditions)
    return query.suffix_with(ASIDE)


@cache
def begun(sieve: Sieve) -> Select[Any]:
    """Select how many conversations began."""
    return within_cases(select(func.count()).where(_c.asked), sieve)


@cache
def settled(sieve: Sieve) -> Select[Any]:
    """Select how many conversations came to rest, by quarter."""
    ended = _c.ended_quarter
    in_time = ended >= bindparam("since"), ended < bindparam("until"), _c.resolution_s.is_not(None)
    query: Select[Any] = select(ended.label("quarter"), func.count().label("n")).where(
        *in_time, _of_channels(_c.channel), *sieve.of_talks(_c.conversation_id)
    )
    return query.group_by(ended).suffix_with(ASIDE)


def _promised(sieve: Sieve) -> tuple[ColumnElement[bool], ...]:
    return (_of_channels(_p.channel), *sieve.of_promises(_p.conversation_id, _p.assignee))


def _known(sieve: Sieve) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that the outcome of a promise of the period is known."""
    in_time = _p.started_at >= bindparam("since"), _p.started_at < bindparam("until")
    return (*in_time, or_(_p.breached, _p.ended_at.is_not(None)), *_promised(sieve))


@cache
def promised(sieve: Sieve) -> Select[Any]:
    """Select how many promises there were, and how many were broken."""
    breached = times_of(_p.breached, "breached")
    query: Select[Any] = select(func.count()).add_columns(breached).where(*_known(sieve))
    return query.suffix_with(ASIDE)


@cache
def kept(sieve: Sieve) -> Select[Any]:
    """Select the same by channel, priority and kind."""
    kinds = _p.channel, _p.priority, _p.kind
    sums = func.count().label("n"), times_of(_p.breached, "breached")
    query: Select[Any] = select(*kinds, *sums).where(*_known(sieve)).group_by(*kinds).order_by(*kinds)
    return query.suffix_with(ASIDE)


def _due(*conditions: ColumnElement[bool] | TextClause) -> Select[Any]:
    card = and_(desk_posts.c.conversation_id == _p.conversation_id, desk_posts.c.sheet == CARD)
    columns = (
        *(_p.conversation_id, _p.channel, _p.priority, _p.kind, _p.started_at, _p.due_at, _p.ended_at),
        _p.assignee,
        func.coalesce(desk_posts.c.slack_channel, "").label("slack_channel"),
        func.coalesce(desk_posts.c.ts, "").label("ts"),
    )
    query: Select[Any] = select(*columns).select_from(promises.outerjoin(desk_posts, card))
    query = query.where(*conditions)
    return query.limit(bindparam("most", type_=Integer)).suffix_with(ASIDE)


@cache
def broken(sieve: Sieve) -> Select[Any]:
    """Select the broken promises of a period."""
    in_time = _p.started_at >= bindparam("since"), _p.started_at < bindparam("until")
    newest = _p.started_at.desc(), _p.conversation_id
    return _due(text(IS_BROKEN), *in_time, *_promised(sieve)).order_by(*newest)


@cache
def at_risk(sieve: Sieve) -> Select[Any]:
    """Select the running promises of which was warned."""
    warned = text(IS_RUNNING), _p.warned_at.is_not(None)
    mine = _of_channels(_p.channel), *sieve.of_held(_p.conversation_id, _p.assignee)
    return _due(*warned, *mine).order_by(_p.due_at, _p.conversation_id)


def _fates() -> tuple[ColumnElement[int], ...]:
    return (func.count().label("turns"), *(times_of(_t.sent == sent, sent.value) for sent in Sent))


@cache
def confidences(sieve: Sieve) -> Select[Any]:
    """Select what became of drafts and how they were judged, by bins of their confidence."""
    lowest = (_t.confidence // _BIN * _BIN).label("confidence")
    drafted = select(lowest, *_fates(), _GOOD, _WRONG, _SQUARES).where(_t.confidence.is_not(None))
    return within_turns(drafted, sieve).group_by(lowest).order_by(lowest)


@cache
def articles(sieve: Sieve) -> Select[Any]:
    """Select what became of the turns by the article that their drafts rested on first."""
    return _kinds(_t.article, sieve)


@cache
def agents(sieve: Sieve) -> Select[Any]:
    """Select what people sent, by person."""
    return _kinds(_t.agent, sieve)


def _kinds(column: ColumnElement[str], sieve: Sieve) -> Select[Any]:
    named = select(column.label("name"), *_fates(), _WRONG).where(column != "")
    query = within_turns(named, sieve).group_by(column).order_by(func.count().desc(), column)
    return query.limit(bindparam("most", type_=Integer))


@cache
def first_waits(sieve: Sieve) -> Select[Any]:
    """Select who gave first answers, and how long each was waited for."""
    answered = select(_t.agent, _t.wait_s).where(_t.agent > "", _t.first, _t.wait_s.is_not(None))
    return within_turns(answered, sieve)


@cache
def ratings(sieve: Sieve) -> Select[Any]:
    """Select the ratings of conversations that began in the period, once for each person who answered in one."""
    answered = select(_t.agent, _t.conversation_id).distinct()
    answered = answered.where(_t.agent > "", _t.quarter >= bindparam("since"), *sieve.of_turns())
    by = answered.subquery()
    rated = select(by.c.agent, func.count().label("rated"), times_of(_c.score >= SATISFIED, "satisfied"))
    joined = rated.join_from(by, case_facts, _c.conversation_id == by.c.conversation_id)
    query = within_cases(joined.where(_c.asked, _c.score.is_not(None)), Sieve())
    return query.group_by(by.c.agent)


@cache
def reasons(sieve: Sieve) -> Select[Any]:
    """Select how often the policy did what for which reason."""
    decided = select(_t.action, _t.reason, func.count().label("turns")).where(_t.action.is_not(None))
    query = within_turns(decided, sieve).group_by(_t.action, _t.reason)
    return query.order_by(func.count().desc(), _t.reason).limit(_MOST_REASONS)


@cache
def gaps(sieve: Sieve) -> Select[Any]:
    """Select the subjects of the newest turns that nothing was found for; nobody reads more of them."""
    unanswered = select(_t.conversation_id).where(_t.reason == NO_ANSWER)
    newest = within_turns(unanswered, sieve).order_by(_t.quarter.desc()).limit(_NEWEST_GAPS).subquery()
    subject = func.lower(conversations.c.subject).label("subject")
    joined = newest.join(conversations, conversations.c.id == newest.c.conversation_id)
    query = select(subject, func.count().label("turns")).select_from(joined).group_by(subject)
    return query.order_by(func.count().desc(), subject).limit(bindparam("most", type_=Integer))


@cache
def _waiting(sieve: Sieve) -> Select[Any]:
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
    columns = conversations.c.channel, conversations.c.status, waits, asleep
    query: Select[Any] = select(*columns).where(_open(sieve))
    return query.suffix_with(ASIDE)


@cache
def _loads(sieve: Sieve) -> Select[Any]:
    who = conversations.c.assignee
    held = select(who.label("agent"), func.count().label("open")).where(_open(sieve), who.is_not(None))
    query: Select[Any] = held.group_by(who).order_by(func.count().desc(), who)
    return query.suffix_with(ASIDE)


def _named(column: ColumnElement[str]) -> Select[Any]:
    """Select the different names in a column by hopping from one to the next: an index is read once for each."""
    hops = select(func.min(column).label("name")).where(column > "").cte("hops", recursive=True)
    further = select(func.min(column)).where(column > hops.c.name).scalar_subquery()
    hops = hops.union_all(select(further).where(hops.c.name.is_not(None)))
    query: Select[Any] = select(hops.c.name).where(hops.c.name.is_not(None))
    return query.limit(bindparam("most", type_=Integer))


_GOOD = times_of(_t.good.is_(True), "good")
_WRONG = times_of(_t.good.is_(False), "wrong")
# How far each judged draft was from the truth, squared, in millionths: what the Brier score is the mean of.
_SQUARES = func.coalesce(
    func.sum(
        case(
            (_t.good.is_(True), (1000 - _t.confidence) * (1000 - _t.confidence)),
            (_t.good.is_(False), _t.confidence * _t.confidence),
            else_=0,
        )
    ),
    0,
).label("squares")
TOPICS, PEOPLE = _named(_t.article), _named(_t.agent)
