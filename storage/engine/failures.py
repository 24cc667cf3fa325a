"""What a run that failed means: when the job runs again, whether that leaves a doubt, and what the log says."""

import logging
import math
from collections.abc import Callable

from bot.core.errors import NotStored, NotTried, OutcomeUnknown, ThreadpilotError, Unavailable
from bot.core.ports.engine import Lane

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 300.0


def pause_after(attempts: int, error: BaseException, jitter: Callable[[], float]) -> float:
    """Return for how many seconds a job rests after it failed `attempts` times before, and now with this error.

    It doubles with full jitter, is not shorter than the far side said, and at most five minutes. What was not tried
    comes back when the far side is tried again, in the order in which it was turned away.
    """
    if isinstance(error, NotTried) and error.retry_after is not None:
        return error.retry_after
    pause = jitter() * min(_LONGEST_PAUSE, 2.0 ** min(attempts, 20))
    told = error.retry_after if isinstance(error, Unavailable) else None
    if told is not None and math.isfinite(told):
        pause = max(pause, told)
    return min(pause, _LONGEST_PAUSE)


def is_attempt(error: BaseException) -> bool:
    """Tell whether a run that failed counts: a far side that was not even asked costs nothing."""
    return not isinstance(error, NotTried)


def leaves_doubt(error: BaseException) -> bool:
    """Tell whether nobody knows how far the run came; see `Handler`."""
    return not isinstance(error, Unavailable)


def log_failure(lane: Lane, key: str, attempts: int, error: BaseException) -> None:
    """Say that a run failed: loudly only when it was a fault of ours."""
    where = {"lane": lane.value, "key": key, "attempts": attempts}
    if isinstance(error, NotTried | NotStored):
        logger.debug("job_postponed", extra=where | {"reason": str(error)})  # Its outage was said once.
    elif isinstance(error, Unavailable | OutcomeUnknown):
        logger.warning("job_postponed", extra=where | {"reason": str(error)})
    elif isinstance(error, ThreadpilotError):
        logger.error("job_failed", extra=where | {"reason": str(error)})
    else:
        logger.error("job_failed", exc_info=error, extra=where)


def outcome(error: BaseException | None) -> str:
    """Name how a run ended, for whoever counts."""
    if error is None:
        return "done"
    if isinstance(error, NotTried):
        return "left_alone"
    return "postponed" if isinstance(error, Unavailable | OutcomeUnknown) else "failed"
