"""An alert begins once, ends once, and does not flap in between."""

from datetime import timedelta

import pytest

from bot.core.insights import alerts
from bot.core.insights.alerts import QUIET, SETTLED, Level, Signal, after, ended
from bot.core.model import Channel
from bot.core.ports.reporting import Notice, NoticeState
from tests.builders import AT

MINUTE = timedelta(minutes=1)
BAD = Signal("backlog:email", Level.BAD, "It piles up. Next: help.", "It is worked off.")
BETWEEN = Signal("backlog:email", Level.BETWEEN, "", "It is worked off.")
GOOD = Signal("backlog:email", Level.GOOD, "", "It is worked off.")


def standing(since=AT):
    return Notice("backlog:email", NoticeState.STANDS, since, "It piles up.", slack_channel="C1", ts="1.0")


def test_trouble_begins_with_what_is_to_be_said():
    assert after(None, BAD, AT) == Notice("backlog:email", NoticeState.BEGINS, AT, "It piles up. Next: help.")


@pytest.mark.parametrize("signal", [GOOD, BETWEEN])
def test_where_nothing_is_wrong_nothing_is_kept(signal):
    assert after(None, signal, AT) is None


def test_what_stands_is_not_said_again():
    assert after(standing(), BAD, AT + MINUTE) is None
    assert after(standing(), BETWEEN, AT + MINUTE) is None


def test_it_is_over_only_after_it_was_good_for_a_while():
    first = after(standing(), GOOD, AT + 60 * MINUTE)
    assert first.state is NoticeState.STANDS
    assert after(first, GOOD, AT + 60 * MINUTE + SETTLED - MINUTE) is None
    over = after(first, GOOD, AT + 60 * MINUTE + SETTLED)
    assert (over.state, over.said) == (NoticeState.ENDS, "It is worked off. It lasted 1 h.")


@pytest.mark.parametrize("signal", [BAD, BETWEEN])
def test_a_relapse_begins_the_wait_anew_without_a_word(signal):
    first = after(standing(), GOOD, AT + MINUTE)
    again = after(first, signal, AT + 2 * MINUTE)
    assert (again.state, again.good_since) == (NoticeState.STANDS, None)


def test_after_an_end_nothing_begins_for_a_while():
    calm = ended(standing(), AT)
    assert after(calm, BAD, AT + QUIET - MINUTE) is None
    assert after(calm, BAD, AT + QUIET).state is NoticeState.BEGINS


def test_what_is_over_before_anybody_was_told_is_not_said():
    begun = after(None, BAD, AT)
    assert after(begun, GOOD, AT + MINUTE).state is NoticeState.CALM


def test_a_signal_that_wavers_every_minute_is_two_messages_at_most():
    notice, said = None, []
    for minute in range(600):
        signal = (BAD, BETWEEN, GOOD)[minute % 3] if minute < 300 else GOOD
        changed = after(notice, signal, AT + minute * MINUTE)
        notice = changed or notice
        if notice and notice.state in (NoticeState.BEGINS, NoticeState.ENDS):
            said.append(notice.state)
            begins = notice.state is NoticeState.BEGINS
            notice = (
                Notice(notice.key, NoticeState.STANDS, notice.since, notice.said)
                if begins
                else ended(notice, AT + minute * MINUTE)
            )
    assert said == [NoticeState.BEGINS, NoticeState.ENDS]


@pytest.mark.parametrize(
    ("waiting", "per_hour", "level"),
    [
        (0, 0.0, Level.GOOD),
        (9, 0.1, Level.BETWEEN),  # Few, however slow.
        (80, 10.0, Level.BAD),
        (60, 10.0, Level.BETWEEN),
        (40, 10.0, Level.GOOD),
        (12, 0.0, Level.BAD),  # Nobody answers at all.
    ],
)
def test_a_backlog_is_measured_in_hours_of_work(waiting, per_hour, level):
    signal = alerts.backlog(Channel.EMAIL, waiting, per_hour)
    assert signal.level is level
    assert f"*{waiting} conversations wait on email*" in signal.said
    assert "Next: " in signal.said


@pytest.mark.parametrize(
    ("came", "usual", "level"),
    [
        (9, 0.0, Level.BETWEEN),
        (90, None, Level.BETWEEN),  # A new installation.
        (12, 0.0, Level.BAD),
        (12, 6.0, Level.BETWEEN),  # Twice as many, and still likely by chance.
        (30, 12.0, Level.BAD),
        (30, 20.0, Level.GOOD),
        (5, 0.0, Level.GOOD),
        (200, 150.0, Level.GOOD),
    ],
)
def test_a_spike_is_more_than_chance_and_more_than_twice(came, usual, level):
    assert alerts.spike(Channel.CHAT, came, usual).level is level


@pytest.mark.parametrize(
    ("now", "before", "level"),
    [
        ((0, 0), (0, 0), Level.BETWEEN),
        ((30, 40), (100, 1000), Level.BETWEEN),  # Too few to tell.
        ((40, 100), (100, 1000), Level.BAD),
        ((18, 100), (100, 1000), Level.BETWEEN),
        ((12, 100), (100, 1000), Level.GOOD),
    ],
)
@pytest.mark.parametrize("what", ["unsure", "foreign", "edited"])
def test_drift_is_a_share_that_has_grown_by_more_than_chance(what, now, before, level):
    signal = alerts.drift(what, now, before)
    assert (signal.key, signal.level) == (f"drift:{what}", level)
    assert "Next: " in signal.said


@pytest.mark.parametrize(
    ("at_risk", "late", "level"),
    [(0, 0, Level.GOOD), (2, 0, Level.BETWEEN), (2, 1, Level.BAD), (0, 3, Level.BAD)],
)
def test_promises_press_when_several_do(at_risk, late, level):
    assert alerts.promises(Channel.SMS, at_risk, late).level is level
