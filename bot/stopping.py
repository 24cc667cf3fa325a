"""When to end: at a signal, or with the process that started this one."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def stop_signal(*, on_eof: bool) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set at SIGTERM, SIGINT or SIGHUP, and with `on_eof` when standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    watcher = asyncio.create_task(_set_at_eof(stop)) if on_eof else None
    try:
        yield stop
    finally:
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher


async def _set_at_eof(stop: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(1024):
            pass  # What is written to us is of no interest, only its end.
    finally:
        transport.close()
    stop.set()
