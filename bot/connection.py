"""Keeps trying to reach Slack, so that an outage of Slack never keeps the app from starting."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from bot.core.errors import Refused, Unavailable

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class Socket(Protocol):
    """A connection that renews itself once it was made."""

    async def connect(self) -> None: ...

    async def is_connected(self) -> bool: ...

    async def close(self) -> None: ...


class SlackConnection:
    """Opens the socket in the background; with `socket` None Slack comes to us over HTTP."""

    def __init__(self, socket: Socket | None, pause: float = _FIRST_PAUSE) -> None:
        self._socket = socket
        self._pause = pause
        self._trouble = "connecting"

    async def state(self) -> str:
        """Return `ok`, or what is wrong."""
        if self._socket is None or await self._socket.is_connected():
            return "ok"
        return self._trouble

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep the socket open while the context is."""
        if self._socket is None:
            yield
            return
        dialing = asyncio.create_task(self._dial(self._socket), name="slack")
        try:
            yield
        finally:
            dialing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await dialing
            await self._socket.close()

    async def _dial(self, socket: Socket) -> None:
        pause = self._pause
        while True:
            try:
                await socket.connect()
            except (Unavailable, Refused) as error:
                self._trouble = str(error)
                log.warning("slack_unreachable", extra={"error": self._trouble, "retry_s": pause})
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._trouble = "reconnecting"
                return
