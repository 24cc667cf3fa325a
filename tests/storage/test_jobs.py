"""The embedded engine's queue as rows: deferring, finishing, postponing."""

from datetime import timedelta

import pytest

from bot.core.ports.engine import Lane
from storage.jobs import Job
from tests.builders import AT

SOON, LATER = AT + timedelta(seconds=10), AT + timedelta(seconds=60)


@pytest.fixture
def database(sqlite_database):
    return sqlite_database


async def only(database):
    """Return the one job there is."""
    async with database.snapshot() as tx:
        (job,) = await tx.jobs.first(Lane.ADVANCE, 10)
    return job


async def defer(database, *times, key="c1"):
    async with database.transaction() as tx:
        for run_at in times:
            await tx.defer(Lane.ADVANCE, key, run_at)


async def finish(database, *jobs):
    async with database.transaction() as tx:
        await tx.jobs.finish(jobs)


async def test_a_job_is_due_at_once_unless_a_time_is_given(database):
    await defer(database, None)
    assert await only(database) == Job(Lane.ADVANCE, "c1", AT, attempts=0, revision=1)


async def test_the_earlier_time_is_kept(database):
    await defer(database, LATER, SOON)
    assert (await only(database)).run_at == SOON
    await defer(database, LATER)
    assert (await only(database)).run_at == SOON
    await defer(database, None)
    assert (await only(database)).run_at == AT


async def test_jobs_come_the_longest_due_first_and_by_lane(database):
    async with database.transaction() as tx:
        await tx.defer(Lane.ADVANCE, "b", LATER)
        await tx.defer(Lane.ADVANCE, "c", SOON)
        await tx.defer(Lane.ADVANCE, "a", LATER)
        await tx.defer(Lane.SYNC, "c", AT)
        assert [job.key for job in await tx.jobs.first(Lane.ADVANCE, 10)] == ["c", "a", "b"]
        assert [job.key for job in await tx.jobs.first(Lane.ADVANCE, 2)] == ["c", "a"]
        assert await tx.jobs.queued() == {
            (Lane.ADVANCE, "a"),
            (Lane.ADVANCE, "b"),
            (Lane.ADVANCE, "c"),
            (Lane.SYNC, "c"),
        }


async def test_a_finished_job_is_gone(database):
    await defer(database, None)
    await finish(database, await only(database))
    async with database.snapshot() as tx:
        assert await tx.jobs.queued() == frozenset()


async def test_a_job_made_anew_is_not_taken_for_the_one_that_is_done(database):
    await defer(database, AT)
    done = await only(database)
    await finish(database, done)
    await defer(database, SOON)
    await finish(database, done)
    assert (await only(database)).run_at == SOON


async def test_what_was_deferred_during_the_run_waits_for_its_own_time(database):
    await defer(database, None)
    running = await only(database)
    await defer(database, LATER)
    await finish(database, running)
    again = await only(database)
    assert (again.run_at, again.attempts) == (LATER, 0)
    await finish(database, again)
    async with database.snapshot() as tx:
        assert await tx.jobs.queued() == frozenset()


async def test_a_postponed_job_counts_its_attempts_and_may_be_hurried(database):
    await defer(database, None)
    for attempts in (1, 2):
        async with database.transaction() as tx:
            await tx.jobs.postpone([(await only(database), LATER)])
        postponed = await only(database)
        assert (postponed.run_at, postponed.attempts) == (LATER, attempts)
    await defer(database, None)
    hurried = await only(database)
    assert (hurried.run_at, hurried.attempts) == (AT, 2)


async def test_nothing_to_finish_is_nothing_to_do(database):
    await defer(database, None)
    async with database.transaction() as tx:
        await tx.jobs.finish([])
        await tx.jobs.postpone([])
    assert (await only(database)).revision == 1


async def test_what_was_deferred_during_a_run_that_failed_keeps_its_time(database):
    await defer(database, None)
    running = await only(database)
    await defer(database, SOON)
    async with database.transaction() as tx:
        await tx.jobs.postpone([(running, LATER)])
    again = await only(database)
    assert (again.run_at, again.attempts) == (SOON, 1)
    async with database.transaction() as tx:
        await tx.jobs.postpone([(again, LATER)])
    assert (await only(database)).run_at == LATER


async def test_what_was_deferred_twice_before_a_run_waits_as_long_as_the_failure_says(database):
    await defer(database, None, None)
    async with database.transaction() as tx:
        await tx.jobs.postpone([(await only(database), LATER)])
    assert (await only(database)).run_at == LATER
