from dataclasses import replace

import pytest

from bot.core.insights import words
from bot.core.insights.figures import Figure
from bot.core.insights.measures import AUTOMATED, CONVERSATIONS, FIRST, Unit
from bot.core.insights.statistics import Estimate, count, share


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (9, "9 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3_600, "1 h"),
        (3_605, "1 h"),
        (7_500, "2 h 5 min"),
        (86_400 * 3 + 3_600 * 4 + 59, "3 d 4 h"),
    ],
)
def test_times_have_two_units(seconds, said):
    assert words.span(seconds) == said


def test_a_figure_says_what_it_rests_on():
    some = Figure(AUTOMATED, 100, {"": share(62, 100)})
    assert words.estimate(some) == "62.0 %"
    assert words.basis(some) == "n = 100, 95 %: 52.2 to 70.9 %"
    assert words.basis(Figure(AUTOMATED, 5, {"": share(1, 5)})).endswith("few")
    times = Figure(FIRST, 40, {"p50": Estimate(4, 2, 6), "p90": Estimate(60, 40, 90)})
    assert words.estimate(times) == "p50 4 s · p90 1 min"
    assert words.basis(times) == "n = 40, 95 %: 2 s to 6 s"
    assert words.interval(Unit.SECONDS, Estimate(0.2, 0.1, 0.9)) == "0 s"
    few = replace(times, n=5)
    assert words.basis(few) == "n = 5, few", "no two of five values are sure to hold the median between them"
    assert words.basis(Figure(CONVERSATIONS, 7, {"": count(7)})) == ""


def test_nothing_is_no_zero():
    nothing = Figure(AUTOMATED, 0, {})
    assert (words.estimate(nothing), words.basis(nothing)) == ("nothing yet", "n = 0")
    assert words.change(nothing, nothing) == ""
    assert words.is_certain(nothing, nothing) is False


@pytest.mark.parametrize(
    ("measure", "now", "then", "said"),
    [
        (AUTOMATED, share(6, 10), share(5, 10), "+10.0 points"),
        (FIRST, Estimate(60, 60, 60), Estimate(120, 120, 120), "−1 min"),
        (CONVERSATIONS, count(3), count(1_003), "−1,000"),
    ],
)
def test_a_change_is_said_in_the_units_of_the_figure(measure, now, then, said):
    one, other = Figure(measure, 10, {"": now}), Figure(measure, 10, {"": then})
    assert words.change(one, other) == said
    assert words.is_certain(one, other) is (measure is not AUTOMATED)


def test_every_unit_has_words():
    assert [words.value(unit, 1) for unit in Unit] == ["100.0 %", "1 s", "1"]
