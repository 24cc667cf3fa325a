"""What runs, and when: the engine that works off deferred jobs, and the wake-ups it listens to."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

Clock = Callable[[], datetime]


class Lane(StrEnum):
    """The engine's queues; each runs one job per key at a time."""

    ADVANCE = "advance"
    SYNC = "sync"


class Handler(Protocol):
    """Works off one job. `retried` is True when nobody knows how far an earlier run of this job came.

    So it is after a crash, a fault or OutcomeUnknown, and not after Unavailable: that ends a run with all it did
    on record. All of these run the job again later.
    """

    async def __call__(self, key: str, *, retried: bool) -> None: ...


class Engine(Protocol):
    """Works off deferred jobs, one per (lane, key) at a time, until cancelled; then waits for those running."""

    async def run(self, handlers: Mapping[Lane, Handler]) -> None: ...


class Subscription(Protocol):
    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for the next publication since the last wait; False when the time (seconds) ran out."""
        ...


class Signals(Protocol):
    """Wake-ups without content: whoever is woken reads the database."""

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]: ...

    def publish(self, topic: str) -> None: ...
