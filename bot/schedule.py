"""The clockwork: APScheduler with triggers only; what is due lives in the database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.errors import Unavailable

SWEEP_SECONDS = 15


@asynccontextmanager
async def scheduled(
    sweep: Callable[[], Awaitable[object]], seconds: float = SWEEP_SECONDS
) -> AsyncIterator[AsyncIOScheduler]:
    """Run `sweep` every so many seconds while the context is open, whatever becomes of the machine's clock."""

    async def tick() -> None:
        with suppress(Unavailable):  # The database has said so itself, and the next tick is near.
            await sweep()

    scheduler = AsyncIOScheduler(timezone="UTC")
    every = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(tick, "interval", seconds=seconds, **every)
    scheduler.start()
    keeping_up = asyncio.create_task(_keep_up(scheduler, seconds), name="clockwork")
    try:
        yield scheduler
    finally:
        keeping_up.cancel()
        with suppress(asyncio.CancelledError):
            await keeping_up
        scheduler.shutdown(wait=False)


async def _keep_up(scheduler: AsyncIOScheduler, seconds: float) -> None:
    """Hurry what APScheduler has set for much later: it goes by the wall clock, and that one was set back."""
    while True:
        await asyncio.sleep(seconds)
        now = datetime.now(UTC)
        for job in scheduler.get_jobs():
            if job.next_run_time > now + timedelta(seconds=2 * seconds):
                job.modify(next_run_time=now)
