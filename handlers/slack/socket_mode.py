"""Socket Mode: connections that Slack pushes through, each watched, and replaced before or after its end.

Slack pings every few seconds, and says beforehand when it is about to close a connection. So one that is silent is
dead, whatever TCP thinks of it, and one that is about to go is replaced while it still works. What nobody has
acknowledged on one connection, Slack delivers again on the next. Why not the SDK's client: decisions/0016.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Unavailable
from handlers.slack.front import Takes
from integrations.slack.place import PATIENCE, ask_for_a_place

log = logging.getLogger(__name__)

SILENCE = 30.0  # Slack pings about every 10 s, and its own clients for Node give up after 30 s as well.
_LINGER = 15.0  # Slack closes a connection about 10 s after its warning.
_FINISH = 3.0  # Nobody waits longer for an acknowledgement.
_CLOSE = 1.0
_GONE = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class SocketMode:
    """Slack's way in over a connection that we open: one at a time, two while one replaces the other."""

    def __init__(
        self,
        app: Takes,
        app_token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        *,
        patience: float = PATIENCE,
        silence: float = SILENCE,
        linger: float = _LINGER,
    ) -> None:
        """Take the events of `app`. All times are in seconds.

        `patience` is for opening a connection; one that is silent for `silence` is dead; an outgoing one may stay
        for `linger` beside its successor.
        """
        self._app, self._session = app, session
        self._web = AsyncWebClient(app_token, base_url=base_url, session=session, retry_handlers=[])
        self._patience, self._silence, self._linger = patience, silence, linger
        self._line: _Line | None = None
        self._retiring: dict[asyncio.Task[None], _Line] = {}

    async def connect(self) -> None:
        """Open a connection; the one before, if any, ends after it.

        Raises:
            Refused: Slack does not accept the app token.
            Unavailable: Slack cannot be reached now.
        """
        line = await self._open(await ask_for_a_place(self._web, self._patience))
        before, self._line = self._line, line
        if before is not None:
            retiring = asyncio.create_task(before.retire(self._linger))
            self._retiring[retiring] = before
            retiring.add_done_callback(self._retiring.pop)

    async def ended(self) -> str:
        """Wait until the connection has to be replaced; return why."""
        if self._line is None:
            return "not connected"
        await self._line.ending.wait()
        return self._line.why

    async def is_connected(self) -> bool:
        return self._line is not None and self._line.is_open

    async def close(self) -> None:
        """Take nothing more, acknowledge what is being worked on, and close: Slack sends nothing to nobody."""
        lines = [*self._retiring.values(), *filter(None, [self._line])]
        self._line = None
        for retiring in self._retiring:
            retiring.cancel()
        await asyncio.gather(*self._retiring, *(line.close() for line in lines), return_exceptions=True)

    async def _open(self, url: str) -> "_Line":
        try:
            async with asyncio.timeout(self._patience):
                ws = await self._session.ws_connect(
                    url, autoping=False, autoclose=False, proxy=self._web.proxy, ssl=self._web.ssl or True
                )
                await self._greeted(ws)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("Slack does not open its Socket Mode connection") from error
        return _Line(ws, self._app, self._silence)

    async def _greeted(self, ws: ClientWebSocketResponse) -> None:
        """Wait for Slack's hello: before that, a connection is none."""
        try:
            while (message := await ws.receive()).type is WSMsgType.PING:
                await ws.pong(message.data)
            said = _frame(message)
            if said.get("type") != "hello":
                reason = str(said.get("reason") or "no hello")
                raise Unavailable(f"Slack does not open its Socket Mode connection ({reason})")
        except BaseException:
            await _shut(ws)
            raise
        log.info("slack_connected", extra={"connections": said.get("num_connections")})


class _Line:
    """One open connection."""

    def __init__(self, ws: ClientWebSocketResponse, app: Takes, silence: float) -> None:
        self._ws, self._app, self._silence = ws, app, silence
        self._answering: set[asyncio.Task[None]] = set()
        self.ending, self.why, self.is_open = asyncio.Event(), "", True
        self._reading = asyncio.create_task(self._live(), name="slack line")

    async def retire(self, linger: float) -> None:
        """Go on beside a successor until Slack closes this connection, or `linger` is over."""
        await asyncio.wait([self._reading], timeout=linger)
        await self.close()

    async def close(self) -> None:
        """Take nothing more, finish what is being worked on, and close."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        if self._answering:
            await asyncio.wait(self._answering, timeout=_FINISH)
        await _shut(self._ws)
        for late in self._answering:
            late.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def _live(self) -> None:
        try:
            self._end(await self._read())
        finally:
            self.is_open = False
        await _shut(self._ws)

    async def _read(self) -> str:
        """Take what Slack pushes until the connection is dead; return why it is."""
        try:
            while True:
                async with asyncio.timeout(self._silence):
                    message = await self._ws.receive()
                if message.type in _GONE:
                    return "closed by Slack" if message.type is WSMsgType.CLOSE else "broken"
                await self._heed(message)
        except TimeoutError:
            return f"silent for {self._silence:g} s"
        except (aiohttp.ClientError, ConnectionError) as error:
            return f"broken ({type(error).__name__})"

    async def _heed(self, message: WSMessage) -> None:
        if message.type is WSMsgType.PING:
            async with asyncio.timeout(self._silence):
                await self._ws.pong(message.data)
            return
        said = _frame(message)
        if said.get("type") == "disconnect":
            self._end(str(said.get("reason")))
        elif said.get("envelope_id"):
            answering = asyncio.create_task(self._answer(said))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    def _end(self, why: str) -> None:
        self.why = self.why or why  # What was said first.
        self.ending.set()

    async def _answer(self, envelope: Mapping[str, Any]) -> None:
        """Acknowledge an envelope once the app has taken it; Slack delivers again what was not acknowledged."""
        try:
            response = await self._app.async_dispatch(_request(envelope))
            if response.status == 200:
                await self._ws.send_json({"envelope_id": envelope["envelope_id"], **_payload(response)})
            else:
                log.info("slack_envelope_not_taken", extra={"status": response.status})
        except (ConnectionError, aiohttp.ClientError) as error:
            log.info("slack_acknowledgement_lost", extra={"error": type(error).__name__})
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # Bolt hands our listeners' errors to `ErrorExit`; what comes out here, it could not read itself.
            log.warning("slack_envelope_malformed", extra={"error": type(error).__name__})


def _frame(message: WSMessage) -> Mapping[str, Any]:
    """Read a frame; whatever is no JSON object says nothing."""
    try:
        said = json.loads(message.data) if message.type is WSMsgType.TEXT else None
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {}


def _request(envelope: Mapping[str, Any]) -> AsyncBoltRequest:
    told = {"num": envelope.get("retry_attempt"), "reason": envelope.get("retry_reason")}
    headers: dict[str, str | Sequence[str]] = {
        f"x-slack-retry-{name}": str(value) for name, value in told.items() if value is not None
    }
    return AsyncBoltRequest(mode="socket_mode", body=envelope.get("payload") or {}, headers=headers)


def _payload(response: BoltResponse) -> Mapping[str, Any]:
    """Return what the acknowledgement carries: for a window what becomes of it, for a command an answer."""
    if not response.body:
        return {}
    is_json = response.headers.get("content-type", [""])[0].startswith("application/json")
    return {"payload": json.loads(response.body) if is_json else {"text": response.body}}


async def _shut(ws: ClientWebSocketResponse) -> None:
    """Close a connection politely if the far side is there, and in any case."""
    try:
        async with asyncio.timeout(_CLOSE):
            await ws.close()
    except TimeoutError:
        log.info("slack_line_torn_down")
