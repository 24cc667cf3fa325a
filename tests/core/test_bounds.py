"""When a channel goes back to people: bounds are broken only where that is proven, from enough outcomes."""

import pytest

from bot.core.model import Rules
from bot.core.steering.bounds import broken
from bot.core.steering.outcomes import Outcome
from tests.builders import AT


def outcomes(n: int, reopened: int = 0, scores: tuple[int, ...] = ()) -> list[Outcome]:
    rated = [*scores, *[None] * (n - len(scores))]
    return [Outcome("c", AT, reopened=i < reopened, score=rated[i]) for i in range(n)]


def checked(n: int, wrong: int) -> list[bool]:
    return [False] * wrong + [True] * (n - wrong)


@pytest.mark.parametrize(
    ("answers", "cases", "name"),
    [
        (checked(9, 9), [], None),  # Too few to say anything.
        (checked(10, 3), [], None),
        (checked(10, 4), [], "wrong"),
        (checked(100, 14), [], None),
        (checked(100, 17), [], "wrong"),
        ([], outcomes(29, 29), None),
        ([], outcomes(40, 14), None),
        ([], outcomes(40, 16), "reopened"),
        ([], outcomes(14, scores=(1,) * 14), None),
        ([], outcomes(20, scores=(1,) * 14 + (5,) * 6), None),
        ([], outcomes(20, scores=(1,) * 15 + (5,) * 5), "satisfied"),
    ],
)
def test_a_bound_is_broken_where_it_is_proven(
    answers: list[bool], cases: list[Outcome], name: str | None
) -> None:
    found = broken(answers, cases, Rules())
    assert (found.name if found else None) == name


def test_a_promise_counts_instead_of_the_bound_and_at_once() -> None:
    found = broken(checked(2, 2), [], Rules(risk=0.01))
    assert found is not None
    assert found.text == "2 of the 2 newest checked automatic answers were wrong; at most 1 % may be"


def test_without_a_bound_nothing_is_broken() -> None:
    free = Rules(wrong=None, reopened=None, satisfied=None)
    assert broken(checked(50, 50), outcomes(50, 50, (1,) * 50), free) is None


def test_a_bad_record_is_told_in_numbers() -> None:
    came_back, unhappy = (
        broken([], outcomes(40, 20), Rules()),
        broken([], outcomes(20, scores=(1,) * 20), Rules()),
    )
    assert came_back is not None
    assert unhappy is not None
    assert came_back.text.startswith("in 20 of the 40 newest conversations that were answered by themselves")
    assert (
        unhappy.text
        == "20 of the 20 newest ratings of automatic answers were bad; at least 50 % must be good"
    )
