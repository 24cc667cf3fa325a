"""Experiments: the lot, the statistics, and how often the stop rule is wrong, by simulation."""

import math
import random
from dataclasses import replace

import pytest

from bot.core.model import Channel, Rules
from bot.core.steering.experiments import (
    ALPHA,
    Arm,
    Experiment,
    Kind,
    Share,
    Verdict,
    assess,
    difference,
    evidence,
    harm_of,
    stored,
)
from tests.builders import AT

TRIAL = Experiment("e1", Channel.EMAIL, Kind.THRESHOLD, 0.8, 0.3, AT, "U1")
NONE = Share(0, 0)


def test_a_conversation_keeps_its_arm_and_the_share_is_kept() -> None:
    arms = [TRIAL.variant(str(n)) for n in range(2_000)]
    assert arms == [TRIAL.variant(str(n)) for n in range(2_000)]
    assert arms.count("e1:b") == pytest.approx(600, abs=60)
    other = replace(TRIAL, id="e2")
    both = sum(TRIAL.variant(str(n)) == "e1:b" and other.variant(str(n)) == "e2:b" for n in range(2_000))
    assert both == pytest.approx(180, abs=45)  # Another experiment deals anew.


def test_only_b_lives_under_other_rules_and_all_is_read_again() -> None:
    assert TRIAL.rules_of("e1:b", Rules()).auto_above == 0.8
    assert TRIAL.rules_of("e1:a", Rules()) == Rules()
    assert stored(Channel.EMAIL, TRIAL.as_value()) == TRIAL
    assert stored(Channel.EMAIL, None) is None


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """His example: 56 of 70 against 48 of 80 (Statistics in Medicine 17, 1998, table II a, method 10)."""
    found = difference(Share(48, 80), Share(56, 70))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference(NONE, Share(1, 2)).low == -1.0


def test_the_evidence_is_that_of_the_mixture_summed_by_hand() -> None:
    # One bad of one in B, none of one in A: mixtures 1/2 each, and at best (1/2)(1/2) under a common share.
    assert evidence(Share(0, 1), Share(1, 1)) == pytest.approx(math.log(0.5 * 0.5 / 0.25))
    assert evidence(Share(1, 1), Share(0, 1)) == 0.0
    assert evidence(NONE, Share(1, 1)) == 0.0


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_harmless_variants_are_stopped_in_at_most_one_of_twenty_however_often_one_looks(share: float) -> None:
    """After each of 400 outcomes somebody looks; a test made for one look would stop far more of them."""
    lot, stopped = random.Random(7), 0
    runs = 400
    for _ in range(runs):
        stopped += first_stop(lot, share, share) is not None
    # The true rate is at most ALPHA; 400 runs would show more than 8 % with chance below 1 % then.
    assert stopped / runs <= ALPHA + 0.03


def test_a_harmful_variant_is_stopped_soon() -> None:
    lot = random.Random(8)
    stops = [first_stop(lot, 0.02, 0.25) for _ in range(60)]
    found = sorted(stop for stop in stops if stop is not None)
    assert len(found) >= 57
    assert found[len(found) // 2] <= 150


def first_stop(lot: random.Random, bad_a: float, bad_b: float) -> int | None:
    """Return after how many outcomes B is found to do harm, None for never within 400."""
    bad, n = {"a": 0, "b": 0}, {"a": 0, "b": 0}
    for number in range(1, 401):
        arm = "b" if lot.random() < 0.5 else "a"
        n[arm] += 1
        bad[arm] += lot.random() < (bad_b if arm == "b" else bad_a)
        arms = [Arm(NONE, Share(bad[one], n[one]), NONE, NONE) for one in "ab"]
        if harm_of(*arms):
            return number
    return None


def arm(n: int, sent: int, wrong: int = 0, checked: int = 0) -> Arm:
    return Arm(Share(sent, n), Share(wrong, checked), Share(0, sent), NONE)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ((10, 5), (10, 9), Verdict.EARLY),
        ((300, 120, 1, 110), (300, 190, 1, 170), Verdict.KEEP_B),
        ((300, 120, 0, 5), (300, 190, 0, 5), Verdict.UNPROVEN),
        ((300, 190), (300, 120), Verdict.KEEP_A),
        ((300, 150), (300, 155), Verdict.OPEN),
        ((300, 120, 1, 100), (300, 190, 30, 100), Verdict.HARM),
    ],
)
def test_the_verdict_says_no_more_than_is_proven(a: tuple, b: tuple, verdict: Verdict) -> None:
    finding = assess(arm(*a), arm(*b))
    assert finding.verdict is verdict
    assert finding.harm == ("wrong" if verdict is Verdict.HARM else "")


def test_customers_who_come_back_and_bad_ratings_are_harm_too() -> None:
    good = Arm(Share(60, 60), NONE, Share(0, 60), Share(0, 60))
    assert assess(good, replace(good, reopened=Share(60, 60))).harm == "reopened"
    assert assess(good, replace(good, unhappy=Share(60, 60))).harm == "unhappy"
