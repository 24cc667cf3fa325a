"""What only the embedded engine does: the longest due comes first, and a lost wake-up or database is made up for."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.core.errors import NotTried, Unavailable
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database, utc_now
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals
from tests.builders import note
from tests.storage.engines import Recorder, defer, drained, jobs, working
from tests.waiting import until


@pytest.fixture
async def database(sqlite_url, signals):
    async with open_database(sqlite_url, signals, utc_now, sealing=OPEN) as opened:
        yield opened


@pytest.fixture
def engines(database, signals):
    return lambda **options: SqliteEngine(database, signals, **options)


async def test_the_longest_due_comes_first(engines, database):
    work, now = Recorder(), utc_now()
    for n in (3, 1, 2):
        await defer(database, str(n), run_at=now - timedelta(seconds=10 - n))
    async with working(engines(concurrency=1), database, {Lane.ADVANCE: work}):
        await drained(database)
    assert work.keys == ["1", "2", "3"]


async def test_a_lost_wake_up_is_made_up_for(database, path):
    work = Recorder()
    async with working(SqliteEngine(database, LocalSignals()), database, {Lane.ADVANCE: work}):
        await defer(database, "a")  # The engine listens elsewhere and hears nothing of it.
        await until(lambda: work.keys == ["a"])


async def test_the_end_of_a_job_goes_with_the_next_commit(engines, database):
    work = Recorder()
    async with working(engines(linger=60), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: work.keys == ["a"] and not work.busy)
        await asyncio.sleep(0)  # Its task has ended.
        assert await jobs(database) == {"a"}
        async with database.transaction():
            pass
        assert await jobs(database) == set()


async def test_what_is_asked_for_again_waits_for_no_other_commit(engines, database):
    work = Recorder()
    async with working(engines(linger=60), database, {Lane.ADVANCE: work}):
        for times in (1, 2, 3):
            await defer(database, "a")
            await until(lambda times=times: work.keys == ["a"] * times and not work.busy)
    assert not work.overlapped


async def test_what_is_asked_for_during_a_run_waits_for_a_moment_only(engines, database):
    async def ask_again(key, n):
        if n == 1:
            await defer(database, key)

    work = Recorder(ask_again)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: work.keys == ["a", "a"])
        await drained(database)


async def write_what_no_commit_takes(database):
    async with database.transaction() as tx:
        await tx.connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        await tx.notes.add(note(conversation_id="nobody"))


async def test_a_commit_that_fails_takes_nothing_along(engines, database):
    work = Recorder()
    async with working(engines(linger=60), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: work.keys == ["a"] and not work.busy)
        with pytest.raises(IntegrityError):
            await write_what_no_commit_takes(database)
        assert await jobs(database) == {"a"}
        await defer(database, "b")
        await until(lambda: work.keys == ["a", "b"])
        assert await jobs(database) - {"b"} == set()


class Flaky:
    """A database that fails for a while."""

    def __init__(self, database):
        self._database = database
        self.down = False

    @asynccontextmanager
    async def transaction(self):
        self._check()
        async with self._database.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def snapshot(self):
        self._check()
        async with self._database.snapshot() as tx:
            yield tx

    def taking_along(self, board):
        return self._database.taking_along(board)

    def _check(self):
        if self.down:
            raise Unavailable("disk full") from OperationalError("COMMIT", {}, Exception("disk full"))


async def test_the_engine_outlives_a_failing_database(database, signals, caplog):
    flaky = Flaky(database)

    async def pull_the_plug(key, n):
        if key == "a":
            flaky.down = True

    work = Recorder(pull_the_plug)
    async with working(SqliteEngine(flaky, signals), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: "engine_without_database" in caplog.messages)
        assert await jobs(database) == {"a"}
        flaky.down = False
        await defer(database, "b")
        await drained(database)
    assert work.keys == ["a", "b"]


async def test_stopping_without_a_database_is_no_fault(database, signals, caplog):
    flaky = Flaky(database)

    async def pull_the_plug(key, n):
        flaky.down = True

    work = Recorder(pull_the_plug)
    async with working(SqliteEngine(flaky, signals), database, {Lane.ADVANCE: work}) as engine:
        await defer(database, "a")
        await until(lambda: "engine_without_database" in caplog.messages)
    assert engine.cancelled()
    assert await jobs(database) == {"a"}


async def test_what_was_not_tried_comes_back_when_it_will_be_and_counts_as_no_attempt(
    engines, database, clock, caplog
):
    async def left_alone(key, n):
        raise NotTried("left alone", retry_after=7.0)

    await defer(database, "a", run_at=clock.now)
    async with database.transaction() as tx:
        for _ in range(8):
            (job,) = await tx.jobs.first(Lane.ADVANCE, 1)
            await tx.jobs.postpone([(job, clock.now)])

    async def postponed():
        async with database.snapshot() as tx:
            (job,) = await tx.jobs.first(Lane.ADVANCE, 1)
        return (job.attempts, job.run_at) == (8, clock.now + timedelta(seconds=7))

    async with working(engines(clock=clock), database, {Lane.ADVANCE: Recorder(left_alone)}):
        await until(postponed)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_makes_no_job_wait_for_it(engines, database, clock, hours):
    work = Recorder()
    await defer(database, "a", run_at=clock.now)
    clock.advance(hours * 3600)
    async with working(engines(clock=clock), database, {Lane.ADVANCE: work}):
        await drained(database)
    assert work.keys == ["a"]


async def test_a_pause_is_still_a_pause(engines, database, clock):
    work = Recorder()
    await defer(database, "later", run_at=clock.now + timedelta(seconds=600))
    async with working(engines(clock=clock), database, {Lane.ADVANCE: work}):
        await defer(database, "now", run_at=clock.now)
        await until(lambda: work.keys == ["now"])
    assert await jobs(database) == {"later"}
