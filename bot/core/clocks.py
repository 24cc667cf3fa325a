"""Time that nobody sets."""

import time


def awake_or_not() -> float:
    """Return seconds on a clock that never goes back and, where the system has one, goes on while it sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
