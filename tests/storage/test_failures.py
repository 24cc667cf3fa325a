"""How long a job rests after a failure."""

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from storage.engine.failures import leaves_doubt, pause_after

BACKOFF = [(0, None, 1), (1, None, 2), (5, None, 32), (9, None, 300), (40, None, 300)]
LONGER_OF_BOTH = [(0, 17, 17), (5, 17, 32), (0, 1e300, 300)]
NONSENSE = [(0, float("inf"), 1), (0, float("nan"), 1), (0, float("-inf"), 1), (0, -5, 1)]


@pytest.mark.parametrize(("attempts", "told", "pause"), [*BACKOFF, *LONGER_OF_BOTH, *NONSENSE])
def test_pauses_double_up_to_five_minutes_and_heed_what_was_told(attempts, told, pause):
    assert pause_after(attempts, Unavailable("down", retry_after=told), lambda: 1.0) == pause


def test_the_pause_is_drawn_from_the_whole_range():
    assert pause_after(5, ValueError("bug"), lambda: 0.0) == 0
    assert pause_after(5, ValueError("bug"), lambda: 0.5) == 16


@pytest.mark.parametrize(
    ("error", "doubt"),
    [
        (Unavailable("down"), False),
        (OutcomeUnknown("cut"), True),
        (Refused("no"), True),
        (ValueError("bug"), True),
    ],
)
def test_only_a_far_side_that_did_nothing_leaves_no_doubt(error, doubt):
    assert leaves_doubt(error) is doubt
