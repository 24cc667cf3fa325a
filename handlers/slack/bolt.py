"""The Bolt app, which here knows what its listeners are at.

Bolt acknowledges an event before its listener has run, and forgets the listener's task. So an event would be lost in
a crash, or when the database is away, and a shutdown would cut listeners off. Here an event is acknowledged when its
listener is done, and `drain` waits for all of them.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.errors import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)

Listener = Callable[..., Awaitable[Any]]
_NOT_NOW = 503


class _Visit:
    """One request on its way through Bolt: its listener's task, once there is one, and how that ended."""

    def __init__(self) -> None:
        self.listener: asyncio.Task[Any] | None = None
        self.error: Exception | None = None


_visit: ContextVar[_Visit] = ContextVar("visit")


class BoltApp(AsyncApp):
    """Bolt's app, with events that are acknowledged after the work, and an end that waits for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._running: set[asyncio.Task[Any]] = set()

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a request to its listener and return the acknowledgement.

        An event whose listener could not do its work now is answered 503: Slack delivers it again.
        """
        visit = _Visit()
        token = _visit.set(visit)
        try:
            response: BoltResponse = await super().async_dispatch(req)
        finally:
            _visit.reset(token)
        if req.body.get("type") != "event_callback" or response.status >= 400:
            return response
        await asyncio.sleep(0)  # Bolt has made the listener's task, and it begins now.
        if visit.listener is not None and visit.listener is not asyncio.current_task():
            await asyncio.wait([visit.listener])
        failed = isinstance(visit.error, Unavailable | OutcomeUnknown)
        return BoltResponse(status=_NOT_NOW) if failed else response

    async def drain(self, patience: float) -> None:
        """Wait until no listener runs any more; those that take longer than `patience` seconds are cancelled."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=patience)
        if late:
            log.warning("slack_listeners_cut_off", extra={"count": len(late)})
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _register_listener(self, functions: Any, *given: Any, **named: Any) -> Any:
        return super()._register_listener([self._watched(one) for one in functions], *given, **named)

    def _watched(self, listener: Listener) -> Listener:
        @functools.wraps(listener)  # Bolt reads the wrapped one's argument names.
        async def watched(*given: Any, **named: Any) -> Any:
            task, visit = asyncio.current_task(), _visit.get()
            assert task is not None, "a coroutine runs in a task"  # noqa: S101
            visit.listener = task
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            try:
                return await listener(*given, **named)
            except Exception as error:
                visit.error = error
                raise

        return watched
