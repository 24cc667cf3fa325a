"""Parts that run beside each other, each as a context: started on entry, ended in order on exit."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from bot.core.errors import Misconfigured
from bot.settings import host_and_port

log = logging.getLogger(__name__)

_DRAIN = 15.0


class Listener(Protocol):
    """Something that accepts connections between start and stop."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@asynccontextmanager
async def background(name: str, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run `work` until the context ends; an end of its own is said loudly."""

    async def loudly() -> None:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except BaseException:
            log.critical("stopped_unexpectedly", extra={"part": name}, exc_info=True)
            raise

    task = asyncio.create_task(loudly(), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(pages: web.Application, address: str) -> AsyncIterator[None]:
    """Serve HTTP on `host:port`; on exit, requests under way may end."""
    host, port = host_and_port("THREADPILOT_HTTP", address)
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=_DRAIN)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise Misconfigured(f"THREADPILOT_HTTP={address} cannot be used: {error.strerror}.") from error
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(listener: Listener, setting: str) -> AsyncIterator[None]:
    """Keep a listener open; `setting` is named when its address cannot be used."""
    try:
        await listener.start()
    except OSError as error:
        raise Misconfigured(f"{setting} cannot be used: {error.strerror}.") from error
    try:
        yield
    finally:
        await listener.stop()
