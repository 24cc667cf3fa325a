"""The queue on PostgreSQL: procrastinate's table, written in our own transactions.

A job's lock is "lane:key", and procrastinate runs one job per lock at a time, in the order in which they were queued.
So a job that waits for a later time would hold back one that is due now: there is at most one waiting job per lock,
and deferring it again moves that one to the earlier time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock, Lane
from storage.jobs import JobKey
from storage.locks import lock

_MOVE = text(
    """
    UPDATE procrastinate_jobs
    SET scheduled_at = CASE
            WHEN scheduled_at IS NULL OR CAST(:run_at AS timestamptz) IS NULL THEN NULL  -- That is now.
            ELSE least(scheduled_at, :run_at) END,
        args = args || jsonb_build_object(
            'attempts', greatest((args ->> 'attempts')::int, :attempts),
            'retried', (args ->> 'retried')::boolean OR :retried)
    WHERE lock = :lock AND status = 'todo'
    RETURNING id, pg_notify(
        'procrastinate_queue_v1#' || queue_name, json_build_object('type', 'job_inserted', 'job_id', id)::text)
    """
)
_QUEUED = text("SELECT queue_name, args ->> 'key' FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")


class PostgresJobs:
    """Queues jobs inside one transaction."""

    def __init__(self, connection: AsyncConnection, manager: JobManager) -> None:
        self._connection = connection
        self._manager = manager

    async def defer(
        self,
        lane: Lane,
        key: str,
        run_at: datetime | None = None,
        *,
        attempts: int = 0,
        retried: bool = False,
    ) -> None:
        """Queue a job; one that waits already runs at the earlier of the two times, one that runs, again afterwards.

        `attempts` counts the runs before that failed; `retried` is for the handler, see `Handler`.
        """
        name = lock_of(lane, key)
        await lock(self._connection, "job", name)
        given = {"lock": name, "run_at": run_at, "attempts": attempts, "retried": retried}
        if (await self._connection.execute(_MOVE, given)).first() is not None:
            return
        job = QueuedJob(
            id=None,
            queue=lane.value,
            task_name=lane.value,
            lock=name,
            queueing_lock=None,
            task_kwargs={"key": key, "attempts": attempts, "retried": retried},
            scheduled_at=run_at,
        )
        raw = await self._connection.get_raw_connection()
        await self._manager.defer_job_async(job, connection=raw.driver_connection)

    async def queued(self) -> frozenset[JobKey]:
        """Return all jobs that wait or run."""
        rows = await self._connection.execute(_QUEUED)
        return frozenset((Lane(lane), key) for lane, key in rows)


def lock_of(lane: Lane, key: str) -> str:
    """Return the name under which no two jobs run at a time."""
    return f"{lane.value}:{key}"


def postgres_queue() -> Callable[[AsyncConnection, Clock], Any]:
    """Return what makes the queue of a transaction."""
    manager = JobManager(PsycopgConnector())  # Never opened: it works on the connections it is handed.
    return lambda connection, _clock: PostgresJobs(connection, manager)
