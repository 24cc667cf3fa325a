"""One open chat socket: greets, replays, listens, and pushes what is new.

Two tasks share a socket: the listener works off frames in order, the pump sends events as they appear. A lock
makes them take turns, so an ack always comes before the event it acknowledges. Nothing is buffered here: a socket
that does not take its frames in time is dropped, and its visitor gets them by replay.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from bot.core.errors import Rejected, Unavailable
from bot.core.model import new_id
from bot.services.chat import ChatService, NoSession
from handlers.web import chat_wire as wire
from handlers.web.chat_sockets import OpenSockets

log = logging.getLogger(__name__)

HEARTBEAT = 25.0
MOST_NONSENSE = 20  # Refused frames of one socket, each of which costs an answer.
MOST_HURRY = 20  # Frames that came too fast, although their sender was told to wait.
HUMAN_REQUEST = "I would like to talk to a human, please."

_PAGE_LENGTH = 64

# Frames above FRAME_LIMIT are read up to this size, so that their sender gets an error and not a reset.
READ_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True)
class Patience:
    """How many seconds a socket may take: to say hello, and to take a frame.

    `recheck` is a net under the signals: an idle socket looks for events by itself this often.
    """

    hello: float = 10.0
    send: float = 10.0
    recheck: float = 60.0


def new_websocket() -> web.WebSocketResponse:
    """Return an unprepared socket; compression would cost each idle one more memory than all else."""
    return web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=READ_LIMIT, compress=False)


class ChatSocket:
    """Speaks the protocol on one prepared WebSocket until it closes."""

    def __init__(
        self,
        service: ChatService,
        sockets: OpenSockets,
        ws: web.WebSocketResponse,
        drop: Callable[[], None],
        patience: Patience,
        client: str,
    ) -> None:
        self._service = service
        self._sockets = sockets
        self._ws = ws
        self._drop = drop
        self._patience = patience
        self._client = client
        self._turn = asyncio.Lock()
        self._session = self._page = ""
        self._seen = 0
        self._typing = False
        self._nonsense = 0
        self._hurry = 0
        self._verbs: dict[str, Callable[[wire.Frame], Awaitable[None]]] = {
            "msg": self._message,
            "human": self._human,
            "contact": self._contact,
            "rate": self._rate,
            "ping": self._pong,
            "typing": self._accept,
            "seen": self._accept,
        }

    async def run(self) -> None:
        """Serve the socket to its end."""
        self._sockets.add(self._ws)
        try:
            async with aclosing(self._frames()) as frames:
                await self._hello(frames)
                await self._converse(frames)
        except wire.Refusal as refusal:
            await self._end(refusal)
        except ConnectionError:
            log.info("chat_socket_lost")
        finally:
            self._sockets.remove(self._ws, self._session, self._page)

    async def _hello(self, frames: AsyncIterator[wire.Frame]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.hello):
                async for frame in frames:
                    if await self._greeted(frame):
                        return
        raise wire.no_session("Say hello with a session first.")

    async def _greeted(self, hello: wire.Frame) -> bool:
        if hello.get("type") != "hello":
            raise wire.no_session("Say hello with a session first.")
        try:
            session, after = wire.text_field(hello, "session", ""), wire.seq_field(hello, "after")
            page = wire.text_field(hello, "page", "")
        except wire.Refusal as refusal:
            await self._refuse(refusal)
            return False
        try:
            cursor = await self._service.cursor(session)
        except (NoSession, Unavailable) as error:
            raise wire.refusal_of(error) from error
        self._session, self._page = session, page[:_PAGE_LENGTH]
        self._sockets.place(self._ws, self._session, self._page)
        self._seen = min(after, cursor)
        await self._send({"type": "welcome", "cursor": cursor})
        return True

    async def _converse(self, frames: AsyncIterator[wire.Frame]) -> None:
        pump = asyncio.create_task(self._pump())
        pump.add_done_callback(self._pump_ended)
        try:
            await self._listen(frames)
        finally:
            async with self._turn:  # Not in the middle of a query.
                pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    def _pump_ended(self, pump: asyncio.Task[None]) -> None:
        if not pump.cancelled():  # A socket that gets no events any more is worse than none.
            self._drop()

    async def _frames(self) -> AsyncGenerator[wire.Frame, None]:
        """Yield what the visitor's program says; nonsense is answered and skipped."""
        async for raw in self._ws:
            if raw.type is WSMsgType.ERROR:
                log.warning("chat_socket_failed", extra={"error": str(raw.data)})
                return
            try:
                yield _parse(raw)
            except wire.Refusal as refusal:
                if refusal.close:
                    raise
                await self._refuse(refusal)

    async def _listen(self, frames: AsyncIterator[wire.Frame]) -> None:
        """Work off frames in order. When nobody hears the answers any more, what has arrived is still worked off."""
        async for frame in frames:
            with suppress(ConnectionError):
                await self._obey_or_refuse(frame)

    async def _obey_or_refuse(self, frame: wire.Frame) -> None:
        try:
            await self._obey(frame)
        except wire.Refusal as refusal:
            if refusal.close:
                raise
            await self._refuse(refusal, frame)

    async def _obey(self, frame: wire.Frame) -> None:
        kind = wire.text_field(frame, "type")
        verb = self._verbs.get(kind)
        if verb is None:
            raise wire.Refusal("unknown_type", "This type of frame is not known here.")
        async with self._turn:
            await verb(frame)

    async def _message(self, frame: wire.Frame) -> None:
        text = wire.text_field(frame, "text")
        await self._receive(wire.text_field(frame, "cid"), text, wants_human=False)

    async def _human(self, frame: wire.Frame) -> None:
        text = wire.text_field(frame, "text", HUMAN_REQUEST)
        await self._receive(wire.text_field(frame, "cid", new_id()), text, wants_human=True)

    async def _receive(self, cid: str, text: str, *, wants_human: bool) -> None:
        kept = self._service.receive(self._session, cid, text, wants_human=wants_human, client=self._client)
        await self._acknowledge(cid, kept)

    async def _contact(self, frame: wire.Frame) -> None:
        email, name = wire.text_field(frame, "email"), wire.text_field(frame, "name", "")
        cid = wire.text_field(frame, "cid", new_id())
        await self._acknowledge(cid, self._service.introduce(self._session, cid, email, name))

    async def _rate(self, frame: wire.Frame) -> None:
        score, comment = wire.score_field(frame), wire.text_field(frame, "comment", "")
        cid = wire.text_field(frame, "cid", new_id())
        await self._acknowledge(cid, self._service.rate(self._session, cid, score, comment))

    async def _acknowledge(self, cid: str, kept: Awaitable[int]) -> None:
        try:
            seq = await kept
        except (Rejected, Unavailable) as error:
            raise wire.refusal_of(error) from error
        await self._send({"type": "ack", "cid": cid, "seq": seq})

    async def _pong(self, frame: wire.Frame) -> None:  # noqa: ARG002
        await self._send({"type": "pong"})

    async def _accept(self, frame: wire.Frame) -> None:
        """Nobody looks at this: agents are in Slack, whose messages cannot show that a customer is typing."""

    async def _pump(self) -> None:
        """Send events as they appear. A lost connection ends the pump only: what was received is still kept."""
        try:
            async with AsyncExitStack() as stack:
                async with self._turn:
                    news = await stack.enter_async_context(self._service.news(self._session))
                while True:
                    async with self._turn:
                        await self._push()
                    await news.wait(self._patience.recheck)
        except ConnectionError:
            log.info("chat_socket_lost")
        except (NoSession, Unavailable) as error:
            await self._end(wire.refusal_of(error))

    async def _push(self) -> None:
        working = self._typing
        while events := await self._service.events_after(self._session, self._seen):
            frames = [wire.event_frame(event) for event in events]
            working = wire.is_working(frames, working)
            for frame in frames:
                await self._send(frame)
            self._seen = events[-1].seq
        if working != self._typing:
            await self._send({"type": "typing", "on": working})
            self._typing = working

    async def _refuse(self, refusal: wire.Refusal, frame: wire.Frame | None = None) -> None:
        """Say why a frame was not taken.

        Raises:
            wire.Refusal: there was too much nonsense or hurry, the socket has to go.
        """
        cid = frame.get("cid") if frame else None
        await self._send(refusal.frame(cid if isinstance(cid, str) else None))
        if (
            refusal.retry is not None
        ):  # Who is told to come back later has said nothing wrong, the first times.
            self._hurry += refusal.code == "rate"
            if self._hurry >= MOST_HURRY:
                raise wire.slow_down(str(refusal), refusal.retry)
            return
        self._nonsense += 1
        if self._nonsense == 1:
            log.warning("chat_frame_refused", extra={"code": refusal.code})
        if self._nonsense >= MOST_NONSENSE:
            raise wire.too_much_nonsense()

    async def _end(self, refusal: wire.Refusal) -> None:
        """Say why, and close."""
        log.warning("chat_socket_ended", extra={"code": refusal.code, "refused": self._nonsense})
        try:
            await self._send(refusal.frame())
        except ConnectionError:
            return
        await self._ws.close(
            code=refusal.close or WSCloseCode.POLICY_VIOLATION, message=refusal.code.encode()
        )

    async def _send(self, frame: wire.Frame) -> None:
        try:
            async with asyncio.timeout(self._patience.send):
                await self._ws.send_str(json.dumps(frame))
        except TimeoutError:
            log.warning("chat_socket_too_slow")
            self._drop()
            raise ConnectionResetError("The socket does not take its frames") from None


def _parse(raw: WSMessage) -> wire.Frame:
    if raw.type is not WSMsgType.TEXT:
        raise wire.Refusal("bad_frame", "Only text frames are understood.")
    return wire.parse_object(raw.data)
