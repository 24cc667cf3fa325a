import pytest

from bot.core.errors import InvalidInput
from bot.core.insights import marks
from bot.core.insights.marks import Mark
from bot.core.insights.measures import (
    AUTOMATED,
    EDIT,
    FIRST,
    MEASURES,
    NOT_MEASURED,
    CaseSums,
    Counted,
    Times,
    TurnSums,
    figures,
)
from bot.core.insights.scope import Scope, scope_of
from bot.core.model import Channel
from tests.builders import AT


def by_key(counted):
    return {figure.measure.key: figure for figure in figures(counted)}


def test_nothing_counted_gives_no_value_and_no_error():
    every = figures(Counted())
    assert [one.measure for one in every] == list(MEASURES)
    assert [one.measure.key for one in every if one.main is not None] == ["conversations"]


def test_each_figure_names_what_it_rests_on():
    told = by_key(
        Counted(
            CaseSums(
                asked=10, answered=8, automated=4, durable=3, young=2, rated=3, responded=2, satisfied=2
            ),
            TurnSums(approved=3, edited=1, good=1, wrong=1),
            Times(first=[(10, 3), (100, 1)], edit=[(0, 3), (400, 1)]),
        )
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


def test_keys_differ_and_every_mark_is_one():
    assert len({measure.key for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        assert measure.sentence.endswith(".")
        assert str(marks.parse(measure.mark)) == measure.mark
    assert all(why for _, why in NOT_MEASURED)


@pytest.mark.parametrize(
    "typed", ["", "is", "is:", "is:rich", "sent:lost", "reason:", f"agent:{'x' * 201}", "1=1:x"]
)
def test_what_is_no_mark_is_refused(typed):
    with pytest.raises(InvalidInput):
        marks.parse(typed)


def test_a_mark_may_name_what_was_recorded():
    assert marks.parse("article:a:b") == Mark("article", "a:b")


def test_a_scope_ends_with_the_hour_that_runs():
    scope = scope_of(AT, "24h", Channel.CHAT)
    assert (scope.until - scope.since, scope.channels) == (24, (Channel.CHAT,))
    assert scope.until * 3600 == AT.timestamp() + 3600
    assert scope.before == Scope("24h", scope.since - 24, scope.since, Channel.CHAT)
    assert scope_of(AT).channels == tuple(Channel)
    with pytest.raises(InvalidInput):
        scope_of(AT, "1y")
