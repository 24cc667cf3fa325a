"""Slack's rate limits, kept before Slack has to say so: calls of one kind go out at a pace, or not yet.

What a line knows is the time up to which it is booked, as a row of `rate_gates` would hold it (the generic cell rate
algorithm), and how long Slack has closed it. One process speaks to Slack today, so this lives in memory.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from bot.core.errors import Unavailable

# Longer than this nobody waits who has not begun: the place of a running job is worth more to another one.
PATIENCE_IN_LINE = 2.0


@dataclass(frozen=True)
class Pace:
    """One call each `interval` seconds in the long run, and up to `burst` at once after a rest."""

    interval: float = 0.0
    burst: int = 1
    per_channel: bool = False

    @property
    def slack(self) -> float:
        """How far ahead of the long run a burst may be, in seconds."""
        return (self.burst - 1) * self.interval


FREE = Pace()  # Waits only while Slack asks to.


@dataclass
class _Line:
    booked: float = float("-inf")  # When, without bursts, the next call would be due.
    closed: float = float("-inf")  # Slack asked not to call before.
    reserved: dict[str, float] = field(default_factory=dict)  # By who was told to come back then.


class Gate:
    """Lets calls pass in the order in which they first asked; each `key` is a line of its own."""

    def __init__(
        self,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lines: dict[str, _Line] = {}

    async def turn(self, key: str, pace: Pace, who: str, patience: float = PATIENCE_IN_LINE) -> None:
        """Wait for one's turn, for `patience` seconds at most.

        Raises:
            Unavailable: that would take long; after `retry_after` there is a place for `who`, and not before.
        """
        line = self._lines.setdefault(key, _Line())
        await self._sleep(self._place(line, pace, who, patience))
        while line.closed > self._clock():  # Slack closed it while we stood in line.
            await self._sleep(self._place(line, pace, who, patience))

    def close(self, key: str, pace: Pace, seconds: float) -> None:
        """Let nobody pass for so long, whatever they were told; afterwards there is no burst."""
        line, until = self._lines.setdefault(key, _Line()), self._clock() + seconds
        if until > line.closed:
            line.closed, line.booked = until, until + pace.slack
            line.reserved.clear()

    def _place(self, line: _Line, pace: Pace, who: str, patience: float) -> float:
        """Take the place kept for `who`, or the next one; return the seconds until its turn."""
        now = self._clock()
        # A place not taken within the time of a burst is lost: later, too many might make up for theirs at once.
        line.reserved = {name: at for name, at in line.reserved.items() if at >= now - pace.slack}
        at = line.reserved.pop(who, None)
        if at is None:
            booked = max(line.booked, now)
            at, line.booked = booked - pace.slack, booked + pace.interval
        wait = max(0.0, at - now)
        if wait > patience:
            line.reserved[who] = at
            raise Unavailable("Slack's rate limit is used up", retry_after=wait)
        return wait
