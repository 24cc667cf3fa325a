"""The embedded engine: one process works off the `jobs` table of its own SQLite database.

Nobody else works on the table (see `storage.engine.lock`), so a job is claimed by remembering that it runs. Its row
stays until the work is done, and rows of several finished jobs are removed in one commit. After a crash everything
that was running is simply still there.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.core.ending import end
from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock, Handler, Lane, Signals
from bot.core.ports.tally import Counted, Tally, uncounted
from storage.database import SqlDatabase, utc_now
from storage.engine.failures import is_attempt, leaves_doubt, log_failure, outcome, pause_after
from storage.jobs import WAKE, Job, JobKey

logger = logging.getLogger(__name__)

_POLL = 0.5
_FARTHEST = timedelta(seconds=660)  # The longest time to stop an answer, and a little.


class SqliteEngine:
    """Works off jobs, one per (lane, key) at a time and the longest due first, each lane with its own limit."""

    def __init__(
        self,
        database: SqlDatabase,
        signals: Signals,
        *,
        concurrency: int = 32,
        clock: Clock = utc_now,
        jitter: Callable[[], float] = random.random,
        grace: float = 10.0,
        tally: Tally = uncounted,
    ) -> None:
        """Run up to `concurrency` jobs of the advance lane at once, fewer of the lane that may wait.

        `jitter` draws from 0 to 1; `grace` is how many seconds running jobs have to end after a cancellation.
        """
        self._database = database
        self._signals = signals
        self._limits = {
            Lane.ADVANCE: concurrency,
            Lane.SYNC: max(1, concurrency // 4),
        }
        self._clock = clock
        self._jitter = jitter
        self._grace = grace
        self._tally = tally
        self._running: dict[JobKey, asyncio.Task[None]] = {}  # Until their end is in the database.
        self._done: list[Job] = []
        self._failed: list[tuple[Job, datetime]] = []
        self._turned_away: list[tuple[Job, datetime]] = []  # Nothing was tried, so no attempt is counted.
        self._doubtful: set[JobKey] = set()  # Of an earlier run nobody knows how far it came.
        self._begun = False
        self._stalled = False

    async def run(self, handlers: Mapping[Lane, Handler]) -> None:
        """Work until cancelled; then wait for what is running."""
        async with self._signals.subscribe(WAKE) as wake:
            try:
                while True:
                    await wake.wait(await self._round(handlers))
            finally:
                await self._close()

    async def _round(self, handlers: Mapping[Lane, Handler]) -> float:
        """Settle what has ended and start what is due; return in how many seconds to look again."""
        try:
            await self._settle()
            pause = await self._start_due(handlers)
        except Unavailable as error:
            if not self._stalled:  # Once for an outage, not twice a second.
                logger.warning("engine_without_database", extra={"reason": str(error)})
            self._stalled = True
            return _POLL
        self._stalled = False
        return pause

    async def _start_due(self, handlers: Mapping[Lane, Handler]) -> float:
        async with self._database.snapshot() as tx:
            if not self._begun:
                self._doubtful |= await tx.jobs.queued()
                self._begun = True
            queues = {
                lane: await tx.jobs.first(lane, self._limits[lane] + 1)
                for lane in handlers
                if self._room(lane) > 0
            }
        now, pause = self._clock(), _POLL
        for lane, queue in queues.items():
            waiting = [job for job in queue if job.name not in self._running]
            due = [job for job in waiting if _is_due(job, now)]
            for job in due[: self._room(lane)]:
                self._start(job, handlers[lane])
            later = [job.run_at for job in waiting if not _is_due(job, now)]
            pause = min([pause, *((run_at - now).total_seconds() for run_at in later)])
        return pause

    def _room(self, lane: Lane) -> int:
        return self._limits[lane] - sum(1 for running, _ in self._running if running is lane)

    def _start(self, job: Job, handler: Handler) -> None:
        task = asyncio.create_task(_call(handler, job.key, retried=job.name in self._doubtful))
        task.add_done_callback(lambda task: self._ended(job, task))
        self._running[job.name] = task

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        """Note the end of a run, whatever it was: here faults of handlers stop."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._tally(Counted.JOB, job.lane, outcome(error))
        if error is None:
            self._done.append(job)
        else:
            pause = pause_after(job.attempts, error, self._jitter)
            kind = self._failed if is_attempt(error) else self._turned_away
            kind.append((job, self._clock() + timedelta(seconds=pause)))
            if leaves_doubt(error):
                self._doubtful.add(job.name)
            log_failure(job.lane, job.key, job.attempts + 1, error)
        self._signals.publish(WAKE)

    async def _settle(self) -> None:
        """Bring what has ended into the database, all in one commit; only then may the same key run again."""
        done, failed, turned_away = list(self._done), list(self._failed), list(self._turned_away)
        if not done and not failed and not turned_away:
            return
        async with self._database.transaction() as tx:
            await tx.jobs.finish(done)
            await tx.jobs.postpone(failed)
            await tx.jobs.postpone(turned_away, tried=False)
        del self._done[: len(done)], self._failed[: len(failed)], self._turned_away[: len(turned_away)]
        for job in (*done, *(job for job, _ in (*failed, *turned_away))):
            self._running.pop(job.name, None)
        self._doubtful -= {job.name for job in done}  # Being postponed clears no doubt.

    async def _close(self) -> None:
        """Let running jobs end; those that take too long are cancelled, and run again at the next start."""
        try:
            if self._running:
                await asyncio.wait(self._running.values(), timeout=self._grace)
            await self._settle()
        except Unavailable as error:
            logger.warning("engine_without_database", extra={"reason": str(error)})
        finally:
            await end(self._running.values())
            self._running.clear()


async def _call(handler: Handler, key: str, *, retried: bool) -> None:
    await handler(key, retried=retried)


def _is_due(job: Job, now: datetime) -> bool:
    """Tell whether its time has come. None is queued for much later: the time of such a one is of another clock.

    So a clock that is set back makes nobody wait for it to come round again.
    """
    return not now < job.run_at <= now + _FARTHEST
