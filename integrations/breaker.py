"""The circuit breaker: after some failures in a row the far side is left alone, then one call tries it again.

purgatory counts and keeps the state. It would measure the pause with the wall clock, and a clock set back by an hour
would keep the circuit open for an hour; so here the pause is ours, by the monotonic clock.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic

from purgatory.domain.model import CLOSED, OPENED, Context, HalfOpenedState

from bot.core.errors import (
    NotStored,
    NotTried,
    OutcomeUnknown,
    Refused,
    Unavailable,
    Undeliverable,
    Unreachable,
)
from bot.core.ports.breakers import Call, Outage
from bot.core.ports.engine import Clock

log = logging.getLogger(__name__)

Failures = tuple[type[BaseException], ...]

# Whoever has waited for too long gives up by cancelling the call, so that is a failure as well.
ANSWERS: Failures = (Unavailable, TimeoutError, asyncio.CancelledError)
# One full mailbox says nothing about the relay. One that dies in every transfer leaves answers nobody can tell about.
SENDS: Failures = (Unreachable, OutcomeUnknown)

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
_PROBE_PAUSE = 1.0
_TOO_LATE = "It did not answer in time."


def _wall() -> datetime:
    return datetime.now(UTC)


class CircuitBreaker:
    """`bot.core.ports.breakers.Breaker` for one far side."""

    def __init__(
        self,
        name: str,
        failures: Failures,
        *,
        threshold: int = 3,
        clock: Clock = _wall,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """Open after `threshold` failures in a row.

        Another no of the far side is an answer, and so fine. What ends a call before it has said anything, a fault
        of ours for example, tells nothing about it.
        """
        self._name = name
        self._failures = failures
        self._clock = clock
        self._ticks = ticks
        self._circuit = Context(name, threshold, ttl=math.inf)
        self._outage: Outage | None = None
        self._openings = 0
        self._reopens = -math.inf
        self._probing = False

    @property
    def outage(self) -> Outage | None:
        return self._outage

    @asynccontextmanager
    async def guard(self) -> AsyncIterator[Call]:
        probes, call = self._admit(), Call()
        try:
            yield call
        except self._failures as error:
            self._failed(error)
            raise
        except (Undeliverable, NotStored):  # It was not asked.
            raise
        except (Refused, Unavailable):
            self._worked()
            raise
        else:
            if call.told:
                self._worked()
        finally:
            self._probing = self._probing and not probes

    def check(self) -> None:
        """Raises NotTried while a call would not be let through."""
        if self._circuit.state == CLOSED:
            return
        pause = _PROBE_PAUSE if self._probing else self._reopens - self._ticks()
        if pause > 0:
            why = self._outage.why if self._outage else ""
            raise NotTried(f"The {self._name} is left alone for a while: {why}", retry_after=pause)

    def _admit(self) -> bool:
        """Let a call pass, or raise NotTried; return whether it is the one that finds out how things are."""
        self.check()
        if self._circuit.state == CLOSED:
            return False
        self._circuit.set_state(HalfOpenedState())
        self._probing = True
        return True

    def _failed(self, error: BaseException) -> None:
        before, now = self._circuit.state, self._clock()
        self._circuit.handle_exception(error)
        since = self._outage.since if self._outage else now
        if self._circuit.state == OPENED != before:
            self._open(since, str(error) or _TOO_LATE, getattr(error, "retry_after", None), now)
        elif self._circuit.state == CLOSED:
            self._outage = Outage(since, str(error) or _TOO_LATE)
        self._circuit.messages.clear()

    def _open(self, since: datetime, why: str, told: float | None, now: datetime) -> None:
        pause = min(_FIRST_PAUSE * 2 ** min(self._openings, 10), _LONGEST_PAUSE)
        pause = max(pause, min(told or 0.0, _LONGEST_PAUSE))
        self._reopens = self._ticks() + pause
        self._outage = Outage(since, why, now + timedelta(seconds=pause))
        if not self._openings:
            log.warning("far_side_down", extra={"part": self._name, "reason": why})
        self._openings += 1

    def _worked(self) -> None:
        self._circuit.handle_end_request()
        self._circuit.messages.clear()
        if self._circuit.state != CLOSED:
            return  # A call that had begun before: the next one that is let through will tell.
        if self._openings and self._outage:
            lasted = (self._clock() - self._outage.since).total_seconds()
            log.info("far_side_back", extra={"part": self._name, "after_s": round(lasted)})
        self._outage, self._openings = None, 0
