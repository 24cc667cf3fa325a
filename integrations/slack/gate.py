"""Slack's rate limits, kept before Slack has to say so: calls of one kind go out at a pace, or not yet.

What a line knows is the time up to which it is booked (the generic cell rate algorithm, ITU-T I.371), and until when
Slack has closed it. Where several processes speak to Slack they share the lines, so they share the limits.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.errors import Unreachable
from bot.core.ports.pacing import Line, Lines

# Longer than this a call does not wait for its turn, unless it says so: its caller holds up a person.
PATIENCE_IN_LINE = 2.0
# No line is booked or closed for longer: such a one was written by a clock that has been set since.
_LONGEST = timedelta(seconds=330)


@dataclass(frozen=True)
class Pace:
    """One call each `interval` seconds in the long run, and up to `burst` at once after a rest."""

    interval: float = 0.0
    burst: int = 1
    per_channel: bool = False

    @property
    def step(self) -> timedelta:
        """How much one call books."""
        return timedelta(seconds=self.interval)

    @property
    def slack(self) -> timedelta:
        """How far ahead of the long run a burst may be."""
        return (self.burst - 1) * self.step


FREE = Pace()  # Waits only while Slack asks to.


class OneProcess:
    """Lines in memory: for a process that is alone, and as long as it lives."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[Line]:
        """Yield a line; its holder does not wait for anything meanwhile, so it is alone with it."""
        yield self._lines.setdefault(key, Line())


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Gate:
    """Lets calls pass in the order in which they asked; each `key` is a line of its own."""

    def __init__(
        self,
        lines: Lines | None = None,
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        rested: bool = False,
    ) -> None:
        """Begin without a burst, which a process that is gone may have used up, unless one is `rested`."""
        self._rested = rested
        self._lines = lines or OneProcess()
        self._free = OneProcess()
        self._clock = clock
        self._sleep = sleep

    async def turn(self, key: str, pace: Pace, patience: float = PATIENCE_IN_LINE) -> None:
        """Wait for one's turn, for `patience` seconds at most.

        Raises:
            Unreachable: that would take longer; nothing is booked, and `retry_after` says how long.
        """
        wait = await self._book(key, pace, patience)
        while wait > 0:
            await self._sleep(wait)
            wait = await self._closed_for(key, pace, patience)  # By Slack, while we stood in line.

    async def close(self, key: str, pace: Pace, seconds: float) -> None:
        """Let nobody pass for so long, whatever they have booked; afterwards there is no burst."""
        until = self._clock() + timedelta(seconds=seconds)
        async with self._hold(key, pace) as line:
            line.closed = max(until, line.closed or until)
            line.booked = max(until + pace.slack, line.booked or until)

    def _hold(self, key: str, pace: Pace) -> AbstractAsyncContextManager[Line]:
        # What is not paced is what answers people: it must work also while the shared lines cannot be had.
        return self._lines.hold(key) if pace.interval else self._free.hold(key)

    async def _book(self, key: str, pace: Pace, patience: float) -> float:
        async with self._hold(key, pace) as line:
            now = self._clock()
            known = line.booked or (now if self._rested else now + pace.slack)
            booked = now if known - now > _LONGEST else max(known, now)
            wait = _admitted(max(booked - pace.slack, line.closed or now) - now, patience)
            line.booked = booked + pace.step
            return wait

    async def _closed_for(self, key: str, pace: Pace, patience: float) -> float:
        async with self._hold(key, pace) as line:
            now = self._clock()
            return _admitted((line.closed or now) - now, patience)


def _admitted(wait: timedelta, patience: float) -> float:
    seconds = wait.total_seconds() if wait < _LONGEST else 0.0
    if seconds > patience:
        raise Unreachable("Slack's rate limit is used up", retry_after=seconds)
    return max(0.0, seconds)
