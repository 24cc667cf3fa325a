"""What is counted while the app works, for whoever watches it."""

from enum import StrEnum
from typing import Protocol


class Counted(StrEnum):
    """What is counted; the comment names the labels that go with it."""

    RECEIVED = "received"  # channel
    DECIDED = "decided"  # action of the policy
    DELIVERED = "delivered"  # state that a delivery has come to
    JOB = "job"  # lane, outcome
    TURNED_AWAY = "turned_away"  # edge, reason
    SLACK_CALL = "slack_call"  # method, outcome
    REFUSED = "refused"  # what somebody may not do, their role


class Tally(Protocol):
    def __call__(self, what: Counted, *labels: str) -> None:
        """Count one."""
        ...


def uncounted(what: Counted, *labels: str) -> None:
    """Count nothing: for whoever is not watched."""
