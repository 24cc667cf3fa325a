"""The engine for several processes: procrastinate works off its own table in our PostgreSQL database.

Jobs are queued by `storage.postgres_jobs`, in the transaction of whoever asks for them. When a run fails, we queue
its key again ourselves, by the same rule as the embedded engine, and let procrastinate delete the job as done. What
it retries by itself is only what neither of us could put on record.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text

from bot.core.ending import end
from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock, Handler, Lane
from bot.core.ports.tally import Counted, Tally, uncounted
from storage.database import SqlDatabase, utc_now
from storage.engine.failures import is_attempt, leaves_doubt, log_failure, outcome, pause_after
from storage.postgres import connect_arguments, connection_string
from storage.postgres_jobs import PostgresJobs
from storage.trouble import explain
from storage.urls import parse

logger = logging.getLogger(__name__)

_POLL = 0.25  # Nobody tells a worker that a key is free again, or that a later time has come.
_GLANCE = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0

# Locking the rows makes this safe for any number of processes at once: each job is taken up again by one of them.
_RESCUE = text(
    """
    WITH lost AS (
        SELECT job.id
        FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
        WHERE job.status = 'doing' AND (
            worker.id IS NULL
            OR worker.last_heartbeat < now() - make_interval(secs => :stalled_after)
            OR job.id = ANY(CAST(:forgotten AS bigint[])))
        FOR UPDATE OF job SKIP LOCKED
    )
    SELECT count(procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)) FROM lost
    """
)
_HELD = text(
    "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(CAST(:ours AS bigint[]))"
)


class ProcrastinateEngine:
    """Works off jobs together with other processes, one per (lane, key) at a time, each lane with its own limit."""

    def __init__(
        self,
        database: SqlDatabase,
        url: str,
        *,
        concurrency: int = 16,
        clock: Clock = utc_now,
        jitter: Callable[[], float] = random.random,
        grace: float = 10.0,
        stalled_after: float = 10.0,
        tally: Tally = uncounted,
    ) -> None:
        """Run up to `concurrency` jobs of the advance lane at once, fewer of the lanes that may wait.

        `jitter` draws from 0 to 1; `grace` is how many seconds running jobs have to end after a cancellation. A
        process whose last sign of life is `stalled_after` seconds old is taken for dead: others run its jobs again.
        """
        self._database = database
        self._url = parse(url)
        self._limits = dict.fromkeys(Lane, max(1, concurrency // 8)) | {Lane.ADVANCE: concurrency}
        self._clock = clock
        self._jitter = jitter
        self._grace = grace
        self._stalled_after = stalled_after
        self._heartbeat, self._rescue_every = stalled_after / 5, stalled_after / 2
        self._tally = tally
        self._running: set[int] = set()  # Ids of jobs.
        self._workers: set[int] = set()  # Under which ids procrastinate knows us.

    async def run(self, handlers: Mapping[Lane, Handler]) -> None:
        """Work until cancelled; then wait for what is running. A database that is away is waited for."""
        pause = _FIRST_PAUSE
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                await self._work(handlers)
                logger.warning("engine_without_database")  # procrastinate has said why.
            except Exception as error:
                if _is_ending():  # To close failed as well: that is no reason to go on.
                    raise asyncio.CancelledError from error
                if not isinstance(error, ConnectorException | psycopg.Error | Unavailable):
                    raise
                logger.warning("engine_without_database", extra={"reason": explain(error)})
            lasted = asyncio.get_running_loop().time() - begun
            pause = _FIRST_PAUSE if lasted > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _work(self, handlers: Mapping[Lane, Handler]) -> None:
        """Work until something breaks: one of procrastinate's side tasks, when the database is away, for example."""
        connector = PsycopgConnector(
            pool_factory=_light_pool,
            conninfo=connection_string(self._url),
            kwargs=connect_arguments(self._url),
            min_size=1,
            max_size=6,
        )
        app = App(connector=connector)
        for lane, handler in handlers.items():
            self._register(app, lane, handler)
        async with app.open_async():
            workers = [self._worker(app, lane) for lane in handlers]
            await _until_one_ends(
                self._rescue(), self._notice_a_restart(), *workers, patience=self._grace + 1
            )

    def _register(self, app: App, lane: Lane, handler: Handler) -> None:
        @app.task(name=lane.value, queue=lane.value, pass_context=True, retry=RetryStrategy(wait=5))
        async def work(
            context: JobContext, /, *, key: str, attempts: int, retried: bool, **_: object
        ) -> None:
            number = context.job.id or 0
            self._running.add(number)
            if context.job.worker_id is not None:
                self._workers.add(context.job.worker_id)
            try:
                # procrastinate itself counts only runs that nobody could put on record.
                doubtful = retried or context.job.attempts > 0
                await self._attempt(context, lane, handler, key, attempts, doubtful)
            finally:
                self._running.discard(number)

    async def _attempt(
        self, context: JobContext, lane: Lane, handler: Handler, key: str, attempts: int, doubtful: bool
    ) -> None:
        """Run a handler once; when it fails, queue the same key again."""
        try:
            await handler(key, retried=doubtful)
        except BaseException as error:  # noqa: BLE001 - Here faults of handlers stop.
            if context.should_abort():  # We are ending, and it took too long. That is no failure.
                await self._again(lane, key, 0.0, attempts, retried=True)
                return
            self._tally(Counted.JOB, lane, outcome(error))
            log_failure(lane, key, attempts + 1, error)
            pause, attempts = pause_after(attempts, error, self._jitter), attempts + is_attempt(error)
            await self._again(lane, key, pause, attempts, retried=doubtful or leaves_doubt(error))
        else:
            self._tally(Counted.JOB, lane, outcome(None))

    async def _again(self, lane: Lane, key: str, pause: float, attempts: int, *, retried: bool) -> None:
        async with self._database.transaction() as tx:
            assert isinstance(tx.queue, PostgresJobs), "this engine is for PostgreSQL"  # noqa: S101
            run_at = self._clock() + timedelta(seconds=pause) if pause else None
            await tx.queue.defer(lane, key, run_at, attempts=attempts, retried=retried)

    def _worker(self, app: App, lane: Lane) -> Awaitable[None]:
        return app.run_worker_async(
            queues=[lane.value],
            name=lane.value,
            concurrency=self._limits[lane],
            fetch_job_polling_interval=_POLL,
            shutdown_graceful_timeout=self._grace,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=self._heartbeat,
            stalled_worker_timeout=self._stalled_after,
        )

    async def _notice_a_restart(self) -> None:
        """End when the server was away, however shortly.

        procrastinate's listener does not come back by itself, and its watch over that (3.10) ends at once where there
        is no periodic task. Its workers would go on, each job a moment late.
        """
        arguments = connect_arguments(self._url)
        connecting = psycopg.AsyncConnection.connect(
            connection_string(self._url), autocommit=True, **arguments
        )
        async with await connecting as connection:
            while True:
                await asyncio.sleep(_GLANCE)
                await connection.execute("SELECT 1")

    async def _rescue(self) -> None:
        """Run again, over and over, the jobs of processes that died, and those whose end we could not record."""
        idle: frozenset[int] = frozenset()
        while True:
            async with self._database.transaction() as tx:
                held = frozenset(await tx.connection.scalars(_HELD, {"ours": sorted(self._workers)}))
                # To take up or lay down a job lasts a moment. What we hold twice without running it is lost.
                forgotten = sorted((held - self._running) & idle)
                given = {"stalled_after": self._stalled_after, "forgotten": forgotten}
                rescued = await tx.connection.scalar(_RESCUE, given)
            idle = held - self._running - set(forgotten)
            if rescued:
                logger.warning("jobs_rescued", extra={"number": rescued})
            await asyncio.sleep(self._rescue_every)


def _light_pool(**arguments: Any) -> AsyncConnectionPool:
    """Make a pool without three trips to the server around each statement of procrastinate's.

    It need not ask first whether the server is there (see `_notice_a_restart`), and every statement is a
    transaction of its own, without BEGIN and COMMIT.
    """

    async def configure(connection: psycopg.AsyncConnection) -> None:
        await connection.set_autocommit(True)

    return AsyncConnectionPool(**arguments | {"check": None, "configure": configure})


def _is_ending() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _until_one_ends(*parts: Any, patience: float) -> None:
    """Run all until one ends or we are cancelled; then let the others end, and pass an error on.

    Who has not ended after `patience` seconds is told again.
    """
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = await end(tasks, patience)
    for error in ended:
        if isinstance(error, Exception):
            raise error
