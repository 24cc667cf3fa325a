from random import Random

import pytest

from bot.core.insights.statistics import Spread, count, rounded, share


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Values of Wilson's interval as printed by Brown, Cai and DasGupta (2001) and worked out by hand.
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1.0)],
)
def test_a_share_comes_with_wilsons_interval(hits, of, low, high):
    one = share(hits, of)
    assert one.value == hits / of
    assert (one.low, one.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_nothing_has_no_share_no_percentile_and_no_mean():
    assert share(0, 0) is None
    assert (Spread([]).n, Spread([]).percentile(50), Spread([]).mean()) == (0, None, None)


def test_what_was_counted_is_certain():
    assert (count(7).low, count(7).value, count(7).high) == (7, 7, 7)


def test_one_value_is_every_percentile():
    one = Spread([42])
    assert [one.percentile(p).value for p in (1, 50, 95, 100)] == [42] * 4
    assert (one.mean().low, one.mean().high) == (42, 42)


def test_percentiles_are_the_smallest_values_that_so_many_do_not_exceed():
    spread = Spread([10] * 5 + [1] * 4 + [100])
    assert [spread.percentile(p).value for p in (10, 40, 41, 90, 91)] == [1, 1, 10, 10, 100]
    assert spread.mean().value == pytest.approx((4 + 50 + 100) / 10)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    random, held = Random(8), [0, 0, 0]
    for _ in range(400):
        values = [int(random.expovariate(1 / 1000)) for _ in range(200)]
        spread = Spread(values)
        median, mean = spread.percentile(50), spread.mean()
        right = share(sum(random.random() < 0.03 for _ in range(200)), 200)
        held[0] += median.low <= 693 <= median.high
        held[1] += mean.low <= 999.5 <= mean.high
        held[2] += right.low <= 0.03 <= right.high
    assert all(360 <= times <= 398 for times in held), held


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [(-5, 0), (0.9, 0), (999.9, 999), (1_239, 1_230), (86_399, 86_300), (1_234_567, 1_230_000)],
)
def test_times_keep_three_digits(seconds, kept):
    assert rounded(seconds) == kept
