"""The clockwork: APScheduler with triggers only; what is due lives in the database."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.ending import end
from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15
# A tick may come a moment early, and must find the lease of the last one ended.
_LEASE = 0.9


@asynccontextmanager
async def scheduled(
    sweep: Callable[[], Awaitable[object]], seconds: float = SWEEP_SECONDS, *, at_once: bool = False
) -> AsyncIterator[AsyncIOScheduler]:
    """Run `sweep` every so many seconds while the context is open, whatever becomes of the machine's clock.

    The first time is after as long, or `at_once`.
    """
    running: set[asyncio.Task[Any] | None] = set()
    leaving = False

    async def tick() -> None:
        running.add(task := asyncio.current_task())
        try:
            with suppress(Unavailable):  # The database has said so itself, and the next tick is near.
                await sweep()
        except asyncio.CancelledError:
            if not leaving:
                raise
        finally:
            running.discard(task)

    scheduler = AsyncIOScheduler(timezone="UTC")
    every: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    if at_once:
        every["next_run_time"] = datetime.now(UTC)
    scheduler.add_job(tick, "interval", seconds=seconds, **every)
    scheduler.add_listener(
        lambda _: log.debug("tick_skipped", extra={"seconds": seconds}), EVENT_JOB_MAX_INSTANCES
    )
    scheduler.start()
    keeping_up = asyncio.create_task(_keep_up(scheduler, seconds), name="clockwork")
    try:
        yield scheduler
    finally:
        keeping_up.cancel()
        with suppress(asyncio.CancelledError):
            await keeping_up
        leaving = True
        scheduler.shutdown(wait=False)
        await end([task for task in running if task is not None])


@dataclass(frozen=True)
class Tick:
    """Periodic work that one of all processes does every so many seconds, and where it says so `at_once` too."""

    name: str
    work: Callable[[], Awaitable[object]]
    seconds: float = SWEEP_SECONDS
    at_once: bool = False


async def keep_time(ticks: Iterable[Tick], database: Database, clock: Clock, stack: AsyncExitStack) -> None:
    """Do all of these while `stack` is open."""
    for tick in ticks:
        once = leased(tick.name, tick.work, database, clock, tick.seconds)
        await stack.enter_async_context(scheduled(once, tick.seconds, at_once=tick.at_once))


def myself() -> str:
    """Return the name by which other processes know this one."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def leased(
    name: str,
    work: Callable[[], Awaitable[object]],
    database: Database,
    clock: Clock,
    seconds: float = SWEEP_SECONDS,
) -> Callable[[], Awaitable[bool]]:
    """Return what does the work if no other process has done it within about `seconds`; it tells whether it did."""
    holder = myself()

    async def if_due() -> bool:
        now = clock()
        async with database.transaction() as tx:
            until = now + timedelta(seconds=_LEASE * seconds)
            ours = await tx.periodic.claim(name, holder, at=now, until=until)
        if ours:
            await work()
        return ours

    return if_due


async def _keep_up(scheduler: AsyncIOScheduler, seconds: float) -> None:
    """Hurry what APScheduler has set for much later: it goes by the wall clock, and that one was set back."""
    while True:
        await asyncio.sleep(seconds)
        now = datetime.now(UTC)
        for job in scheduler.get_jobs():
            if job.next_run_time > now + timedelta(seconds=2 * seconds):
                job.modify(next_run_time=now)
