"""What verdicts teach about the confidence."""

import random

import pytest

from bot.core.certificates import Reviewed
from bot.core.recalibration import FEWEST, Recalibration, better, fit


def verdicts(n: int, truth: Recalibration, seed: int = 3) -> list[Reviewed]:
    """Draw verdicts of an answerer whose confidence means what `truth` makes of it."""
    generator = random.Random(seed)
    sure = [0.5 + generator.random() / 2 for _ in range(n)]
    return [Reviewed(c, generator.random() < truth(c)) for c in sure]


def test_without_verdicts_a_confidence_stays_as_it_is() -> None:
    assert [Recalibration()(c) for c in (0.0, 0.37, 1.0)] == [0.0, 0.37, 1.0]


def test_many_verdicts_find_the_truth() -> None:
    truth = Recalibration(-0.8, 0.7, 1)
    found = fit(verdicts(3_000, truth))
    for confidence in (0.55, 0.7, 0.9, 0.97):
        assert found(confidence) == pytest.approx(truth(confidence), abs=0.04)


def test_few_verdicts_move_little() -> None:
    few = fit([Reviewed(0.9, False)] * 3)
    many = fit([Reviewed(0.9, False)] * 300)
    assert 0.9 > few(0.9) > many(0.9) + 0.2


@pytest.mark.parametrize("right", [True, False])
def test_verdicts_that_all_agree_give_a_sane_map(right: bool) -> None:
    found = fit([Reviewed(0.5 + i / 1_000, right) for i in range(400)])
    told = [found(c / 100) for c in range(101)]
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] < 1


def test_surer_stays_surer_whatever_the_verdicts_say() -> None:
    upside_down = [Reviewed(0.95, False)] * 200 + [Reviewed(0.55, True)] * 200
    assert fit(upside_down)(0.95) > fit(upside_down)(0.55)


def test_a_map_is_taken_only_when_it_foretells_better() -> None:
    wrong, honest = Recalibration(-1.5, 1.0, 1), Recalibration()
    assert better(verdicts(400, wrong), honest) is not None
    assert better(verdicts(400, honest), honest) is None
    learned = better(verdicts(400, wrong), honest)
    assert learned is not None
    assert better(verdicts(400, wrong), learned) is None


def test_too_few_verdicts_change_nothing() -> None:
    assert better([Reviewed(0.99, False)] * (FEWEST - 1), Recalibration()) is None


def test_what_is_kept_comes_back() -> None:
    found = Recalibration(-0.25, 0.75, 120)
    assert Recalibration.stored(found.as_value()) == found
    assert Recalibration.stored(None) == Recalibration()
