"""The Bolt app, which here knows what its listeners are at.

Bolt acknowledges an event before its listener has run, and forgets the listener's task. So an event would be lost in
a crash, or when the database is away, and a shutdown would cut listeners off. Here an event is acknowledged when its
listener is done, `drain` waits for all of them, and what Slack hands over twice has one effect.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from hashlib import sha256
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.ending import end
from bot.core.errors import OutcomeUnknown, Refused, Rejected, Unavailable
from bot.core.ports.tracing import Tracer, untraced
from bot.services.receipts import Receipts

log = logging.getLogger(__name__)

Listener = Callable[..., Awaitable[Any]]
_EVENT = "event_callback"
NOT_NOW = 503
_GLANCE = 1.0  # Seconds for the look at a receipt: Slack waits three for an acknowledgement.


class _Visit:
    """One request on its way through Bolt: its listener's task, once there is one, and how that ended."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.listener: asyncio.Task[Any] | None = None
        self.error: Exception | None = None


_visit: ContextVar[_Visit] = ContextVar("visit")


class BoltApp(AsyncApp):
    """Bolt's app, with events acknowledged after the work, repetitions without effect, and an orderly end."""

    def __init__(
        self,
        receipts: Receipts | None = None,
        *,
        glance: float = _GLANCE,
        trace: Tracer = untraced,
        **options: Any,
    ) -> None:
        """Make the app; without `receipts` a repetition is known only while the first is being worked on.

        So it is when `receipts` do not answer within `glance` seconds.
        """
        super().__init__(**options)
        self._receipts = receipts
        self._glance = glance
        self._trace = trace
        self._looking: set[asyncio.Task[bool]] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._under_way: dict[str, asyncio.Task[BoltResponse]] = {}

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a request to its listener and return the acknowledgement.

        An event whose listener could not do its work now is answered 503: Slack delivers it again. A repetition of
        what is under way shares its answer; one of what is done is acknowledged, and that is all.
        """
        key = _key(req.body)
        if key is None:
            return await self._dispatch(req, _Visit(None))
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._once(req, key))
        return await asyncio.shield(self._under_way[key])

    async def drain(self, patience: float) -> None:
        """Wait until no listener runs any more; those that take longer than `patience` seconds are cancelled."""
        left = {*self._running, *self._under_way.values()}
        if not left:
            return
        _, late = await asyncio.wait(left, timeout=patience)
        if late:
            log.warning("slack_listeners_cut_off", extra={"count": len(late)})
        await end(late)

    async def _once(self, req: AsyncBoltRequest, key: str) -> BoltResponse:
        visit = _Visit(key)
        try:
            if await self._has(key):
                log.info("slack_repetition", extra={"key": key})
                return BoltResponse(status=200)
            return await self._dispatch(req, visit)
        finally:
            if visit.listener is None or visit.listener.done() or visit.listener is asyncio.current_task():
                self._under_way.pop(key)
            else:
                visit.listener.add_done_callback(lambda _: self._under_way.pop(key))

    async def _dispatch(self, req: AsyncBoltRequest, visit: _Visit) -> BoltResponse:
        token = _visit.set(visit)
        try:
            response: BoltResponse = await super().async_dispatch(req)
        finally:
            _visit.reset(token)
        if req.body.get("type") != _EVENT or response.status >= 400:
            return response
        await asyncio.sleep(0)  # Bolt has made the listener's task, and it begins now.
        if visit.listener is not None and visit.listener is not asyncio.current_task():
            await asyncio.wait([visit.listener])
        failed = isinstance(visit.error, Unavailable | OutcomeUnknown)
        return BoltResponse(status=NOT_NOW) if failed else response

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
                with self._trace(f"slack {listener.__name__}"):
                    said = await listener(*given, **named)
            except Exception as error:
                visit.error = error
                if isinstance(error, Rejected | Refused):  # Which it would be again.
                    await self._keep(visit.key)
                raise
            await self._keep(visit.key)
            return said

        return watched

    async def _has(self, key: str) -> bool:
        """Tell whether there is a receipt; where that cannot be known now, the services know what they have done."""
        if self._receipts is None:
            return False
        looking = asyncio.create_task(self._receipts.has(key))
        self._looking.add(looking)
        looking.add_done_callback(self._looked)
        # Not cancelled when it is late: a database that hangs would keep us waiting for the end of that, too.
        done, _ = await asyncio.wait([looking], timeout=self._glance)
        try:
            return bool(done) and looking.result()
        except Unavailable:
            return False

    def _looked(self, looking: asyncio.Task[bool]) -> None:
        self._looking.discard(looking)
        if not looking.cancelled():
            looking.exception()  # Nobody may be waiting for it any more.

    async def _keep(self, key: str | None) -> None:
        if self._receipts is None or key is None:
            return
        try:
            await self._receipts.keep(key)
        except Unavailable as error:
            log.warning("slack_receipt_not_kept", extra={"error": str(error)})


def _key(body: Mapping[str, Any]) -> str | None:
    """Return what is the same however often Slack hands over one thing, and differs between two.

    For an event that is its id. What a person does comes with a trigger id of its own: two clicks have two.
    """
    name = "event_id" if body.get("type") == _EVENT else "trigger_id"
    value = body.get(name)
    return f"slack:{sha256(f'{name}:{value}'.encode()).hexdigest()}" if value else None
