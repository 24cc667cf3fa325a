"""The clockwork: APScheduler with triggers only; what is due lives in the database."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

SWEEP_SECONDS = 15
# A tick may come a moment early, and must find the lease of the last one ended.
_LEASE = 0.9


@asynccontextmanager
async def scheduled(
    sweep: Callable[[], Awaitable[object]], seconds: float = SWEEP_SECONDS
) -> AsyncIterator[None]:
    """Run `sweep` every so many seconds while the context is open."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(sweep, "interval", seconds=seconds, max_instances=1, coalesce=True)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def leased(
    name: str,
    work: Callable[[], Awaitable[object]],
    database: Database,
    clock: Clock,
    seconds: float = SWEEP_SECONDS,
) -> Callable[[], Awaitable[bool]]:
    """Return what does the work if no other process has done it within about `seconds`; it tells whether it did."""
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}"

    async def if_due() -> bool:
        now = clock()
        async with database.transaction() as tx:
            until = now + timedelta(seconds=_LEASE * seconds)
            ours = await tx.periodic.claim(name, holder, at=now, until=until)
        if ours:
            await work()
        return ours

    return if_due
