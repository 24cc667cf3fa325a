"""The days of a period, and the two clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.insights.days import days_of, whole_day
from bot.core.insights.facts import quarter_of
from bot.core.insights.office import Office, office_of
from bot.core.insights.scope import PERIODS, scope_of
from bot.core.model import Channel
from bot.core.teamwork.hours import Hours, Span
from bot.core.teamwork.rota import Rota
from bot.core.teamwork.rules import TeamRules

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia"]
DESK = Hours("Europe/Berlin", tuple(Span(day, 9 * 60, 17 * 60) for day in range(5)))


@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(list(PERIODS)),
    st.sampled_from(ZONES),
)
def test_days_follow_each_other_and_fill_the_period(now, period, zone):
    scope = scope_of(now, period)
    days = days_of(scope, zone)
    assert (days[0].since, days[-1].until) == scope.quarters
    for one, following in pairwise(days):
        assert one.until == following.since
        assert following.date > one.date
    assert all(day.is_whole for day in days[1:-1])
    assert all(day.until - day.since in (92, 96, 100) for day in days[1:-1])


def test_a_day_is_that_of_the_zone():
    day = whole_day(date(2026, 3, 29), "Europe/Berlin")  # Summer time begins.
    assert day.until - day.since == 23 * 4
    assert day.since == quarter_of(datetime(2026, 3, 28, 23, tzinfo=UTC))


def test_both_clocks_tell_a_time():
    office = Office({Channel.EMAIL: DESK})
    friday = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 16:30 in Berlin.
    monday = friday + timedelta(days=2, hours=17)  # 9:30 there.
    assert office.times(Channel.EMAIL, friday, monday) == (234_000, 3_600)
    assert office.times(Channel.CHAT, friday, monday) == (234_000, 234_000)
    assert office.times(Channel.EMAIL, monday, friday) == (0, 0)


def test_the_zone_is_that_of_most_channels():
    other = Hours("Asia/Kolkata", DESK.spans)
    hours = {Channel.CHAT: other, Channel.EMAIL: DESK, Channel.SMS: DESK}
    assert office_of(TeamRules(hours=hours)).zone == "Europe/Berlin"
    assert office_of(TeamRules(rota=Rota(zone="Asia/Kolkata"))).zone == "Asia/Kolkata"
    assert office_of(TeamRules()).zone == "UTC"


@pytest.mark.parametrize(
    "hours",
    [
        Hours("UTC", DESK.spans),
        Hours(DESK.zone, DESK.spans[:4]),
        Hours(DESK.zone, DESK.spans, frozenset({date(2026, 1, 1)})),
    ],
)
def test_other_hours_have_another_stamp(hours):
    stamps = {Office({Channel.EMAIL: one}).stamp for one in (DESK, hours)}
    assert len(stamps) == 2
    assert Office({Channel.EMAIL: DESK}).stamp == Office({Channel.EMAIL: DESK}, "Asia/Kolkata").stamp
    assert Office().stamp == ""
