"""The digest: when it is due, what it is about, and what it says, without a word about how it looks."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.errors import InvalidInput
from bot.core.insights import alerts, words
from bot.core.insights.facts import hour_of
from bot.core.insights.figures import Figure
from bot.core.insights.measures import (
    APPROVAL,
    AUTOMATED,
    CONVERSATIONS,
    CSAT,
    ESCALATED,
    FIRST,
    RATED,
    Measure,
    Unit,
)
from bot.core.insights.scope import Scope
from bot.core.ports.desk_work import Queued
from bot.core.ports.insights import DayVolume, HourVolume, Reasoned, SureTurns
from bot.core.teamwork.hours import at, check_zone

SETTING = "digest"
WEEKDAYS = (0, 1, 2, 3, 4)
_WEEK = timedelta(days=7)
_HOURS_A_WEEK = 7 * 24
_LOOK_BACK = 14
_A_DAY = 24 * 60  # Minutes.
_SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_HINT = (
    "A digest needs the id of a Slack channel, a time zone, a minute of the day (0 to 1439), and days of the week "
    "(0 is Monday)."
)
TOLD = (CONVERSATIONS, AUTOMATED, FIRST, APPROVAL, ESCALATED, CSAT)


@dataclass(frozen=True)
class Plan:
    """Where digests are posted, and when: minutes after midnight in a zone, on these weekdays (0 is Monday)."""

    slack_channel: str
    zone: str
    minute: int
    weekdays: tuple[int, ...] = WEEKDAYS

    def as_value(self) -> dict[str, Any]:
        """Return it as a setting."""
        return {
            "channel": self.slack_channel,
            "zone": self.zone,
            "minute": self.minute,
            "days": list(self.weekdays),
        }

    def due(self, now: datetime, holidays: Collection[date] = ()) -> "Due | None":
        """Return the digest that was due last, up to now; None if none has been for two weeks."""
        moments = [moment for moment in self._moments(now, holidays) if moment <= now]
        if not moments:
            return None
        newest, earlier = moments[0], moments[1] if len(moments) > 1 else moments[0] - _WEEK
        new_week = self._week(newest) != self._week(earlier)
        return Due(newest, newest - _WEEK if new_week else earlier, weekly=new_week)

    def _moments(self, now: datetime, holidays: Collection[date]) -> Iterator[datetime]:
        """Yield when digests are due, the newest first."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        for day in (today - timedelta(days=n) for n in range(_LOOK_BACK)):
            if day.weekday() in self.weekdays and day not in holidays:
                yield at(self.zone, day, self.minute)

    def _week(self, moment: datetime) -> tuple[int, int]:
        year, week, _ = moment.astimezone(ZoneInfo(self.zone)).date().isocalendar()
        return year, week


def plan_of(value: Mapping[str, Any] | None) -> Plan | None:
    """Read a plan from a setting; None where digests are off."""
    if not value:
        return None
    return Plan(str(value["channel"]), str(value["zone"]), int(value["minute"]), tuple(value["days"]))


def checked(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a plan as a setting. Raises InvalidInput for one that cannot be followed."""
    if value is None:
        return None
    try:
        plan = plan_of(value)
    except (TypeError, ValueError, KeyError, AttributeError):
        plan = None
    if plan is None or not _can_be_followed(plan) or plan.as_value() != value:
        raise InvalidInput(_HINT)
    check_zone(plan.zone)
    return plan.as_value()


def _can_be_followed(plan: Plan) -> bool:
    days = plan.weekdays
    return bool(_SLACK_CHANNEL.fullmatch(plan.slack_channel) and 0 <= plan.minute < _A_DAY and days) and set(
        days
    ) <= set(range(7))


@dataclass(frozen=True)
class Due:
    """A digest of what was since the last one, or with the first one of a week, of seven days."""

    at: datetime
    since: datetime
    weekly: bool

    @property
    def scope(self) -> Scope:
        """Return what it is about."""
        period = "7d" if self.weekly else "24h"
        until = hour_of(self.at)
        return Scope(period, until - _HOURS_A_WEEK if self.weekly else hour_of(self.since), until)

    @property
    def week_before(self) -> Scope:
        """Return the same hours a week earlier."""
        scope = self.scope
        return Scope(scope.period, scope.since - _HOURS_A_WEEK, scope.until - _HOURS_A_WEEK)


def preview(now: datetime, *, weekly: bool) -> Due:
    """Return a digest of the last day, or week, up to now."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Due(end, end - (_WEEK if weekly else timedelta(days=1)), weekly)


@dataclass(frozen=True)
class Line:
    """One figure: its name, its values, what it rests on, and how it differs from the week before."""

    title: str
    value: str
    basis: str
    change: str


@dataclass(frozen=True)
class Digest:
    """What a digest says. `gaps` are questions that no article answered, of all `decided`."""

    due: Due
    lines: Sequence[Line]
    longest: Queued | None
    waiting: int
    gaps: int
    decided: int
    days: Sequence[DayVolume]
    hours: Sequence[HourVolume] = ()
    sure: Sequence[SureTurns] = ()


def lines(now: Sequence[Figure], before: Sequence[Figure]) -> Sequence[Line]:
    """Write the figures that a digest tells, those without a value as well: that nobody rated is news."""
    by_key = {figure.measure.key: figure for figure in now}
    earlier = {figure.measure.key: figure for figure in before}
    return [_line(measure, by_key, earlier) for measure in TOLD]


def _line(measure: Measure, now: Mapping[str, Figure], before: Mapping[str, Figure]) -> Line:
    figure, then = now[measure.key], before[measure.key]
    basis = f"n = {figure.n:,}" if figure.measure.unit is not Unit.COUNT else ""
    if measure is CSAT:
        basis = f"{basis}, {words.estimate(now[RATED.key])} rated"
    return Line(measure.title, _short(figure), basis, changed(figure, then))


def _short(figure: Figure) -> str:
    """Write a figure for those who have ten seconds: of a time, how long half of them and nine of ten took."""
    first = dict(list(figure.estimates.items())[:2])
    return words.estimate(replace(figure, estimates=first))


def changed(figure: Figure, before: Figure) -> str:
    """Say how a figure differs from that of the week before, in a word that chance has no part in."""
    now, then = figure.main, before.main
    if now is None or then is None:
        return "" if now is None else "nothing to compare with"
    sure = (
        alerts.certain(now.value, then.value)
        if figure.measure.unit is Unit.COUNT
        else words.is_certain(figure, before)
    )
    return words.change(figure, before) if sure else "no clear change"


def gaps(reasons: Sequence[Reasoned]) -> tuple[int, int]:
    """Return how many questions no article answered, and how many were decided on."""
    return sum(one.turns for one in reasons if one.reason == "no_answer"), sum(one.turns for one in reasons)
