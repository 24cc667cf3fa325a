"""Sums of days: kept where the day is over, added up from the facts where they are not kept (any more)."""

import math
import zlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import accumulate, pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.days import Day
from bot.core.insights.facts import Sent, quarter_begins
from bot.core.insights.measures import CaseSums, Counted, Times, TurnSums
from bot.core.model import BEST_SCORE, Action, Channel
from bot.core.ports.insights import DaySums
from storage.driver import ASIDE
from storage.locks import lock
from storage.tables import case_facts, day_sheets, turn_facts

SATISFIED = BEST_SCORE - 1

_c, _t, _d = case_facts.c, turn_facts.c, day_sheets.c


class SqlDaySheets:
    """One row for a day and a channel; it goes when a fact of that day changes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(self, days: Sequence[Day], channels: Collection[Channel], zone: str) -> Sequence[DaySums]:
        """Return what was counted on each day, in order; what is not kept is added up."""
        kept = await self._kept(days, channels) if days else {}
        beginning = await self._beginning()
        found: list[DaySums] = []
        for day in days:
            sums = kept.get((day.since, day.until), {})
            if day.until > beginning and len(sums) < len(channels):
                sums = await self._summed(day, channels, zone)
            found += [DaySums(day, channel, sums.get(channel, _NOTHING)) for channel in channels]
        return found

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
        sums = await self._summed(day, tuple(Channel), zone)
        await self._connection.execute(delete(day_sheets).where(_d.since == day.since, _d.until == day.until))
        span = {"since": day.since, "until": day.until, "shape": _SHAPE}
        rows = [span | {"channel": channel, "sheet": _packed(one)} for channel, one in sums.items()]
        await self._connection.execute(insert(day_sheets), rows)

    async def forget_before(self, quarter: int) -> None:
        """Delete what is kept of days that ended before."""
        await self._connection.execute(delete(day_sheets).where(_d.until < quarter))

    async def _summed(self, day: Day, channels: Collection[Channel], zone: str) -> Mapping[Channel, Counted]:
        given = {"channels": list(channels), "since": day.since, "until": day.until}

        async def rows(query: Select[Any]) -> Sequence[Any]:
            found: Sequence[Any] = (await self._connection.execute(query, given)).all()
            return found

        cases = {channel: CaseSums(*numbers) for channel, *numbers in await rows(CASE_SUMS)}
        turns = {channel: TurnSums(*numbers) for channel, *numbers in await rows(TURN_SUMS)}
        times = _times(await rows(CASE_TIMES), await rows(TURN_TIMES), ZoneInfo(zone))
        return {
            channel: Counted(cases.get(channel, CaseSums()), turns.get(channel, TurnSums()), times[channel])
            for channel in channels
        }


async def lock_sheets(connection: AsyncConnection) -> None:
    """Let nobody else add up days, or change what they are added up from, until the transaction ends."""
    await lock(connection, "day sheets")


async def forget_days(connection: AsyncConnection, moments: Iterable[tuple[Channel, int]]) -> None:
    """Delete the sums that are wrong once facts of these channels and quarters change."""
    given = [{"of": channel, "at": quarter} for channel, quarter in sorted(set(moments))]
    if given:
        await connection.execute(_HOLDING, given)


def _times(cases: Sequence[Any], turns: Sequence[Any], zone: ZoneInfo) -> Mapping[Channel, Times]:
    """Sort rows into lists by channel; hours are those that the clocks of the zone show."""
    hours: dict[int, int] = {}

    def hour(quarter: int) -> int:
        if quarter not in hours:
            hours[quarter] = quarter_begins(quarter).astimezone(zone).hour
        return hours[quarter]

    found: dict[Channel, dict[str, array[int]]] = defaultdict(
        lambda: {field.name: array("i") for field in fields(Times)}
    )
    for channel, quarter, wall, office in cases:
        lists = found[channel]
        lists["begun_hour"].append(hour(quarter))
        if wall is not None:
            lists["resolution"].append(wall)
            lists["resolution_open"].append(office)
    for channel, quarter, first, wall, office, approval, approval_open, edit in turns:
        _sort_in(found[channel], first, (wall, office), (approval, approval_open), edit)
        if first:
            found[channel]["first_hour"].append(hour(quarter))
    return defaultdict(Times, {channel: Times(**lists) for channel, lists in found.items()})


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


def within(query: Any, table: Any) -> Select[Any]:
    """Let a query read the channels and quarters that its parameters name, beside the event loop."""
    of_channel = table.c.channel.in_(bindparam("channels", expanding=True))
    quarter = table.c.quarter
    found: Select[Any] = query.where(of_channel, quarter >= bindparam("since"), quarter < bindparam("until"))
    return found.suffix_with(ASIDE)


def times_of(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """Count the rows of which something is true."""
    return func.count().filter(condition).label(name)


def _case_sums() -> Select[Any]:
    rated = _c.score.is_not(None)
    sums = {
        **{name: _c[name] for name in "answered automated durable escalated reopened repeated".split()},
        "rated": rated,
        "responded": and_(rated, _c.answered),
        "satisfied": _c.score >= SATISFIED,
    }
    counted = (times_of(condition, name) for name, condition in sums.items())
    query = select(_c.channel, func.count().label("asked"), *counted).where(_c.asked)
    return within(query, case_facts).group_by(_c.channel)


def _turn_sums() -> Select[Any]:
    escalated = _t.action == Action.ESCALATE
    sums = {
        **{sent.value: _t.sent == sent for sent in Sent},
        "escalate": escalated,
        "helped": and_(escalated, _t.sent.is_not(None)),
        "needless": and_(escalated, _t.sent == Sent.APPROVED),
        "missed": _t.missed,
        "good": _t.good.is_(True),
        "wrong": _t.good.is_(False),
    }
    counted = (times_of(condition, name) for name, condition in sums.items())
    return within(select(_t.channel, func.count().label("turns"), *counted), turn_facts).group_by(_t.channel)


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
CASE_SUMS, TURN_SUMS, KEPT = _case_sums(), _turn_sums(), _kept_rows()
CASE_TIMES = within(
    select(_c.channel, _c.quarter, _c.resolution_s, _c.resolution_open_s).where(_c.asked), case_facts
)
TURN_TIMES = within(
    select(
        *(_t.channel, _t.quarter, _t.first, _t.wait_s, _t.wait_open_s),
        *(_t.approval_s, _t.approval_open_s, _t.edit),
    ).where(_t.wait_s.is_not(None)),
    turn_facts,
)
