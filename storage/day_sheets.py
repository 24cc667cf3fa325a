"""Sums of days: kept where the day is over, added up from the facts where they are not kept (any more)."""

import math
import zlib
from array import array
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from functools import cache
from itertools import accumulate, pairwise, product
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.counted import CaseSums, Counted, Times, TurnSums
from bot.core.insights.days import Day
from bot.core.insights.facts import Sent, quarter_begins
from bot.core.insights.scope import Scope
from bot.core.model import BEST_SCORE, Action, Channel
from bot.core.ports.insights import DaySums
from storage.driver import ASIDE
from storage.locks import lock
from storage.sieve import Sieve, sieve_of
from storage.tables import case_facts, day_sheets, turn_facts

SATISFIED = BEST_SCORE - 1

_c, _t, _d = case_facts.c, turn_facts.c, day_sheets.c


class SqlDaySheets:
    """One row for a day and a channel; it goes when a fact of that day changes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(self, days: Sequence[Day], scope: Scope, zone: str) -> Sequence[DaySums]:
        """Return what was counted on each day, in order; what is not kept is added up."""
        beginning = await self._beginning()
        full = [day for day in days if day.until > beginning]
        if scope.is_sifted:
            sums = await self._summed(full, scope, zone)
        else:
            sums = await self._filled_up(full, scope, zone)
        return [
            DaySums(day, channel, sums.get(day, {}).get(channel, _NOTHING))
            for day in days
            for channel in scope.channels
        ]

    async def _filled_up(self, days: Sequence[Day], scope: Scope, zone: str) -> "_Sums":
        """Return what is kept of some days, and of the others what they add up to."""
        kept = await self._kept(days, scope.channels) if days else {}
        sums: dict[Day, Mapping[Channel, Counted]] = {}
        for day in days:
            sums[day] = kept.get((day.since, day.until), {})
            if len(sums[day]) < len(scope.channels):
                sums |= await self._summed([day], scope, zone)
        return sums

    async def _beginning(self) -> float:
        """Return the first quarter of which there is a fact: all days before it are empty."""
        moments = (await self._connection.scalars(BEGINNINGS)).all()
        return min((moment for moment in moments if moment is not None), default=math.inf)

    async def _kept(
        self, days: Sequence[Day], channels: Collection[Channel]
    ) -> Mapping[tuple[int, int], Mapping[Channel, Counted]]:
        given = {"channels": list(channels), "since": days[0].since, "until": days[-1].until}
        kept: dict[tuple[int, int], dict[Channel, Counted]] = defaultdict(dict)
        for channel, since, until, sheet in await self._connection.execute(KEPT, given):
            kept[since, until][channel] = _counted(sheet)
        return kept

    async def missing(self, days: Sequence[Day]) -> Sequence[Day]:
        """Return the whole ones of these days that are not kept for every channel."""
        beginning = await self._beginning()
        whole = [day for day in days if day.is_whole and day.until > beginning]
        if not whole:
            return []
        query = select(_d.since, _d.until).where(
            _d.shape == _SHAPE, _d.since >= whole[0].since, _d.until <= whole[-1].until
        )
        counted = query.group_by(_d.since, _d.until).having(func.count() == len(Channel))
        kept = {(since, until) for since, until in await self._connection.execute(counted)}
        return [day for day in whole if (day.since, day.until) not in kept]

    async def fill(self, day: Day, zone: str) -> None:
        """Add up a day and keep it for every channel; whoever changes facts meanwhile waits, and forgets it again."""
        await lock_sheets(self._connection)
        sums = (await self._summed([day], _ALL, zone))[day]
        await self._connection.execute(delete(day_sheets).where(_d.since == day.since, _d.until == day.until))
        span = {"since": day.since, "until": day.until, "shape": _SHAPE}
        rows = [span | {"channel": channel, "sheet": _packed(one)} for channel, one in sums.items()]
        await self._connection.execute(insert(day_sheets), rows)

    async def forget_before(self, quarter: int) -> None:
        """Delete what is kept of days that ended before."""
        await self._connection.execute(delete(day_sheets).where(_d.until < quarter))

    async def _summed(self, days: Sequence[Day], scope: Scope, zone: str) -> "_Sums":
        """Add up days that follow one another."""
        if not days:
            return {}
        sieve, firsts = sieve_of(scope), [day.since for day in days]
        given = given_by(scope) | {"since": firsts[0], "until": days[-1].until}

        async def rows(statement: Select[Any]) -> _Rows:
            """Return the rows of a statement by day and channel, without these."""
            found: dict[tuple[Day, str], list[Any]] = defaultdict(list)
            for channel, *row in await self._connection.execute(statement, given):
                found[days[bisect(firsts, row[0]) - 1], channel].append(row)
            return found

        cases, turns, hour = (
            await rows(case_rows(sieve)),
            await rows(turn_rows(sieve)),
            _hours(ZoneInfo(zone)),
        )
        return {
            day: {
                channel: _added_up(cases[day, channel], turns[day, channel], hour)
                for channel in scope.channels
            }
            for day in days
        }


_Rows: TypeAlias = Mapping[tuple[Day, str], Sequence[Any]]
_Sums: TypeAlias = Mapping[Day, Mapping[Channel, Counted]]


def _added_up(cases: Sequence[Any], turns: Sequence[Any], hour: Callable[[int], int]) -> Counted:
    """Return what was counted in rows, see `case_rows` and `turn_rows`."""
    sums = [sum(column) for column in list(zip(*cases, strict=True))[3:]]
    return Counted(CaseSums(len(cases), *sums), _turn_sums(turns), _times(cases, turns, hour))


def _turn_sums(turns: Sequence[Any]) -> TurnSums:
    kinds = Counter(tuple(row[-4:]) for row in turns)  # Few differ.

    def number(holds: Callable[[str | None, str | None, bool, bool | None], bool]) -> int:
        return sum(times for kind, times in kinds.items() if holds(*kind))

    return TurnSums(
        turns=len(turns),
        **{one.value: number(lambda sent, *_, one=one: sent == one) for one in Sent},
        escalate=number(lambda _, action, *__: action == Action.ESCALATE),
        helped=number(lambda sent, action, *_: action == Action.ESCALATE and sent is not None),
        needless=number(lambda sent, action, *_: action == Action.ESCALATE and sent == Sent.APPROVED),
        missed=number(lambda _, __, missed, ___: missed),
        good=number(lambda *kind: kind[-1] is True),
        wrong=number(lambda *kind: kind[-1] is False),
    )


def _hours(zone: ZoneInfo) -> Callable[[int], int]:
    """Return what tells the hour that the clocks of a zone show at a quarter."""

    @cache
    def hour(quarter: int) -> int:
        return quarter_begins(quarter).astimezone(zone).hour

    return hour


async def lock_sheets(connection: AsyncConnection) -> None:
    """Let nobody else add up days, or change what they are added up from, until the transaction ends."""
    await lock(connection, "day sheets")


async def forget_days(connection: AsyncConnection, moments: Iterable[tuple[Channel, int]]) -> None:
    """Delete the sums that are wrong once facts of these channels and quarters change."""
    given = [{"of": channel, "at": quarter} for channel, quarter in sorted(set(moments))]
    if given:
        await connection.execute(_HOLDING, given)


def _times(cases: Sequence[Any], turns: Sequence[Any], hour: Callable[[int], int]) -> Times:
    """Sort rows into lists."""
    lists = {field.name: array("i") for field in fields(Times)}
    for quarter, wall, office, *_ in cases:
        lists["begun_hour"].append(hour(quarter))
        if wall is not None:
            lists["resolution"].append(wall)
            lists["resolution_open"].append(office)
    for quarter, first, wall, office, approval, approval_open, edit, *_ in turns:
        if wall is not None:
            _sort_in(lists, first, (wall, office), (approval, approval_open), edit)
            if first:
                lists["first_hour"].append(hour(quarter))
    return Times(**lists)


def _sort_in(
    lists: "Mapping[str, array[int]]",
    first: bool,
    wait: tuple[int, int],
    approval: tuple[int | None, int | None],
    edit: int | None,
) -> None:
    name = "first" if first else "following"
    for key, value in (
        (name, wait[0]),
        (f"{name}_open", wait[1]),
        ("approval", approval[0]),
        ("approval_open", approval[1]),
        ("edit", edit),
    ):
        if value is not None:
            lists[key].append(value)


_PARTS = (CaseSums, TurnSums, Times)
_NAMES = [[field.name for field in fields(kind)] for kind in _PARTS]
_CASES, _TURNS, _LISTS = map(len, _NAMES)
_SHAPE = zlib.crc32(repr(_NAMES).encode()) >> 1  # A column holds 31 bits.


def _packed(counted: Counted) -> "array[int]":
    """Return the sums, the lengths of the lists, and the lists one after another."""
    lists = [getattr(counted.times, name) for name in _NAMES[2]]
    sheet = array("i", (*astuple(counted.cases), *astuple(counted.turns), *map(len, lists)))
    for values in lists:
        sheet.extend(values)
    return sheet


def _counted(sheet: Sequence[int]) -> Counted:
    sums, first = _CASES + _TURNS, _CASES + _TURNS + _LISTS
    ends = accumulate(sheet[sums:first], initial=first)
    lists = (sheet[begin:end] for begin, end in pairwise(ends))
    return Counted(CaseSums(*sheet[:_CASES]), TurnSums(*sheet[_CASES:sums]), Times(*lists))


def given_by(scope: Scope) -> dict[str, Any]:
    """Return a scope as the parameters of the statements."""
    since, until = scope.quarters
    sieve = {"topic": scope.topic, "who": scope.who, "oldest": since}
    return {"channels": list(scope.channels), "since": since, "until": until} | sieve


def within_turns(query: Any, sieve: Sieve) -> Select[Any]:
    """Let a query read the turns that its parameters name, beside the event loop."""
    return _within(query, _t, *sieve.of_turns())


def within_cases(query: Any, sieve: Sieve) -> Select[Any]:
    """Let a query read the conversations that its parameters name."""
    return _within(query, _c, *sieve.of_talks(_c.conversation_id))


def _within(query: Any, of: Any, *sifted: ColumnElement[bool]) -> Select[Any]:
    of_channel = of.channel.in_(bindparam("channels", expanding=True))
    in_time = of.quarter >= bindparam("since"), of.quarter < bindparam("until")
    found: Select[Any] = query.where(of_channel, *in_time, *sifted)
    return found.suffix_with(ASIDE)


def times_of(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """Count the rows of which something is true."""
    return func.count().filter(condition).label(name)


@cache
def case_rows(sieve: Sieve) -> Select[Any]:
    """Select the conversations that a person began: when, how long each took, and what is true of it."""
    rated = _c.score.is_not(None)
    properties = (
        *(_c[name] for name in "answered automated durable escalated reopened repeated".split()),
        rated,
        and_(rated, _c.answered),
        and_(rated, _c.score >= SATISFIED),
    )
    columns = type_coerce(_c.channel, String), _c.quarter, _c.resolution_s, _c.resolution_open_s
    return within_cases(select(*columns, *properties).where(_c.asked), sieve)


@cache
def turn_rows(sieve: Sieve) -> Select[Any]:
    """Select the turns: how long each waited, how much of its draft was changed, and what became of it."""
    columns = (
        *(type_coerce(_t.channel, String), _t.quarter, _t.first, _t.wait_s, _t.wait_open_s),
        *(_t.approval_s, _t.approval_open_s, _t.edit),
        *(type_coerce(_t.sent, String), type_coerce(_t.action, String), _t.missed, _t.good),
    )
    return within_turns(select(*columns), sieve)


def _kept_rows() -> Select[Any]:
    in_time = and_(_d.since >= bindparam("since"), _d.until <= bindparam("until"), _d.shape == _SHAPE)
    of_channel = _d.channel.in_(bindparam("channels", expanding=True))
    query = select(_d.channel, _d.since, _d.until, _d.sheet).where(of_channel, in_time)
    found: Select[Any] = query.suffix_with(ASIDE)
    return found


def _beginnings() -> CompoundSelect[Any]:
    tables = product((case_facts, turn_facts), Channel)
    return union_all(*(select(func.min(t.c.quarter)).where(t.c.channel == channel) for t, channel in tables))


_NOTHING = Counted()
_HOLDING = delete(day_sheets).where(
    _d.channel == bindparam("of"), _d.since <= bindparam("at"), _d.until > bindparam("at")
)
BEGINNINGS = _beginnings()
KEPT = _kept_rows()
_ALL = Scope("", 0, 0)
