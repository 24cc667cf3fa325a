"""The embedded engine: one process works off the `jobs` table of its own SQLite database.

Nobody else works on the table (see `storage.engine.lock`), so a job is claimed by remembering that it runs. Its row
stays until the work is done, and is removed with whatever is committed next, or a moment later with those of other
finished jobs. After a crash everything that was running is simply still there.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.core.ending import end
from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock, Handler, Lane, Signals
from bot.core.ports.tally import Counted, Tally, uncounted
from storage.database import SqlDatabase, utc_now
from storage.engine.failures import is_attempt, leaves_doubt, log_failure, outcome, pause_after
from storage.jobs import WAKE, Job, JobKey
from storage.transaction import SqlTransaction

logger = logging.getLogger(__name__)

_POLL = 0.5
_LINGER = 0.1
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
        linger: float = _LINGER,
        tally: Tally = uncounted,
    ) -> None:
        """Run up to `concurrency` jobs of the advance lane at once, fewer of the lane that may wait.

        `jitter` draws from 0 to 1; `grace` is how many seconds running jobs have to end after a cancellation, and
        `linger` for how many the end of one waits for a commit that takes it along.
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
        self._linger = linger
        self._tally = tally
        self._running: dict[JobKey, asyncio.Task[None]] = {}  # Until their end is in the database.
        self._done: list[Job] = []
        self._settle_by = 0.0  # By the loop's clock; what is done is settled then at the latest.
        self._failed: list[tuple[Job, datetime]] = []
        self._turned_away: list[tuple[Job, datetime]] = []  # Nothing was tried, so no attempt is counted.
        self._doubtful: set[JobKey] = set()  # Of an earlier run nobody knows how far it came.
        self._begun = False
        self._stalled = False

    async def run(self, handlers: Mapping[Lane, Handler]) -> None:
        """Work until cancelled; then wait for what is running."""
        async with self._signals.subscribe(WAKE) as wake:
            with self._database.taking_along(self._board):
                try:
                    while True:
                        await wake.wait(await self._round(handlers))
                finally:
                    await self._close()

    async def _round(self, handlers: Mapping[Lane, Handler]) -> float:
        """Settle what has ended and start what is due; return in how many seconds to look again."""
        try:
            if self._failed or self._turned_away or not self._lingers():
                await self._settle()
            pause = min(await self._start_due(handlers), self._lingers() if self._done else _POLL)
        except Unavailable as error:
            if not self._stalled:  # Once for an outage, not twice a second.
                logger.warning("engine_without_database", extra={"reason": str(error)})
            self._stalled = True
            return _POLL
        self._stalled = False
        return pause

    async def _start_due(self, handlers: Mapping[Lane, Handler]) -> float:
        busy = frozenset(self._running)  # What ends while we read may be in what we read, and is done.
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
            waiting = [job for job in queue if job.name not in busy]
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
            self._settle_by = self._settle_by if self._done else _loop_time() + self._linger
            self._done.append(job)
        else:
            pause = pause_after(job.attempts, error, self._jitter)
            kind = self._failed if is_attempt(error) else self._turned_away
            kind.append((job, self._clock() + timedelta(seconds=pause)))
            if leaves_doubt(error):
                self._doubtful.add(job.name)
            log_failure(job.lane, job.key, job.attempts + 1, error)
        self._signals.publish(WAKE)

    def _lingers(self) -> float:
        """Return for how long what is done may still wait for a commit that takes it along."""
        return max(0.0, self._settle_by - _loop_time()) if self._done else 0.0

    async def _board(self, tx: SqlTransaction) -> Callable[[], None]:
        """Write down in somebody's transaction what is done; what was asked for again there is due again."""
        done = list(self._done)
        all_gone = await tx.jobs.finish(done)
        return partial(self._arrived, done, all_gone)

    def _arrived(self, done: Sequence[Job], all_gone: bool) -> None:
        for job in done:
            self._done.remove(job)
            del self._running[job.name]
        self._doubtful -= {job.name for job in done}  # Being postponed clears no doubt.
        if not all_gone:
            self._signals.publish(WAKE)

    async def _settle(self) -> None:
        """Bring what has ended into the database, all in one commit; only then may the same key run again."""
        failed, turned_away = list(self._failed), list(self._turned_away)
        if not self._done and not failed and not turned_away:
            return
        async with self._database.transaction() as tx:  # It takes along what is done.
            await tx.jobs.postpone(failed)
            await tx.jobs.postpone(turned_away, tried=False)
        del self._failed[: len(failed)], self._turned_away[: len(turned_away)]
        for job, _ in (*failed, *turned_away):
            del self._running[job.name]

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


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


async def _call(handler: Handler, key: str, *, retried: bool) -> None:
    await handler(key, retried=retried)


def _is_due(job: Job, now: datetime) -> bool:
    """Tell whether its time has come. None is queued for much later: the time of such a one is of another clock.

    So a clock that is set back makes nobody wait for it to come round again.
    """
    return not now < job.run_at <= now + _FARTHEST
