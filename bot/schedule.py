"""The clockwork: APScheduler with triggers only; what is due lives in the database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from apscheduler.schedulers.asyncio import AsyncIOScheduler

SWEEP_SECONDS = 15


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
