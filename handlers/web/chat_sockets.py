"""The sockets that are open: which page has which, and the end of all of them."""

import asyncio
from contextlib import suppress

from aiohttp import WSCloseCode, web

_FAREWELL = 2.0  # Whoever does not say goodbye by then is let go without.
_REPLACED = 4409


class OpenSockets:
    """Keeps one socket for each page of a session; a newer one takes the place of the one before."""

    def __init__(self) -> None:
        self._all: set[web.WebSocketResponse] = set()
        self._places: dict[tuple[str, str], web.WebSocketResponse] = {}
        self._goodbyes: set[asyncio.Task[bool]] = set()

    def add(self, ws: web.WebSocketResponse) -> None:
        self._all.add(ws)

    def place(self, ws: web.WebSocketResponse, session: str, page: str) -> None:
        """Give a socket its place once it has said whose it is; a program that names no `page` may have many."""
        if not page:
            return
        before = self._places.get((session, page))
        self._places[session, page] = ws
        if before is not None:
            goodbye = asyncio.create_task(before.close(code=_REPLACED, message=b"replaced"))
            self._goodbyes.add(goodbye)
            goodbye.add_done_callback(self._goodbyes.discard)

    def remove(self, ws: web.WebSocketResponse, session: str, page: str) -> None:
        self._all.discard(ws)
        if self._places.get((session, page)) is ws:
            del self._places[session, page]

    async def restart(self) -> None:
        """Close all with "restart"; visitors come back by themselves."""
        closing = [ws.close(code=WSCloseCode.SERVICE_RESTART, message=b"restart") for ws in self._all]
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await asyncio.gather(*closing, *self._goodbyes, return_exceptions=True)
