from math import isnan

import numpy as np
import pytest

from bot.answering.evaluate import aurc, auroc, brier, ceiling, coverage_at_risk, ece, reliability


def test_auroc_of_a_perfect_a_reversed_and_a_tied_ranking():
    assert auroc([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 1.0
    assert auroc([0.9, 0.8, 0.2, 0.1], [False, False, True, True]) == 0.0
    assert auroc([0.5, 0.5, 0.5, 0.5], [True, False, True, False]) == 0.5
    assert auroc([3, 1, 2], [True, False, True]) == 1.0
    assert auroc([0.4, 0.6, 0.5], [True, True, False]) == 0.5


def test_one_kind_only_has_no_auroc():
    assert isnan(auroc([0.1, 0.9], [True, True]))


def test_calibration_error():
    assert ece([1.0, 1.0, 0.0, 0.0], [True, True, False, False]) == 0.0
    assert ece([0.95] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.45)
    # Half of the cases lie in a bin that is off by 0.2, half in one that is right.
    assert ece(
        [0.75] * 4 + [0.25] * 4, [True, True, True, False, True, False, False, False]
    ) == pytest.approx(0.0)


def test_brier_score():
    assert brier([1.0, 0.0], [True, False]) == 0.0
    assert brier([0.5, 0.5], [True, False]) == 0.25


def test_coverage_is_the_largest_share_within_the_risk():
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    right = [True, True, False, True, True]
    assert coverage_at_risk(scores, right, 0.0) == pytest.approx(0.4)
    assert coverage_at_risk(scores, right, 0.2) == pytest.approx(1.0)
    assert coverage_at_risk([0.9, 0.8], [False, True], 0.1) == 0.0


def test_coverage_never_cuts_through_equal_scores():
    assert coverage_at_risk([0.9, 0.9, 0.9], [True, True, False], 0.0) == 0.0


def test_reliability_bands():
    rows = reliability([0.05, 0.95, 1.0], [False, True, False])
    assert rows == [(0, 0.5, 1, 0.05, 0.0), (0.95, 1, 2, pytest.approx(0.975), 0.5)]


def test_nothing_measured():
    assert isnan(ece([], []))
    assert isnan(brier([], []))
    assert coverage_at_risk([], [], 0.05) == 0.0


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one label per score"):
        brier(np.array([0.5]), np.array([True, False]))


def test_the_ceiling_follows_laplace_over_the_surest_tenth() -> None:
    confidences = [i / 100 for i in range(100)]
    assert ceiling(confidences, [True] * 100) == pytest.approx(11 / 12)
    assert ceiling(confidences, [True] * 99 + [False]) == pytest.approx(10 / 12)
    assert ceiling([], []) == 0.5


def test_area_under_the_risk_coverage_curve():
    assert aurc([0.9, 0.8, 0.1], [True, True, True]) == 0
    assert aurc([0.9, 0.8, 0.1], [True, False, True]) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert aurc([0.9, 0.1], [True, False]) < aurc([0.1, 0.9], [True, False])
    assert isnan(aurc([], []))
