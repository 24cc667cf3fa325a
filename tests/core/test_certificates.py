"""The maths of promises: against values that anybody can check, and against many simulated worlds."""

import random
from math import comb

import pytest

from bot.core.certificates import (
    Certified,
    NotYet,
    Refused,
    Reviewed,
    at_least,
    at_most,
    binomial_cdf,
    certify,
    fewest,
    is_kept,
    naive,
)


def world(generator: random.Random, n: int) -> list[Reviewed]:
    """Draw cases whose confidence is honest: as likely right as it says."""
    sure = [1 - generator.random() ** 3 * 0.5 for _ in range(n)]
    return [Reviewed(c, generator.random() < c) for c in sure]


@pytest.mark.parametrize(
    ("k", "n", "p"), [(0, 10, 0.1), (3, 10, 0.5), (9, 10, 0.9), (4, 60, 0.03), (50, 60, 0.8)]
)
def test_binomial_distribution_is_the_sum_of_its_terms(k: int, n: int, p: float) -> None:
    exact = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))
    assert binomial_cdf(k, n, p) == pytest.approx(exact, abs=1e-12)


def test_binomial_distribution_at_its_ends() -> None:
    assert binomial_cdf(10, 10, 0.3) == binomial_cdf(0, 10, 0.0) == 1.0
    assert binomial_cdf(-1, 10, 0.3) == binomial_cdf(3, 10, 1.0) == 0.0
    assert binomial_cdf(900, 100_000, 0.01) == pytest.approx(0.00068, abs=0.0001)


@pytest.mark.parametrize(
    ("wrong", "n", "low", "high"),  # Clopper and Pearson, 1934; 90 % on each side, from published tables.
    [(0, 10, 0.0, 0.2057), (1, 10, 0.0105, 0.3368), (5, 10, 0.2673, 0.7327), (10, 10, 0.7943, 1.0)],
)
def test_bounds_are_those_of_the_tables(wrong: int, n: int, low: float, high: float) -> None:
    assert at_least(wrong, n) == pytest.approx(low, abs=1e-4)
    assert at_most(wrong, n) == pytest.approx(high, abs=1e-4)


def test_without_a_case_nothing_is_known() -> None:
    assert (at_least(0, 0), at_most(0, 0)) == (0.0, 1.0)


@pytest.mark.parametrize(("risk", "n"), [(0.01, 230), (0.03, 76), (0.05, 45), (0.5, 4)])
def test_how_many_perfect_cases_prove_a_risk(risk: float, n: int) -> None:
    assert fewest(risk) == n
    assert at_most(0, n) <= risk < at_most(0, n - 1)
    assert fewest(risk, 0.05) > n


def test_too_few_cases_say_how_many_are_missing() -> None:
    assert certify([], 0.03) == NotYet(76, 0)
    assert certify([Reviewed(0.9, True)] * 70, 0.03) == NotYet(6, 70)


def test_a_perfect_record_is_certified_as_a_whole() -> None:
    cases = [Reviewed(0.5 + i / 1000, True) for i in range(76)]
    found = certify(cases, 0.03)
    assert isinstance(found, Certified)
    assert (found.threshold, found.n, found.wrong) == (0.5, 76, 0)
    assert found.bound <= 0.03


def test_the_threshold_stands_above_the_mistakes() -> None:
    cases = [Reviewed(0.99 - i / 10_000, True) for i in range(300)]
    cases += [Reviewed(0.80 - i / 10_000, i % 2 == 0) for i in range(300)]
    found = certify(cases, 0.03)
    assert isinstance(found, Certified)
    assert 0.9 < found.threshold < 0.99
    assert found.wrong == 0


def test_mistakes_among_the_surest_cannot_be_certified() -> None:
    cases = [Reviewed(0.99 - i / 10_000, i % 5 != 0) for i in range(300)]
    found = certify(cases, 0.02)
    assert isinstance(found, Refused)
    assert found.wrong / found.n == pytest.approx(0.2, abs=0.02)
    assert found.bound > 0.2


def test_cases_that_are_equally_sure_stand_or_fall_together() -> None:
    found = certify([Reviewed(0.9, i % 50 != 0) for i in range(400)], 0.05)
    assert isinstance(found, Certified)
    assert (found.n, found.wrong) == (400, 8)


@pytest.mark.parametrize("risk", [0.03, 0.05])
def test_promises_are_kept_where_the_naive_choice_breaks_them(risk: float) -> None:
    generator = random.Random(7)
    future = world(generator, 4_000)

    def breaks(threshold: float) -> bool:
        sent = [case.right for case in future if case.confidence >= threshold]
        return bool(sent) and sent.count(False) / len(sent) > risk

    broken = lured = certified = 0
    for _ in range(40):
        cases = world(generator, 600)
        found, tempting = certify(cases, risk), naive(cases, risk)
        certified += isinstance(found, Certified)
        broken += isinstance(found, Certified) and breaks(found.threshold)
        lured += tempting is not None and breaks(tempting)
    assert certified >= 20
    assert broken <= 7  # 4 expected at most; more than 7 has a chance of 4 % even at the limit.
    assert lured > broken


def test_the_naive_choice_of_nothing_good_is_none() -> None:
    assert naive([Reviewed(0.9, False)], 0.05) is None
    assert naive([Reviewed(0.9, True), Reviewed(0.8, False)], 0.05) == 0.9


def test_the_coin_falls_always_the_same_and_as_often_as_it_should() -> None:
    kept = [is_kept(str(i), 0.1) for i in range(5_000)]
    assert kept == [is_kept(str(i), 0.1) for i in range(5_000)]
    assert 400 < sum(kept) < 600
    assert all(is_kept(str(i), 1.0) for i in range(100))
