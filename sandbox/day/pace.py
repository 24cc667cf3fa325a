"""The day's clock: it runs `speed` times as fast as the world's."""

import asyncio
import time
from collections.abc import Callable

from sandbox.day.plan import OPENS


class Pace:
    def __init__(self, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed, self._clock = speed, clock
        self._begun = clock()

    def begin(self) -> None:
        """Let the day begin now."""
        self._begun = self._clock()

    def now(self) -> float:
        """Return the seconds of the world since the day began."""
        return self._clock() - self._begun

    def minute(self, at: float | None = None) -> float:
        """Return the minute of the day, after midnight, at a time of the world."""
        return OPENS + (self.now() if at is None else at) * self.speed / 60

    def world(self, seconds: float) -> float:
        """Return how many seconds of the world so many of the day are."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Sleep for seconds of the day."""
        await asyncio.sleep(self.world(seconds))

    async def until(self, minute: float) -> None:
        await asyncio.sleep(max(0.0, (minute - self.minute()) * 60 / self.speed))
