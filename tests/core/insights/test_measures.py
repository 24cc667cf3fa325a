from datetime import date

import pytest

from bot.core.errors import InvalidInput
from bot.core.insights import marks
from bot.core.insights.counted import CaseSums, Counted, Promised, Times, TurnSums, together
from bot.core.insights.figures import figures
from bot.core.insights.marks import EVERY, Mark
from bot.core.insights.measures import AUTOMATED, EDIT, FIRST, MEASURES
from bot.core.insights.scope import Scope, scope_of
from bot.core.model import Channel
from tests.builders import AT

NOTHING = Promised()


def by_key(counted, promised=NOTHING, young=0):
    return {figure.measure.key: figure for figure in figures(counted, promised, young)}


def test_nothing_counted_gives_no_value_and_no_error():
    every = figures(Counted(), Promised())
    assert [one.measure for one in every] == list(MEASURES)
    assert [one.measure.key for one in every if one.main is not None] == ["conversations"]


def test_each_figure_names_what_it_rests_on():
    told = by_key(
        Counted(
            CaseSums(asked=10, answered=8, automated=4, durable=3, rated=3, responded=2, satisfied=2),
            TurnSums(
                alone=4, missed=1, escalate=5, helped=3, needless=1, approved=3, edited=1, good=1, wrong=1
            ),
            Times(first=[10, 100, 10, 10], first_open=[10, 10], edit=[0, 400, 0, 0]),
        ),
        Promised(n=8, breached=2),
        young=2,
    )
    assert (told[AUTOMATED.key].n, told[AUTOMATED.key].main.value) == (10, 0.4)
    assert "2 of them" in told[AUTOMATED.key].note
    assert (told["csat"].n, told["response_rate"].n, told["edited"].n, told["wrong"].n) == (3, 8, 4, 2)
    assert {name: one.value for name, one in told[FIRST.key].estimates.items()} == {
        "p50": 10,
        "p90": 100,
        "p95": 100,
    }
    assert told[EDIT.key].main.value == pytest.approx(0.1)
    assert (told["sla"].n, told["sla"].main.value) == (8, 0.75)
    assert (told["false_escalation"].n, told["missed_escalation"].n) == (3, 4)
    assert told["first_response_open"].n == 2


def test_what_was_counted_apart_is_added_up():
    one = Counted(CaseSums(asked=1), TurnSums(wrong=2), Times(first=[1], first_hour=[9]))
    other = Counted(CaseSums(asked=2), TurnSums(turns=3), Times(first=[5], first_hour=[8], edit=[7]))
    both = together([one, other])
    assert (both.cases, both.turns) == (CaseSums(asked=3), TurnSums(turns=3, wrong=2))
    assert (list(both.times.first), list(both.times.first_hour), list(both.times.edit)) == (
        [1, 5],
        [9, 8],
        [7],
    )
    assert together([]).cases == CaseSums()


def test_keys_differ_and_every_mark_is_one():
    assert len({measure.key for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        assert measure.sentence.endswith(".")
        assert str(marks.parse(measure.mark)) == measure.mark


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "is",
        "is:",
        "is:rich",
        "sent:lost",
        "day:2026-02-30",
        "day:today",
        "reason:",
        f"agent:{'x' * 201}",
        "1=1:x",
    ],
)
def test_what_is_no_mark_is_refused(typed):
    with pytest.raises(InvalidInput):
        marks.parse(typed)


def test_a_mark_may_name_what_was_recorded_or_a_day():
    assert marks.parse("article:a:b") == Mark("article", "a:b")
    assert marks.day_of(marks.parse("day:2026-02-28")) == date(2026, 2, 28)
    assert marks.day_of(EVERY) is None


def test_a_scope_ends_with_the_hour_that_runs():
    scope = scope_of(AT, "24h", Channel.CHAT)
    assert (scope.until - scope.since, scope.channels) == (24, (Channel.CHAT,))
    assert scope.until * 3600 == scope.quarters[1] * 900 == AT.timestamp() + 3600
    assert scope.before == Scope("24h", scope.since - 24, scope.since, Channel.CHAT)
    assert scope_of(AT).channels == tuple(Channel)
    with pytest.raises(InvalidInput):
        scope_of(AT, "1y")
