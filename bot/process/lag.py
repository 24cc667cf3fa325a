"""How late the event loop is: a task that sleeps for a moment, and sees when it wakes."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

_MOMENT = 0.25
_WINDOW = 60.0


class LoopLag:
    """Remembers the lateness of the last minute."""

    def __init__(self, ticks: Callable[[], float] = monotonic) -> None:
        self._ticks = ticks
        self._seen: deque[tuple[float, float]] = deque()

    async def watch(self, moment: float = _MOMENT) -> None:
        """Measure until cancelled."""
        while True:
            due = self._ticks() + moment
            await asyncio.sleep(moment)
            self.note(self._ticks() - due)

    def note(self, late: float) -> None:
        """Remember one measurement, in seconds."""
        self._seen.append((self._ticks(), max(late, 0.0)))
        self._forget()

    def worst(self) -> float:
        """Return by how many seconds the loop was late at worst in the last minute."""
        self._forget()
        return max((late for _, late in self._seen), default=0.0)

    def _forget(self) -> None:
        while self._seen and self._seen[0][0] < self._ticks() - _WINDOW:
            self._seen.popleft()
