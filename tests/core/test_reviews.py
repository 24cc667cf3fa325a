"""Which answers are reviewed, and Cohen's kappa."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import Channel
from bot.core.steering.reviews import Reviewable, Scorecard, agreement, pairs, queue
from tests.builders import AT

SURE = Reviewable("d", "c", Channel.EMAIL, AT, confidence=0.95, picked=False)


def as_it_is(confidence: float) -> float:
    return confidence


def test_the_queue_takes_what_was_picked_and_what_was_unsure_the_oldest_first() -> None:
    found = [
        SURE,
        replace(SURE, draft_id="unsure", confidence=0.79, at=AT + timedelta(1)),
        replace(SURE, draft_id="picked", picked=True),
        replace(SURE, draft_id="edge", confidence=0.80),
    ]
    assert [one.draft_id for one in queue(found, {}, "U1", as_it_is, 0.0)] == ["picked", "unsure"]


def test_some_answers_have_a_second_reviewer_and_nobody_reviews_twice() -> None:
    found = [replace(SURE, draft_id=f"d{n}", picked=True) for n in range(500)]
    once = {one.draft_id: ["U1"] for one in found}
    assert queue(found, once, "U1", as_it_is, 0.0) == []
    second = queue(found, once, "U2", as_it_is, 0.0)
    assert len(second) == pytest.approx(100, abs=30)
    assert queue(found, {one: ["U1", "U2"] for one in once}, "U3", as_it_is, 0.0) == []


def test_agents_answers_come_by_their_share_and_not_to_themselves() -> None:
    found = [replace(SURE, draft_id=f"d{n}", agent="U1") for n in range(500)]
    assert queue(found, {}, "U2", as_it_is, 0.0) == []
    assert queue(found, {}, "U1", as_it_is, 1.0) == []
    assert len(queue(found, {}, "U2", as_it_is, 0.1)) == pytest.approx(50, abs=20)


def test_kappa_is_cohens() -> None:
    """The textbook table: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no make 0.40."""
    table = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = agreement(table)
    assert (found.n, found.same) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert agreement([(True, True)] * 9).kappa is None
    assert agreement([]).n == 0


def test_pairs_are_of_answers_that_two_people_said_something_of() -> None:
    one = Scorecard("d1", "U1", True, None, True, None, True, "", AT)
    other = replace(one, reviewer="U2", right=False, complete=True)
    alone = replace(one, draft_id="d2")
    assert pairs([other, one, alone], "right") == [(True, False)]
    assert pairs([other, one, alone], "complete") == []
