"""Limits of the chat: what counts, and what does not."""

import pytest

from bot.core.errors import NotStored
from bot.services.admission import Admission, ChatLimits, Rate, SlowDown


def limited(to: int) -> Admission:
    return Admission(ChatLimits(sessions_per_client=Rate(to)), lambda: 0.0)


def test_sessions_count_for_each_client() -> None:
    admission = limited(2)
    for _ in range(2):
        with admission.session("one"):
            pass
    with pytest.raises(SlowDown), admission.session("one"):
        pass
    with admission.session("two"):
        pass


def test_a_session_that_our_database_refused_counts_against_nobody() -> None:
    admission = limited(2)
    for _ in range(20):
        with pytest.raises(NotStored), admission.session("one"):
            raise NotStored("gone")
    for _ in range(2):
        with admission.session("one"):
            pass
    with pytest.raises(SlowDown), admission.session("one"):
        pass
