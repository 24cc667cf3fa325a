"""When to end: at a signal, or with the process that started this one. And that an end, once begun, does come."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LATEST = 19.0  # Everything that waits at the end waits for less; what is cut off here is taken up at the next start.
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@asynccontextmanager
async def stop_signal(*, on_eof: bool, latest: float = _LATEST) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set at SIGTERM, SIGINT or SIGHUP, and with `on_eof` when standard input ends.

    A second signal ends the process at once, and `latest` seconds after the first it ends in any case: `disarm` takes
    that back. Signals that whoever started us had us ignore stay ignored.
    """
    stop = _Stop(latest)
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop.at_signal, number)
    watcher = asyncio.create_task(_at_eof(stop)) if on_eof else None
    try:
        yield stop.event
    finally:
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher


def disarm() -> None:
    """Take back the last resort of an end that has come by itself."""
    signal.setitimer(signal.ITIMER_REAL, 0)


class _Stop:
    """The wish to end: the first is fulfilled with care, at the latest after a while."""

    def __init__(self, latest: float) -> None:
        self.event = asyncio.Event()
        self._latest = latest
        self._signalled = False

    def at_signal(self, number: int) -> None:
        if self._signalled:
            _leave(128 + number, "stopped at once")
        self._signalled = True
        self.begin()

    def begin(self) -> None:
        if not self.event.is_set():
            signal.signal(signal.SIGALRM, lambda _number, _frame: _leave(0, "stopped, something was hanging"))
            signal.setitimer(signal.ITIMER_REAL, self._latest)
            self.event.set()


def _leave(code: int, why: str) -> None:
    """End the process as a crash would, which the database survives. The log may be locked just now."""
    os.write(sys.stderr.fileno(), f"threadpilot: {why}\n".encode())
    os._exit(code)


async def _at_eof(stop: _Stop) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(1024):
            pass  # What is written to us is of no interest, only its end.
    finally:
        transport.close()
    stop.begin()
