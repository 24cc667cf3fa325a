"""The queue on PostgreSQL: procrastinate's table, written in our own transactions.

A job's lock is "lane:key", and procrastinate runs one job per lock at a time, in the order in which they were queued.
So a job that waits for a later time would hold back one that is due now: there is at most one waiting job per lock,
and deferring it again moves that one to the earlier time.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock, Lane
from storage.jobs import JobKey
from storage.locks import lock

# Workers hear of a new job by procrastinate's own trigger, and of one that moved by the same words.
_DEFER = text(
    """
    WITH asked AS (SELECT CAST(:run_at AS timestamptz) AS run_at),
    moved AS (
        UPDATE procrastinate_jobs
        SET scheduled_at = CASE
                WHEN scheduled_at IS NULL OR asked.run_at IS NULL THEN NULL  -- That is now.
                ELSE least(scheduled_at, asked.run_at) END,
            args = args || jsonb_build_object(
                'attempts', greatest((args ->> 'attempts')::int, CAST(:attempts AS int)),
                'retried', (args ->> 'retried')::boolean OR CAST(:retried AS boolean))
        FROM asked
        WHERE lock = :lock AND status = 'todo'
        RETURNING pg_notify(
            'procrastinate_queue_v1#' || queue_name, json_build_object('type', 'job_inserted', 'job_id', id)::text)
    )
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at)
    SELECT :lane, :lane, :lock, jsonb_build_object(
        'key', CAST(:key AS text), 'attempts', CAST(:attempts AS int), 'retried', CAST(:retried AS boolean),
        'since', now()), run_at
    FROM asked WHERE NOT EXISTS (SELECT FROM moved)
    """
)
_QUEUED = text("SELECT queue_name, args ->> 'key' FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
_BACKLOG = text(
    """
    SELECT queue_name, count(*), min(coalesce(scheduled_at, (args ->> 'since')::timestamptz))
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
    GROUP BY queue_name
    """
)


class PostgresJobs:
    """Queues jobs inside one transaction."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:  # noqa: ARG002
        """Make the queue of a transaction; what is due now is due by the database's own clock."""
        self._connection = connection

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
        name = f"{lane.value}:{key}"
        await lock(self._connection, "job", name)
        job = {"lane": lane.value, "key": key, "lock": name, "run_at": run_at}
        await self._connection.execute(_DEFER, job | {"attempts": attempts, "retried": retried})

    async def queued(self) -> frozenset[JobKey]:
        """Return all jobs that wait or run."""
        rows = await self._connection.execute(_QUEUED)
        return frozenset((Lane(lane), key) for lane, key in rows)

    async def backlog(self) -> Sequence[tuple[Lane, int, datetime | None]]:
        """Return the lanes that have jobs, how many, and since or for when the first of them is due."""
        rows = await self._connection.execute(_BACKLOG)
        return [(Lane(lane), count, first) for lane, count, first in rows]
