"""Keeps a connection to Slack: an outage never keeps the app from starting, and a dead connection is replaced."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from bot.core.ending import end
from bot.core.errors import Misconfigured, ThreadpilotError, Unavailable
from integrations.slack.errors import BadToken

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_GREETING = 3.0  # An unreachable Slack may not keep the app from starting.


class Socket(Protocol):
    """A connection that says when it has to be replaced; `connect` replaces it."""

    async def connect(self) -> None: ...

    async def ended(self) -> str: ...

    async def is_connected(self) -> bool: ...

    async def close(self) -> None: ...


class SlackConnection:
    """Keeps the socket open in the background; with `socket` None Slack comes to us over HTTP.

    `rebuilt` counts how often a connection was replaced.
    """

    def __init__(
        self, socket: Socket | None, pause: float = _FIRST_PAUSE, greeting: float = _GREETING
    ) -> None:
        """Wait for `pause` seconds after the first failure, and at the start `greeting` for what Slack says."""
        self._socket = socket
        self._first_pause = pause
        self._greeting = greeting
        self._pause = 0.0
        self._trouble = "connecting"
        self._tried = asyncio.Event()
        self._unknown: BadToken | None = None
        self.rebuilt = 0

    async def state(self) -> str:
        """Return `ok`, or what is wrong."""
        if self._socket is None or await self._socket.is_connected():
            return "ok"
        return self._trouble

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the socket open while the context is.

        Raises:
            Misconfigured: Slack does not know the app token. That later it knows it no more, only the state tells.
        """
        if self._socket is None:
            yield
            return
        keeping = asyncio.create_task(self._keep(self._socket), name="slack")
        try:
            await self._greet()
            yield
        finally:
            await end([keeping])
            await self._socket.close()

    async def _greet(self) -> None:
        """Wait a moment for what Slack says at the first try."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._greeting):
                await self._tried.wait()
        if self._unknown is not None:
            raise Misconfigured(str(self._unknown)) from self._unknown

    async def _keep(self, socket: Socket) -> None:
        await self._dial(socket)
        while True:
            since = time.monotonic()
            why = await socket.ended()
            self._trouble = f"reconnecting: {why}"
            if time.monotonic() - since > _LONGEST_PAUSE:
                self._pause = 0.0  # It was a good one, so the next may come at once.
            log.warning("slack_connection_replaced", extra={"why": why, "retry_s": self._pause})
            await self._rest()
            await self._dial(socket)
            self.rebuilt += 1

    async def _dial(self, socket: Socket) -> None:
        """Try until a connection stands."""
        while True:
            try:
                await socket.connect()
                self._tried.set()
                return
            except Exception as error:
                self._unknown = error if isinstance(error, BadToken) else None
                if not isinstance(error, ThreadpilotError):
                    log.error("slack_dialing_failed", exc_info=error)
                self._trouble = str(error) or type(error).__name__
                told = (error.retry_after if isinstance(error, Unavailable) else None) or 0.0
                self._pause = max(self._pause, self._first_pause, told)
                log.warning("slack_unreachable", extra={"error": self._trouble, "retry_s": self._pause})
                self._tried.set()
                await self._rest()

    async def _rest(self) -> None:
        """Wait before the next try, each time longer."""
        pause = self._pause
        self._pause = min(max(2 * pause, self._first_pause), _LONGEST_PAUSE)
        await asyncio.sleep(pause)
