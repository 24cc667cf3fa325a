"""Delivery to the app: over an open socket or its request URL, events kept and repeated until somebody takes them."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from sandbox.journal import Journal
from sandbox.slack import payloads
from sandbox.slack.envelope import EVENT, Envelope, NotDeliveredError, Receiver
from sandbox.slack.request_url import PROBE_SECONDS, RequestUrl
from sandbox.slack.sockets import PING_SECONDS, Sockets
from sandbox.slack.traffic import Traffic
from sandbox.weather import Sky
from sandbox.wire import Json, Record

MODES = ("auto", "socket", "http")


@dataclass(frozen=True)
class Timing:
    """Slack's clocks in seconds. The stand-in keeps them, but for the waits between retries, which it shortens."""

    ack: float = 3.0
    trigger: float = 3.0
    retries: tuple[float, ...] = (0.0, 1.0, 5.0)  # Slack: at once, then after 1 and 5 minutes.
    quiet: float = 0.15
    settle: float = 1.0
    ping: float = PING_SECONDS
    now: Callable[[], float] = time.time


class Delivery:
    def __init__(
        self,
        journal: Journal,
        sky: Sky,
        traffic: Traffic,
        sockets: Sockets,
        request_url: RequestUrl,
        timing: Timing,
    ) -> None:
        self._journal, self._sky, self._traffic, self._timing = journal, sky, traffic, timing
        self._sockets, self._request_url = sockets, request_url
        self.mode = "auto"
        self._under_way: set[asyncio.Task[None]] = set()
        self._lookout = asyncio.Lock()

    def resume(self) -> None:
        """Take up the events that were kept when the stand-in last stopped."""
        for _, payload in self._journal.load("event"):
            self._start(payload)

    def announce(self, event: Record, team: str) -> None:
        """Deliver an event of a workspace, now or as soon as there is somebody to take it."""
        payload = payloads.event_callback(event, self._timing.now(), team)
        self._journal.put("event", _order(payload), payload)
        self._start(payload)

    async def ask(self, kind: str, payload: Record) -> Json:
        """Deliver an interaction or a command, once, and return what the app answers."""
        receiver = await self._receiver_now()
        if receiver is None:
            raise NotDeliveredError("connection_failed", absent=True)
        answer = await receiver.send(Envelope(kind, payload))
        if self._sky.doubles("slack"):
            self._run(self._repeat(Envelope(kind, payload)))
        return answer

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._request_url.close()

    def _start(self, payload: Record) -> None:
        self._run(self._deliver(payload))

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, payload: Record) -> None:
        sent, reason, waits = 0, "", list(self._timing.retries)
        while True:
            receiver = await self._receiver()
            try:
                await receiver.send(Envelope(EVENT, payload, sent, reason))
                break
            except NotDeliveredError as miss:
                reason, sent = miss.reason, sent + 1
                if miss.absent:
                    continue
                if miss.final or not waits:
                    self._traffic.note("given_up", event_id=payload["event_id"], reason=reason)
                    break
                await asyncio.sleep(waits.pop(0))
        self._journal.drop("event", _order(payload))
        if self._sky.doubles("slack"):
            await self._repeat(Envelope(EVENT, payload, 1, "timeout"))

    async def _repeat(self, envelope: Envelope) -> None:
        receiver = await self._receiver()
        try:
            await receiver.send(envelope)
        except NotDeliveredError as miss:
            self._traffic.note("given_up", event_id=envelope.payload.get("event_id"), reason=miss.reason)

    async def _receiver(self) -> Receiver:
        """Wait until there is somebody to deliver to; one looks out, the others queue in order behind."""
        async with self._lookout:
            while (receiver := await self._receiver_now()) is None:
                self._sockets.opened.clear()
                try:
                    async with asyncio.timeout(PROBE_SECONDS):
                        await self._sockets.opened.wait()
                except TimeoutError:
                    continue
        return receiver

    async def _receiver_now(self) -> Receiver | None:
        if self._sky.over("slack").down or self._sky.over("slack").silent:
            return None
        socket = self._sockets.next() if self.mode != "http" else None
        if socket is None and self.mode != "socket" and await self._request_url.answers():
            return self._request_url
        return socket


def _order(payload: Record) -> str:
    return f"{payload['event_time']:012d} {payload['event'].get('event_ts', '')} {payload['event_id']}"
