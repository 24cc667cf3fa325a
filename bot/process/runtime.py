"""Parts that run beside each other, each as a context: started on entry, ended in order on exit."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from aiohttp import web

from bot.core.ending import end
from bot.core.errors import Misconfigured, Unavailable
from bot.settings.reading import host_and_port

log = logging.getLogger(__name__)

_DRAIN = 4.0
_GRACE = 12.0  # Longer than any part takes to end with care.
# So long a connection may take for the headers of a request, or between two: longer than proxies keep one (60 s).
_IDLE = 75.0


class Listener(Protocol):
    """Something that accepts connections between start and stop."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@asynccontextmanager
async def background(name: str, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run `work` until the context ends; a crash is said loudly and ends the context.

    An app that lives on without one of its parts looks well and does nothing. It is better started again.

    Raises:
        Unavailable: the work crashed.
    """
    owner, leaving = asyncio.current_task(), False

    async def loudly() -> None:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except BaseException:
            log.critical("stopped_unexpectedly", extra={"part": name}, exc_info=True)
            if owner is not None and not leaving:
                owner.cancel()
            raise

    task = asyncio.create_task(loudly(), name=name)
    try:
        yield
    finally:
        interrupted = task.done() and not task.cancelled() and task.exception() is not None
        leaving = True
        (crash,) = await end([task], _GRACE)
        if isinstance(crash, Exception):
            if interrupted and owner is not None:
                owner.uncancel()
            raise Unavailable(f"The {name} stopped unexpectedly; its error stands in the log.") from crash


@asynccontextmanager
async def together(*parts: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
    """Start parts in order, and end them all at once: each may take its time, and nobody waits for the sum."""
    async with AsyncExitStack() as starting:
        for part in parts:
            await starting.enter_async_context(part)
        starting.pop_all()  # They have all started, and end together.
    try:
        yield
    finally:
        ends = (part.__aexit__(None, None, None) for part in parts)
        for outcome in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


@asynccontextmanager
async def serving(
    pages: web.Application, address: str, setting: str = "THREADPILOT_HTTP", *, idle: float = _IDLE
) -> AsyncIterator[None]:
    """Serve HTTP on `host:port`; on exit, requests under way may end. `setting` is named when it cannot be used.

    A connection on which for `idle` seconds no request has come whole up to its body is closed, whatever it sends.
    """
    host, port = host_and_port(setting, address)
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=_DRAIN, keepalive_timeout=idle)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, UnicodeError) as error:
        await runner.cleanup()
        raise Misconfigured(f"{setting}={address} cannot be used: {_reason(error)}.") from error
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(listener: Listener, setting: str) -> AsyncIterator[None]:
    """Keep a listener open; `setting` is named when its address cannot be used."""
    try:
        await listener.start()
    except (OSError, UnicodeError) as error:
        raise Misconfigured(f"{setting} cannot be used: {_reason(error)}.") from error
    try:
        yield
    finally:
        await listener.stop()


def _reason(error: Exception) -> str:
    """Say why an address cannot be used; a name that cannot even be looked up is a UnicodeError."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
