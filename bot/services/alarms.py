"""Alarms: what people in charge have to hear of at once, each once an hour however often it happens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

log = logging.getLogger(__name__)

_QUIET = 3_600.0
_WAITING = 50
_MEMORY = 1_000


class Alarms:
    """Takes alarms without waiting, and posts them one after the other."""

    def __init__(
        self, post: Callable[[str], Awaitable[None]], clock: Callable[[], float] = monotonic
    ) -> None:
        """`post` says a sentence to the people in charge, and raises nothing."""
        self._post = post
        self._clock = clock
        self._said: dict[str, float] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_WAITING)

    def __call__(self, key: str, sentence: str) -> None:
        """Raise an alarm, unless one with the same key was raised within the last hour."""
        now = self._clock()
        if now - self._said.get(key, float("-inf")) < _QUIET or self._waiting.full():
            return
        if len(self._said) >= _MEMORY:
            self._said = {one: at for one, at in self._said.items() if now - at < _QUIET}
        self._said[key] = now
        log.warning("security_alarm", extra={"alarm": key})
        self._waiting.put_nowait(sentence)

    async def run(self) -> None:
        """Post alarms as they come, for ever."""
        while True:
            await self._post(await self._waiting.get())
