"""The page's ear: a stream of server-sent events that says which part of the sandbox has changed."""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

COALESCE_SECONDS = 0.05
KEEPALIVE_SECONDS = 15.0


class Changes:
    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()

    def close(self) -> None:
        """Let every listening page go."""
        self.mark("")

    def mark(self, what: str) -> None:
        for queue in self._listeners:
            queue.put_nowait(what)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            with suppress(ConnectionError):
                await response.write(b": listening\n\n")
                while events := await _next(queue):
                    await response.write(events)
        finally:
            self._listeners.discard(queue)
        return response


async def _next(queue: asyncio.Queue[str]) -> bytes:
    """Wait for a change, gather those that come with it, and return them as events; nothing means the end."""
    try:
        changed = {await asyncio.wait_for(queue.get(), KEEPALIVE_SECONDS)}
    except TimeoutError:
        return b": still here\n\n"
    await asyncio.sleep(COALESCE_SECONDS)
    while not queue.empty():
        changed.add(queue.get_nowait())
    if "" in changed:
        return b""
    return b"".join(f"data: {json.dumps({'changed': what})}\n\n".encode() for what in sorted(changed))
