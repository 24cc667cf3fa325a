"""The embedded engine: every job is worked off, one per key at a time, whatever happens."""

import asyncio
import logging
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy.exc import OperationalError

from bot.core.errors import NotTried, OutcomeUnknown, Refused, Unavailable
from bot.core.ports.engine import Lane
from storage.database import open_database, utc_now
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals

REPOSITORY = Path(__file__).parents[2]


class Recorder:
    """A handler that notes its runs and does what a test tells it to."""

    def __init__(self, behaviour=None):
        self.runs = []
        self.busy = set()
        self.overlapped = False
        self.peak = 0
        self._behaviour = behaviour

    async def __call__(self, key, *, retried):
        self.overlapped |= key in self.busy
        self.busy.add(key)
        self.peak = max(self.peak, len(self.busy))
        self.runs.append((key, retried))
        try:
            if self._behaviour:
                await self._behaviour(key, len([run for run in self.runs if run[0] == key]))
        finally:
            self.busy.discard(key)

    @property
    def keys(self):
        return [key for key, _ in self.runs]


@pytest.fixture
async def database(url, signals):
    async with open_database(url, signals, utc_now) as opened:
        yield opened


@asynccontextmanager
async def working(database, signals, handlers, **options):
    """Run an engine for as long as the block lasts; it has begun to work when the block begins."""
    begun = Recorder()
    await defer(database, "begin", lane=Lane.SYNC, run_at=datetime(2000, 1, 1, tzinfo=UTC))
    engine = SqliteEngine(database, signals, **options)
    task = asyncio.create_task(engine.run({Lane.SYNC: begun, **handlers}))
    try:
        await until(lambda: begun.keys)
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def defer(database, *keys, lane=Lane.ADVANCE, run_at=None):
    async with database.transaction() as tx:
        for key in keys:
            await tx.defer(lane, key, run_at)


async def until(condition, seconds=10.0):
    """Wait until a condition holds."""
    deadline = monotonic() + seconds
    while not (await condition() if asyncio.iscoroutinefunction(condition) else condition()):
        assert monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


async def jobs(database):
    async with database.snapshot() as tx:
        return {key for lane, key in await tx.jobs.queued() if lane is not Lane.SYNC}


async def drained(database):
    async def empty():
        return not await jobs(database)

    await until(empty)


async def test_a_deferred_job_runs_once_and_is_gone(database, signals):
    work = Recorder()
    async with working(database, signals, {Lane.ADVANCE: work}):
        await defer(database, "a", "b")
        await drained(database)
    assert sorted(work.runs) == [("a", False), ("b", False)]


async def test_lanes_have_their_own_handlers(database, signals):
    advance, show = Recorder(), Recorder()
    async with working(database, signals, {Lane.ADVANCE: advance, Lane.SHOW: show}):
        await defer(database, "a")
        await defer(database, "a", lane=Lane.SHOW)
        await drained(database)
    assert (advance.keys, show.keys) == (["a"], ["a"])


async def test_a_lane_without_a_handler_waits(database, signals):
    advance = Recorder()
    async with working(database, signals, {Lane.ADVANCE: advance}):
        await defer(database, "later", lane=Lane.SHOW)
        await defer(database, "a")
        await until(lambda: advance.keys == ["a"])
    assert await jobs(database) == {"later"}


async def test_the_longest_due_comes_first(database, signals):
    work, now = Recorder(), utc_now()
    for n in (3, 1, 2):
        await defer(database, str(n), run_at=now - timedelta(seconds=10 - n))
    async with working(database, signals, {Lane.ADVANCE: work}, concurrency=1):
        await drained(database)
    assert work.keys == ["1", "2", "3"]


async def test_a_later_time_is_waited_for(database, signals):
    seen = {}

    async def note(key, n):
        seen[key] = utc_now()

    work, due = Recorder(note), utc_now() + timedelta(seconds=0.2)
    async with working(database, signals, {Lane.ADVANCE: work}):
        async with database.transaction() as tx:
            await tx.defer(Lane.ADVANCE, "later", due)
            await tx.defer(Lane.ADVANCE, "now", utc_now() - timedelta(seconds=60))
        await drained(database)
    assert work.keys == ["now", "later"]
    assert seen["later"] >= due


async def test_at_most_so_many_run_at_once(database, signals):
    go = asyncio.Event()
    work = Recorder(lambda key, n: go.wait())
    await defer(database, *(str(n) for n in range(12)))
    async with working(database, signals, {Lane.ADVANCE: work}, concurrency=4):
        await until(lambda: work.peak == 4)
        go.set()
        await drained(database)
    assert work.peak == 4
    assert len(work.runs) == 12


async def test_a_full_lane_does_not_stop_another(database, signals):
    go = asyncio.Event()
    slow, quick = Recorder(lambda key, n: go.wait()), Recorder()
    await defer(database, *(str(n) for n in range(5)), lane=Lane.SHOW)
    async with working(database, signals, {Lane.SHOW: slow, Lane.ADVANCE: quick}, concurrency=4):
        await until(lambda: slow.peak == 1)
        await defer(database, "a")
        await until(lambda: quick.keys == ["a"])
        go.set()
        await drained(database)


async def test_a_key_deferred_during_its_run_runs_again_afterwards(database, signals):
    async def again(key, n):
        if (key, n) == ("a", 1):
            await defer(database, "a")
            await defer(database, "other")
            await until(lambda: "other" in work.keys)

    work = Recorder(again)
    async with working(database, signals, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.keys == ["a", "other", "a"]
    assert not work.overlapped


async def test_a_job_that_asks_for_later_is_not_run_in_between(database, signals):
    times = []

    async def snooze(key, n):
        times.append(utc_now())
        if n == 1:
            await defer(database, key, run_at=times[0] + timedelta(seconds=0.3))

    work = Recorder(snooze)
    async with working(database, signals, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.keys == ["a", "a"]
    assert times[1] - times[0] >= timedelta(seconds=0.3)


async def test_many_keys_deferred_over_and_over_never_overlap(database, signals):
    async def some_work(key, n):
        await asyncio.sleep(0)

    work = Recorder(some_work)
    async with working(database, signals, {Lane.ADVANCE: work}):
        await asyncio.gather(*(defer(database, "a", "b", "c") for _ in range(25)))
        await drained(database)
    assert set(work.keys) == {"a", "b", "c"}
    assert not work.overlapped


async def test_an_unavailable_far_side_is_tried_again_when_it_said(database, signals, caplog):
    times = []

    async def busy(key, n):
        times.append(utc_now())
        if n == 1:
            raise Unavailable("busy", retry_after=0.2)

    work = Recorder(busy)
    async with working(database, signals, {Lane.ADVANCE: work}, jitter=lambda: 0.0):
        await defer(database, "a")
        await drained(database)
    assert work.runs == [("a", False), ("a", False)]  # Nothing was left half done.
    assert times[1] - times[0] >= timedelta(seconds=0.2)
    (record,) = [record for record in caplog.records if record.msg == "job_postponed"]
    assert (record.lane, record.key, record.attempts, record.reason) == ("advance", "a", 1, "busy")


async def test_what_was_not_tried_comes_back_when_it_will_be_and_counts_as_no_attempt(
    database, signals, clock, caplog
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

    async with working(database, signals, {Lane.ADVANCE: Recorder(left_alone)}, clock=clock):
        await until(postponed)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_makes_no_job_wait_for_it(database, signals, clock, hours):
    work = Recorder()
    await defer(database, "a", run_at=clock.now)
    clock.advance(hours * 3600)
    async with working(database, signals, {Lane.ADVANCE: work}, clock=clock):
        await drained(database)
    assert work.keys == ["a"]


async def test_a_pause_is_still_a_pause(database, signals, clock):
    work = Recorder()
    await defer(database, "later", run_at=clock.now + timedelta(seconds=300))
    async with working(database, signals, {Lane.ADVANCE: work}, clock=clock):
        await defer(database, "now", run_at=clock.now)
        await until(lambda: work.keys == ["now"])
    assert await jobs(database) == {"later"}


BACKOFF = [(0, None, 1), (1, None, 2), (5, None, 32), (9, None, 300), (40, None, 300)]
LONGER_OF_BOTH = [(0, 17, 17), (5, 17, 32), (0, 1e300, 300)]
NONSENSE = [(0, float("inf"), 1), (0, float("nan"), 1), (0, float("-inf"), 1), (0, -5, 1)]


@pytest.mark.parametrize(("attempts", "told", "pause"), [*BACKOFF, *LONGER_OF_BOTH, *NONSENSE])
async def test_pauses_double_up_to_five_minutes_and_heed_what_was_told(
    database, signals, clock, attempts, told, pause
):
    async def down(key, n):
        raise Unavailable("down", retry_after=told)

    work = Recorder(down)
    await defer(database, "a", run_at=clock.now)
    async with database.transaction() as tx:
        for _ in range(attempts):
            (job,) = await tx.jobs.first(Lane.ADVANCE, 1)
            await tx.jobs.postpone([(job, clock.now)])

    async def postponed():
        async with database.snapshot() as tx:
            (job,) = await tx.jobs.first(Lane.ADVANCE, 1)
        return (job.attempts, job.run_at) == (attempts + 1, clock.now + timedelta(seconds=pause))

    async with working(database, signals, {Lane.ADVANCE: work}, clock=clock, jitter=lambda: 1.0):
        await until(postponed)
    assert len(work.runs) == 1


@pytest.mark.parametrize(
    ("error", "traced"), [(ValueError("bug"), True), (Refused("no"), False), (asyncio.CancelledError(), True)]
)
async def test_a_faulty_run_is_logged_once_and_tried_again(database, signals, caplog, error, traced):
    async def fail(key, n):
        if n == 1:
            raise error

    work = Recorder(fail)
    async with working(database, signals, {Lane.ADVANCE: work}, jitter=lambda: 0.0):
        await defer(database, "a", "b")
        await drained(database)
    assert sorted(work.runs) == [("a", False), ("a", True), ("b", False), ("b", True)]
    faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert sorted((record.lane, record.key) for record in faults) == [("advance", "a"), ("advance", "b")]
    assert [bool(record.exc_info) for record in faults] == [
        traced,
        traced,
    ]  # What others refuse is no fault of ours.


async def test_an_unknown_outcome_is_looked_into_without_alarm(database, signals, caplog):
    async def fail(key, n):
        if n == 1:
            raise OutcomeUnknown("cut")
        if n == 2:
            raise Unavailable("down")

    work = Recorder(fail)
    async with working(database, signals, {Lane.ADVANCE: work}, jitter=lambda: 0.0):
        await defer(database, "a")
        await drained(database)
        await defer(database, "a")
        await drained(database)
    # The doubt outlasts a run that could not do anything, and ends with one that was done.
    assert work.runs == [("a", False), ("a", True), ("a", True), ("a", False)]
    postponed = [(r.levelno, r.reason, r.exc_info) for r in caplog.records if r.msg == "job_postponed"]
    assert postponed == [(logging.WARNING, "cut", None), (logging.WARNING, "down", None)]


async def test_cancelling_waits_for_what_runs(database, signals):
    go = asyncio.Event()
    work = Recorder(lambda key, n: go.wait())
    async with working(database, signals, {Lane.ADVANCE: work}) as engine:
        await defer(database, "a")
        await until(lambda: work.peak == 1)
        engine.cancel()
        await defer(database, "b")
        go.set()
        await asyncio.wait([engine])
        assert engine.cancelled()
    assert work.keys == ["a"]
    assert await jobs(database) == {"b"}


async def test_what_takes_too_long_is_cancelled_and_runs_at_the_next_start(database, signals):
    work = Recorder(lambda key, n: asyncio.Event().wait())
    async with working(database, signals, {Lane.ADVANCE: work}, grace=0.05):
        await defer(database, "a")
        await until(lambda: work.peak == 1)
    assert await jobs(database) == {"a"}
    after = Recorder()
    async with working(database, signals, {Lane.ADVANCE: after}):
        await drained(database)
        await defer(database, "a")
        await drained(database)
    assert after.runs == [("a", True), ("a", False)]


async def test_a_lost_wake_up_is_made_up_for(database, path):
    work = Recorder()
    async with working(database, LocalSignals(), {Lane.ADVANCE: work}):
        await defer(database, "a")  # The engine listens elsewhere and hears nothing of it.
        await until(lambda: work.keys == ["a"])


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

    def _check(self):
        if self.down:
            raise Unavailable("disk full") from OperationalError("COMMIT", {}, Exception("disk full"))


async def test_the_engine_outlives_a_failing_database(database, signals, caplog):
    flaky = Flaky(database)

    async def pull_the_plug(key, n):
        if key == "a":
            flaky.down = True

    work = Recorder(pull_the_plug)
    async with working(flaky, signals, {Lane.ADVANCE: work}):
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
    async with working(flaky, signals, {Lane.ADVANCE: work}) as engine:
        await defer(database, "a")
        await until(lambda: "engine_without_database" in caplog.messages)
    assert engine.cancelled()
    assert await jobs(database) == {"a"}


VICTIM = """
import asyncio, os, signal, sys
from bot.core.ports.engine import Lane
from storage.database import open_database
from storage.engine.lock import single_process
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals

async def die(key, *, retried):
    if sys.argv[2] == "running":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.Event().wait()

async def main():
    signals = LocalSignals()
    async with single_process(sys.argv[1]), open_database(sys.argv[1], signals) as database:
        engine = asyncio.create_task(SqliteEngine(database, signals).run({Lane.ADVANCE: die}))
        async with database.transaction() as tx:
            await tx.defer(Lane.ADVANCE, "kept")
        if sys.argv[2] == "writing":
            async with database.transaction() as tx:
                await tx.defer(Lane.ADVANCE, "never committed")
                os.kill(os.getpid(), signal.SIGKILL)
        await engine

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["running", "writing"])
async def test_what_a_killed_process_left_is_worked_off(database, signals, url, moment):
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", VICTIM, url, moment], cwd=REPOSITORY, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    work = Recorder()
    async with working(database, signals, {Lane.ADVANCE: work}):
        await drained(database)
    assert work.runs == [("kept", True)]
