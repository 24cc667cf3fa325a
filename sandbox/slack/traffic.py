"""The log of everything that passes between Slack and the app, and the sense of when it has fallen quiet."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.wire import Json, Record

KEPT = 10_000


class Traffic:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: deque[Record] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._stirred = asyncio.Event()
        self._in_flight = 0

    def note(self, kind: str, **what: Json) -> None:
        self._entries.append({"seq": next(self._numbers), "time": self._clock(), "kind": kind, **what})

    def entries(self, after: int = 0) -> list[Record]:
        return [entry for entry in self._entries if entry["seq"] > after]

    @contextmanager
    def call(self) -> Iterator[None]:
        """Count an API call as under way, so that nobody thinks the app has finished."""
        self._in_flight += 1
        self._stirred.set()
        try:
            yield
        finally:
            self._in_flight -= 1
            self._stirred.set()

    async def quiet(self, for_seconds: float, at_most: float) -> None:
        """Return once the app has made no API call for a while, or when `at_most` has passed."""
        loop = asyncio.get_running_loop()
        end = loop.time() + at_most
        while (left := end - loop.time()) > 0:
            self._stirred.clear()
            patience = left if self._in_flight else min(for_seconds, left)
            try:
                async with asyncio.timeout(patience):  # Python 3.11's wait_for may swallow a cancellation.
                    await self._stirred.wait()
            except TimeoutError:
                return
