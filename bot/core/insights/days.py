"""The days of a period, as a time zone has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.core.insights.facts import moment_of, quarter_of
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


def scope_of_day(scope: Scope, day: date, zone: str) -> Scope:
    """Return the scope of one day, on the same channels."""
    begin, end = (quarter_of(at(zone, one, 0)) for one in (day, day + _DAY))
    return Scope(scope.period, begin, end, scope.channel)


def _days(scope: Scope, zone: str) -> Iterator[Day]:
    day = moment_of(scope.since).astimezone(ZoneInfo(zone)).date()
    begin = quarter_of(at(zone, day, 0))
    while begin < scope.until:
        end = quarter_of(at(zone, day + _DAY, 0))
        since, until = max(begin, scope.since), min(end, scope.until)
        if since < until:
            yield Day(day, since, until, (since, until) == (begin, end))
        day, begin = day + _DAY, end
