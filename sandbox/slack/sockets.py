"""Socket Mode: one-time tickets, up to ten sockets, and each envelope to exactly one of them.

In silent weather everything looks open, and nothing comes: as when the far end has vanished without a word.
"""

import asyncio
import json
import secrets
from contextlib import suppress

from aiohttp import WSMessage, WSMsgType, web

from sandbox.slack import directory
from sandbox.slack.envelope import EVENT, Envelope, NotDeliveredError
from sandbox.slack.traffic import Traffic
from sandbox.weather import Sky
from sandbox.wire import Json, Record

MAX_SOCKETS = 10
PING_SECONDS = 10.0
CLOSE_SECONDS = 1.0


class Socket:
    """One open connection of the app."""

    def __init__(self, ws: web.WebSocketResponse, name: str, traffic: Traffic, ack_seconds: float) -> None:
        self.ws, self.name = ws, name
        self.usable = True
        self.alive = True
        self._traffic, self._ack_seconds = traffic, ack_seconds
        self._awaited: dict[str, asyncio.Future[Json]] = {}

    async def send(self, envelope: Envelope) -> Json:
        frame: Record = {
            "envelope_id": envelope.id,
            "payload": envelope.payload,
            "type": envelope.kind,
            "accepts_response_payload": envelope.kind != EVENT,
        }
        if envelope.kind == EVENT:
            frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
        ack = self._awaited[envelope.id] = asyncio.get_running_loop().create_future()
        self._traffic.note("envelope", via=self.name, type=envelope.kind, frame=frame)
        try:
            await self.ws.send_json(frame)
            async with asyncio.timeout(self._ack_seconds):
                return await ack
        except TimeoutError:
            raise NotDeliveredError("timeout") from None
        except ConnectionError:
            self.usable = False
            raise NotDeliveredError("connection_failed", absent=True) from None
        finally:
            self._awaited.pop(envelope.id, None)

    def take(self, text: str) -> None:
        """Take what the app says: only acknowledgements make sense here."""
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("envelope_id"), str):
            self._traffic.note("garbage", via=self.name, text=text[:200])
            return
        ack = self._awaited.get(said["envelope_id"])
        self._traffic.note(
            "ack",
            via=self.name,
            envelope_id=said["envelope_id"],
            late=ack is None,
            payload=said.get("payload"),
        )
        if ack is not None and not ack.done():
            ack.set_result(said.get("payload"))

    async def heed(self, message: WSMessage, *, silent: bool) -> None:
        """Take a frame of any kind; whoever is silent does not answer a ping either."""
        self.alive = True
        if message.type is WSMsgType.TEXT:
            self.take(message.data)
        elif message.type is WSMsgType.PING and not silent:
            await self.ws.pong(message.data)

    async def ping(self) -> None:
        """Ask whether the app is there, and let go of one that has not answered the last time."""
        if not self.alive:
            await self.ws.close()
            return
        self.alive = False
        with suppress(ConnectionError):
            await self.ws.ping()

    def lost(self) -> None:
        for ack in self._awaited.values():
            if not ack.done():
                ack.set_exception(NotDeliveredError("connection_failed", absent=True))

    async def part(self, reason: str) -> None:
        """Tell the app that this socket is about to go, and let it go."""
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": self.name}}
        self._traffic.note("disconnect", via=self.name, reason=reason)
        self.usable = reason == "warning"
        with suppress(ConnectionError):
            await self.ws.send_json(frame)
        if not self.usable:
            await self.ws.close()


class Sockets:
    def __init__(self, traffic: Traffic, sky: Sky, ack_seconds: float, ping_seconds: float) -> None:
        self._traffic, self._sky = traffic, sky
        self._ack_seconds, self._ping_seconds = ack_seconds, ping_seconds
        self._tickets: set[str] = set()
        self._open: list[Socket] = []
        self._turn = 0
        self.opened = asyncio.Event()

    @property
    def count(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return ticket

    @property
    def silent(self) -> bool:
        return self._sky.over("slack").silent

    def next(self) -> Socket | None:
        """Return the socket whose turn it is."""
        usable = [socket for socket in self._open if socket.usable]
        if not usable:
            return None
        self._turn += 1
        return usable[self._turn % len(usable)]

    async def part_all(self, reason: str) -> None:
        for socket in list(self._open):
            await socket.part(reason)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, timeout=CLOSE_SECONDS)
        await ws.prepare(request)
        if self.silent:
            await self._ignore(ws)
            return ws
        socket = Socket(ws, f"socket-{ticket[:6]}", self._traffic, self._ack_seconds)
        if len(self._open) >= MAX_SOCKETS:
            await socket.part("too_many_websockets")
            return ws
        await self._attend(socket)
        return ws

    async def _attend(self, socket: Socket) -> None:
        # Slack speaks first; until its hello is out no envelope may overtake it.
        await socket.ws.send_json(self._hello(socket))
        self._open.append(socket)
        self.opened.set()
        self._traffic.note("connected", via=socket.name, open=self.count)
        pinging = asyncio.create_task(self._ping(socket))
        try:
            async for message in socket.ws:
                await socket.heed(message, silent=self.silent)
        finally:
            pinging.cancel()
            self._open.remove(socket)
            socket.lost()
            self._traffic.note("disconnected", via=socket.name, open=self.count)

    async def _ignore(self, ws: web.WebSocketResponse) -> None:
        """Keep a socket that was opened in silent weather, and never say a word on it."""
        self._traffic.note("ignored")
        async for _ in ws:
            pass

    async def _ping(self, socket: Socket) -> None:
        while True:
            await asyncio.sleep(self._ping_seconds)
            if not self.silent:
                await socket.ping()

    def _hello(self, socket: Socket) -> Record:
        return {
            "type": "hello",
            "num_connections": self.count + 1,
            "debug_info": {"host": socket.name, "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": directory.APP},
        }
