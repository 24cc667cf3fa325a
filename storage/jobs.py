"""The embedded engine's queue: one row per (lane, key), which stays until its work is done.

A job is claimed in memory only, so its row is the same before and during a run: whatever happens to the process, the
work is still queued. `revision` counts how often the job was deferred and tells the engine, when a run has ended,
whether it was asked for again meanwhile; `again_at` says for when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock, Lane
from storage.rows import many, select_as
from storage.tables import jobs

WAKE = "engine"  # The topic on which the engine hears that there is work.

JobKey = tuple[Lane, str]


@dataclass(frozen=True)
class Job:
    """A job as it was when the engine read it."""

    lane: Lane
    key: str
    run_at: datetime
    attempts: int
    revision: int

    @property
    def name(self) -> JobKey:
        """What makes it one job: no two of the same name run at a time."""
        return self.lane, self.key


def _earlier(known: ColumnElement[datetime], asked: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((or_(known.is_(None), asked < known), asked), else_=known)


def _statement_to_defer() -> Insert:
    new = insert(jobs)
    asked = new.excluded.run_at
    again = {
        "run_at": _earlier(jobs.c.run_at, asked),
        "again_at": _earlier(jobs.c.again_at, asked),
        "revision": jobs.c.revision + 1,
    }
    return new.on_conflict_do_update(index_elements=["lane", "key"], set_=again)


_SAME = and_(jobs.c.lane == bindparam("the_lane"), jobs.c.key == bindparam("the_key"))
_DEFER = _statement_to_defer()
_FIRST = (
    select_as(Job, jobs)
    .where(jobs.c.lane == bindparam("of"))
    .order_by(jobs.c.run_at, jobs.c.key)
    .limit(bindparam("number"))
)
# A row that was made anew has the first revision again, but not the same time.
_GONE = delete(jobs).where(
    _SAME, jobs.c.revision == bindparam("the_revision"), jobs.c.run_at == bindparam("the_time")
)
_AGAIN_AT = func.coalesce(jobs.c.again_at, jobs.c.run_at)
_AGAIN = update(jobs).where(_SAME).values(run_at=_AGAIN_AT, again_at=None, attempts=0)


class Jobs:
    """Reads and changes the queue inside one transaction."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def defer(self, lane: Lane, key: str, run_at: datetime | None = None) -> None:
        """Queue a job; one that is queued already runs at the earlier of the two times."""
        job = {"lane": lane, "key": key, "run_at": run_at or self._clock(), "attempts": 0, "revision": 1}
        await self._connection.execute(_DEFER, job)

    async def queued(self) -> frozenset[JobKey]:
        """Return all jobs there are."""
        rows = await self._connection.execute(select(jobs.c.lane, jobs.c.key))
        return frozenset((lane, key) for lane, key in rows)

    async def first(self, lane: Lane, limit: int) -> Sequence[Job]:
        """Return up to `limit` jobs of a lane, the longest due first, running or not."""
        return await many(self._connection, Job, _FIRST, {"of": lane, "number": limit})

    async def backlog(self) -> Sequence[tuple[Lane, int, datetime | None]]:
        """Return the lanes that have jobs, how many, and when the first of them was or is due."""
        query = select(jobs.c.lane, func.count(), func.min(jobs.c.run_at)).group_by(jobs.c.lane)
        return [(lane, count, first) for lane, count, first in await self._connection.execute(query)]

    async def finish(self, done: Sequence[Job]) -> bool:
        """Delete jobs that are done; False where one was deferred again during its run, so that it is due again."""
        if not done:
            return True
        given = [_named(job) | {"the_revision": job.revision, "the_time": job.run_at} for job in done]
        ended = await self._connection.execute(_GONE, given)
        if ended.rowcount == len(done):
            return True
        await self._connection.execute(_AGAIN, [_named(job) for job in done])
        return False

    async def postpone(self, failed: Sequence[tuple[Job, datetime]], *, tried: bool = True) -> None:
        """Run each job again at the time beside it, or when it was asked for meanwhile.

        It counts as an attempt unless nothing was `tried`.
        """
        if not failed:
            return
        told = bindparam("later", type_=jobs.c.run_at.type)
        asked_meanwhile = jobs.c.revision != bindparam("the_revision")
        run_at = case((asked_meanwhile, _earlier(jobs.c.again_at, told)), else_=told)
        later = update(jobs).where(_SAME)
        later = later.values(run_at=run_at, again_at=None, attempts=jobs.c.attempts + int(tried))
        given = [_named(job) | {"the_revision": job.revision, "later": at} for job, at in failed]
        await self._connection.execute(later, given)


def _named(job: Job) -> dict[str, Any]:
    return {"the_lane": job.lane, "the_key": job.key}
