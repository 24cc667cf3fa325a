"""When a digest is due, and what it says about change."""

from datetime import UTC, date, datetime

import pytest

from bot.core.insights.counted import CaseSums, Counted, Times
from bot.core.insights.digest import Plan, changed, gaps, lines, plan_of, preview
from bot.core.insights.figures import figures
from bot.core.insights.measures import AUTOMATED, CONVERSATIONS
from bot.core.model import Action
from bot.core.ports.insights import Reasoned

PLAN = Plan("C1", "Europe/Berlin", 9 * 60)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "holidays", "due", "since", "weekly"),
    [
        # Berlin is one hour ahead in winter: 9:00 there is 8:00.
        ("2026-11-26T08:00", (), "2026-11-26T08:00", "2026-11-25T08:00", False),
        ("2026-11-26T07:59", (), "2026-11-25T08:00", "2026-11-24T08:00", False),
        ("2026-11-23T12:00", (), "2026-11-23T08:00", "2026-11-16T08:00", True),  # Monday: the week.
        ("2026-11-22T12:00", (), "2026-11-20T08:00", "2026-11-19T08:00", False),  # On Sunday nothing is due.
        (
            "2026-11-24T12:00",
            ("2026-11-23",),
            "2026-11-24T08:00",
            "2026-11-17T08:00",
            True,
        ),  # Monday was off.
        ("2026-11-26T12:00", ("2026-11-25",), "2026-11-26T08:00", "2026-11-24T08:00", False),
        # Clocks went back on 25 October: the digest stays at 9:00.
        ("2026-10-26T12:00", (), "2026-10-26T08:00", "2026-10-19T08:00", True),
        ("2026-10-23T12:00", (), "2026-10-23T07:00", "2026-10-22T07:00", False),
    ],
)
def test_when_it_is_due(now, holidays, due, since, weekly):
    found = PLAN.due(at(now), [date.fromisoformat(day) for day in holidays])
    assert (found.at, found.weekly) == (at(due), weekly)
    assert found.since == at(since)


def test_nothing_is_due_where_all_days_are_holidays():
    days = [date(2026, 11, day) for day in range(1, 30)]
    assert PLAN.due(at("2026-11-26T12:00"), days) is None


def test_what_it_is_about_ends_with_the_hour_and_is_held_against_the_same_hours_a_week_before():
    due = PLAN.due(at("2026-11-26T12:00"))
    assert (due.scope.until - due.scope.since, due.scope.period) == (24, "24h")
    assert (due.week_before.since, due.week_before.until) == (due.scope.since - 168, due.scope.until - 168)
    week = PLAN.due(at("2026-11-23T12:00"))
    assert week.scope.until - week.scope.since == 168


def test_a_preview_ends_now():
    due = preview(at("2026-11-26T12:34"), weekly=True)
    assert due.scope.until * 3600 == at("2026-11-26T13:00").timestamp()


def test_a_plan_survives_being_kept():
    assert plan_of(PLAN.as_value()) == PLAN
    assert plan_of(None) is None


def told(asked, automated, first=()):
    counted = Counted(CaseSums(asked=asked, answered=asked, automated=automated), times=Times(first=first))
    return {figure.measure.key: figure for figure in figures(counted)}


@pytest.mark.parametrize(
    ("now", "before", "count", "share"),
    [
        ((100, 62), (95, 60), "no clear change", "no clear change"),
        ((200, 160), (100, 40), "+100", "+40.0 points"),
        ((100, 20), (200, 120), "−100", "−40.0 points"),
        ((0, 0), (100, 50), "−100", ""),
        ((10, 5), (0, 0), "+10", "nothing to compare with"),
    ],
)
def test_a_change_is_told_only_where_it_is_more_than_chance(now, before, count, share):
    new, old = told(*now), told(*before)
    assert changed(new[CONVERSATIONS.key], old[CONVERSATIONS.key]) == count
    assert changed(new[AUTOMATED.key], old[AUTOMATED.key]) == share


def test_six_lines_with_what_they_rest_on():
    counted = Counted(CaseSums(asked=50, answered=40, automated=30, responded=4, rated=4, satisfied=3))
    made = lines(figures(counted), figures(Counted()))
    assert [line.title for line in made] == [
        "New conversations",
        "Automated resolution",
        "First response",
        "Approval wait",
        "Escalation rate",
        "Satisfaction",
    ]
    assert (made[1].value, made[1].basis) == ("60.0 %", "n = 50")
    assert made[2].value == "nothing yet"
    assert made[5].basis == "n = 4, 10.0 % rated"


def test_gaps_are_questions_that_no_article_answered():
    reasons = [
        Reasoned(Action.SEND, "", 70),
        Reasoned(Action.ESCALATE, "no_answer", 12),
        Reasoned(Action.REVIEW, "x", 8),
    ]
    assert gaps(reasons) == (12, 90)
