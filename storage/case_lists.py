"""The conversations behind figures: what a mark names, the newest first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, text

from bot.core.insights.facts import Sent, moment_of, quarter_begins
from bot.core.insights.marks import Mark
from bot.core.insights.scope import Scope
from bot.core.model import Action, Status
from storage.day_sheets import SATISFIED
from storage.driver import ASIDE
from storage.rows import one_of
from storage.sieve import sieve_of
from storage.tables import (
    IS_ASLEEP,
    IS_BROKEN,
    IS_RUNNING,
    case_facts,
    conversations,
    customers,
    desk_posts,
    promises,
    turn_facts,
)

OPEN = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
CARD = "root"

_c, _t, _p = case_facts.c, turn_facts.c, promises.c


def listed(named: Select[Any], limit: int, offset: int) -> Select[Any]:
    """Select what is shown of the first of those conversations whose ids and moments a query gives in order."""
    found = named.limit(limit).offset(offset).subquery()
    card = and_(desk_posts.c.conversation_id == conversations.c.id, desk_posts.c.sheet == CARD)
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


def marked(scope: Scope, mark: Mark) -> Select[Any]:
    """Select the conversations that a mark names."""
    if mark.kind in _OF_CASES:
        return begun_in(scope.quarters, scope, _OF_CASES[mark.kind](mark.value))
    if mark.kind in _OF_NOW:
        return _of_now(scope, _OF_NOW[mark.kind](mark.value))
    if mark.kind == "sla":
        return _promises(scope, mark.value)
    return _turns(scope, _OF_TURNS[mark.kind](mark.value))


def begun_in(quarters: tuple[int, int], scope: Scope, condition: ColumnElement[bool]) -> Select[Any]:
    """Select the conversations that a person began between two quarters."""
    since, until = map(quarter_begins, quarters)
    in_time = _c.begun_at >= since, _c.begun_at < until
    sifted = sieve_of(scope).of_talks(_c.conversation_id)
    query = select(_c.conversation_id.label("id"), _c.begun_at.label("at")).where(
        _c.asked, condition, *in_time
    )
    query = query.where(one_of(_c.channel, scope.channels), *sifted)
    return query.order_by(_c.begun_at.desc(), _c.conversation_id)


def _of_now(scope: Scope, condition: ColumnElement[bool]) -> Select[Any]:
    talk = conversations.c
    held = sieve_of(scope).of_held(talk.id, talk.assignee)
    query = select(talk.id, talk.created_at.label("at")).where(
        condition, one_of(talk.channel, scope.channels), *held
    )
    return query.order_by(talk.created_at.desc(), talk.id)


def _promises(scope: Scope, value: str) -> Select[Any]:
    identity, at = _by_hash(_p.conversation_id), func.max(_p.started_at).label("at")
    query: Select[Any] = select(identity).add_columns(at).where(one_of(_p.channel, scope.channels))
    sieve, whose = sieve_of(scope), (_p.conversation_id, _p.assignee)
    if value == "at_risk":
        query = query.where(text(IS_RUNNING), _p.warned_at.is_not(None), *sieve.of_held(*whose))
    else:
        in_time = _p.started_at >= moment_of(scope.since), _p.started_at < moment_of(scope.until)
        query = query.where(text(IS_BROKEN), *in_time, *sieve.of_promises(*whose))
    return query.group_by(identity).order_by(at.desc(), identity)


def _turns(scope: Scope, condition: ColumnElement[bool]) -> Select[Any]:
    """Select the conversations with such turns; the newest turns are found first, so that few are looked at."""
    identity, newest = _by_hash(_t.conversation_id), func.max(_t.quarter)
    since, until = scope.quarters
    in_time = _t.quarter >= since, _t.quarter < until, one_of(_t.channel, scope.channels)
    sifted = sieve_of(scope).of_turns()
    query: Select[Any] = select(identity).add_columns(newest.label("at")).where(condition, *in_time, *sifted)
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
    "asleep": lambda _: and_(text(IS_ASLEEP), one_of(conversations.c.status, OPEN)),
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
