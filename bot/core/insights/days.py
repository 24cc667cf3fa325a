"""The days of a period, as a time zone has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.core.insights.facts import quarter_begins, quarter_of
from bot.core.insights.scope import Scope
from bot.core.teamwork.hours import at

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """A day, or that part of it which lies in a period: from `since` up to, but not with, `until` (quarters)."""

    date: date
    since: int
    until: int
    is_whole: bool


def days_of(scope: Scope, zone: str) -> tuple[Day, ...]:
    """Return the days of a period in order: the first and the last are cut, all others whole."""
    return tuple(_days(scope, zone))


def whole_day(day: date, zone: str) -> Day:
    """Return a day as a zone has it."""
    begin, end = (quarter_of(at(zone, one, 0)) for one in (day, day + _DAY))
    return Day(day, begin, end, is_whole=True)


def _days(scope: Scope, zone: str) -> Iterator[Day]:
    first, last = scope.quarters
    day = whole_day(quarter_begins(first).astimezone(ZoneInfo(zone)).date(), zone)
    while day.since < last:
        since, until = max(day.since, first), min(day.until, last)
        if since < until:
            yield Day(day.date, since, until, (since, until) == (day.since, day.until))
        day = whole_day(day.date + _DAY, zone)
