"""Whatever the engine: every job is worked off, one per key at a time, whatever happens.

The same tests run over both engines. What only one of them does stands in a file of its own.
"""

import asyncio
import logging
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database, utc_now
from storage.engine.procrastinate import ProcrastinateEngine
from storage.engine.sqlite import SqliteEngine
from tests.builders import conversation, customer
from tests.storage.engines import Recorder, defer, drained, jobs, working
from tests.waiting import until

REPOSITORY = Path(__file__).parents[2]
# How soon a process is taken for dead, where a test waits for it.
QUICK = {"stalled_after": 1.0}


@pytest.fixture
async def database(url, signals):
    async with open_database(url, signals, utc_now, sealing=OPEN) as opened:
        yield opened


@pytest.fixture
def engines(backend, url, database, signals):
    """Make engines for the database of the test."""

    def make(**options):
        if backend == "sqlite":
            return SqliteEngine(database, signals, **options)
        return ProcrastinateEngine(database, url, **QUICK, **options)

    return make


async def test_a_deferred_job_runs_once_and_is_gone(engines, database):
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a", "b")
        await drained(database)
    assert sorted(work.runs) == [("a", False), ("b", False)]


async def test_lanes_have_their_own_handlers(engines, database):
    advance, show = Recorder(), Recorder()
    async with working(engines(), database, {Lane.ADVANCE: advance, Lane.SYNC: show}):
        await defer(database, "a")
        await defer(database, "a", lane=Lane.SYNC)
        await drained(database)
    assert (advance.keys, show.keys) == (["a"], ["a"])


async def test_a_lane_without_a_handler_waits(engines, database):
    advance = Recorder()
    await defer(database, "later", lane=Lane.SYNC)
    await defer(database, "a")
    running = asyncio.create_task(engines().run({Lane.ADVANCE: advance}))
    await until(lambda: advance.keys == ["a"])
    running.cancel()
    await asyncio.wait([running])
    assert await jobs(database) == {"later"}


async def test_a_later_time_is_waited_for(engines, database):
    seen = {}

    async def note(key, n):
        seen[key] = utc_now()

    work, due = Recorder(note), utc_now() + timedelta(seconds=0.2)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        async with database.transaction() as tx:
            await tx.defer(Lane.ADVANCE, "now", utc_now() - timedelta(seconds=60))
            await tx.defer(Lane.ADVANCE, "later", due)
        await drained(database)
    assert work.keys == ["now", "later"]
    assert seen["later"] >= due


async def test_at_most_so_many_run_at_once(engines, database):
    go = asyncio.Event()
    work = Recorder(lambda key, n: go.wait())
    await defer(database, *(str(n) for n in range(12)))
    async with working(engines(concurrency=4), database, {Lane.ADVANCE: work}):
        await until(lambda: work.peak == 4)
        go.set()
        await drained(database)
    assert work.peak == 4
    assert len(work.runs) == 12


async def test_a_full_lane_does_not_stop_another(engines, database):
    go = asyncio.Event()
    slow, quick = Recorder(lambda key, n: go.wait()), Recorder()
    async with working(engines(concurrency=4), database, {Lane.SYNC: slow, Lane.ADVANCE: quick}):
        await defer(database, *(str(n) for n in range(5)), lane=Lane.SYNC)
        await until(lambda: slow.peak == 1)
        await defer(database, "a")
        await until(lambda: quick.keys == ["a"])
        go.set()
        await drained(database)


async def test_a_key_deferred_during_its_run_runs_again_afterwards(engines, database):
    async def again(key, n):
        if (key, n) == ("a", 1):
            await defer(database, "a")
            await defer(database, "other")
            await until(lambda: "other" in work.keys)

    work = Recorder(again)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.keys == ["a", "other", "a"]
    assert not work.overlapped


async def test_a_job_that_asks_for_later_is_not_run_in_between(engines, database):
    times = []

    async def snooze(key, n):
        times.append(utc_now())
        if n == 1:
            await defer(database, key, run_at=times[0] + timedelta(seconds=0.3))

    work = Recorder(snooze)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.keys == ["a", "a"]
    assert times[1] - times[0] >= timedelta(seconds=0.3)


async def test_many_keys_deferred_over_and_over_never_overlap(engines, database):
    async def some_work(key, n):
        await asyncio.sleep(0)

    work = Recorder(some_work)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await asyncio.gather(*(defer(database, "a", "b", "c") for _ in range(25)))
        await drained(database)
    assert set(work.keys) == {"a", "b", "c"}
    assert not work.overlapped


async def test_an_unavailable_far_side_is_tried_again_when_it_said(engines, database, caplog):
    times = []

    async def busy(key, n):
        times.append(utc_now())
        if n == 1:
            raise Unavailable("busy", retry_after=0.2)

    work = Recorder(busy)
    async with working(engines(jitter=lambda: 0.0), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.runs == [("a", False), ("a", False)]  # Nothing was left half done.
    assert times[1] - times[0] >= timedelta(seconds=0.2)
    (record,) = [record for record in caplog.records if record.msg == "job_postponed"]
    assert (record.lane, record.key, record.attempts, record.reason) == ("advance", "a", 1, "busy")


@pytest.mark.parametrize(
    ("error", "traced"), [(ValueError("bug"), True), (Refused("no"), False), (asyncio.CancelledError(), True)]
)
async def test_a_faulty_run_is_logged_once_and_tried_again(engines, database, caplog, error, traced):
    async def fail(key, n):
        if n == 1:
            raise error

    work = Recorder(fail)
    async with working(engines(jitter=lambda: 0.0), database, {Lane.ADVANCE: work}):
        await defer(database, "a", "b")
        await drained(database)
    assert sorted(work.runs) == [("a", False), ("a", True), ("b", False), ("b", True)]
    faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert sorted((record.lane, record.key) for record in faults) == [("advance", "a"), ("advance", "b")]
    assert [bool(record.exc_info) for record in faults] == [
        traced,
        traced,
    ]  # What others refuse is no fault of ours.


async def test_an_unknown_outcome_is_looked_into_without_alarm(engines, database, caplog):
    async def fail(key, n):
        if n == 1:
            raise OutcomeUnknown("cut")
        if n == 2:
            raise Unavailable("down")

    work = Recorder(fail)
    async with working(engines(jitter=lambda: 0.0), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
        await defer(database, "a")
        await drained(database)
    # The doubt outlasts a run that could not do anything, and ends with one that was done.
    assert work.runs == [("a", False), ("a", True), ("a", True), ("a", False)]
    postponed = [(r.levelno, r.reason, r.exc_info) for r in caplog.records if r.msg == "job_postponed"]
    assert postponed == [(logging.WARNING, "cut", None), (logging.WARNING, "down", None)]


async def test_cancelling_waits_for_what_runs(engines, database):
    go = asyncio.Event()
    work = Recorder(lambda key, n: go.wait())
    async with working(engines(), database, {Lane.ADVANCE: work}) as engine:
        await defer(database, "a")
        await until(lambda: work.peak == 1)
        engine.cancel()
        await defer(database, "b")
        go.set()
        await asyncio.wait([engine])
        assert engine.cancelled(), repr(engine.exception())
    assert work.keys == ["a"]
    assert await jobs(database) == {"b"}


async def test_what_takes_too_long_is_cancelled_and_runs_at_the_next_start(engines, database):
    work = Recorder(lambda key, n: asyncio.Event().wait())
    async with working(engines(grace=0.05), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: work.peak == 1)
    assert await jobs(database) == {"a"}
    after = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: after}):
        await drained(database)
        await defer(database, "a")
        await drained(database)
    assert after.runs == [("a", True), ("a", False)]


async def test_jobs_run_in_the_order_in_which_they_were_queued(engines, database):
    work = Recorder()
    for key in ("c", "a", "b"):
        await defer(database, key)
    async with working(engines(concurrency=1), database, {Lane.ADVANCE: work}):
        await drained(database)
    assert work.keys == ["c", "a", "b"]


async def test_what_was_not_committed_does_not_run(engines, database):
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        with pytest.raises(LookupError):
            await takes_it_back(database, "a")
        await defer(database, "b")
        await drained(database)
    assert work.keys == ["b"]


async def takes_it_back(database, key):
    async with database.transaction() as tx:
        await tx.defer(Lane.ADVANCE, key)
        raise LookupError("on purpose")


async def test_what_waits_for_later_runs_at_once_when_it_is_asked_for(engines, database):
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a", run_at=utc_now() + timedelta(minutes=5))
        await defer(database, "a", run_at=utc_now() + timedelta(minutes=9))
        await defer(database, "a")
        await drained(database)
    assert work.runs == [("a", False)]


async def test_what_is_asked_for_during_a_run_that_fails_is_tried_at_once(engines, database):
    async def fail(key, n):
        if n == 1:
            await defer(database, "a")
            raise Unavailable("down", retry_after=300)

    work = Recorder(fail)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await drained(database)
    assert work.runs == [("a", False), ("a", False)]


async def test_what_state_says_is_due_is_not_queued_twice(engines, database):
    """The sweep asks for what nobody has queued: neither what waits nor what runs."""
    go = asyncio.Event()
    work = Recorder(lambda key, n: go.wait())
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation(shown_version=1, identified=False))
    async with working(engines(), database, {Lane.ADVANCE: work}):
        assert await due(database) == [conversation().id]
        await defer(database, conversation().id)
        await until(lambda: work.peak == 1)
        assert await due(database) == []
        go.set()
        await drained(database)
        assert await due(database) == [conversation().id]


async def due(database):
    async with database.snapshot() as tx:
        return list(await tx.conversations.unfinished(10))


VICTIM = """
import asyncio, os, signal, sys
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database
from storage.engine.lock import single_process
from storage.engine.procrastinate import ProcrastinateEngine
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals

url, moment = sys.argv[1:]

async def die(key, *, retried):
    if moment == "running":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.Event().wait()

async def main():
    signals = LocalSignals()
    async with single_process(url), open_database(url, signals, sealing=OPEN) as database:
        on_sqlite = url.startswith("sqlite")
        engine = SqliteEngine(database, signals) if on_sqlite else ProcrastinateEngine(database, url)
        running = asyncio.create_task(engine.run({Lane.ADVANCE: die}))
        async with database.transaction() as tx:
            await tx.defer(Lane.ADVANCE, "kept")
        if moment == "writing":
            async with database.transaction() as tx:
                await tx.defer(Lane.ADVANCE, "never committed")
                os.kill(os.getpid(), signal.SIGKILL)
        await running

asyncio.run(main())
"""


async def killed(url, moment):
    process = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", VICTIM, url, moment], cwd=REPOSITORY, timeout=60, check=False
    )
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["running", "writing"])
async def test_what_a_killed_process_left_is_worked_off_at_the_next_start(engines, database, url, moment):
    await killed(url, moment)
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await drained(database)
    assert work.keys == ["kept"]
    # In the moment of writing nobody had begun to run it, or somebody had: the engine knows as much as it can.
    assert moment == "writing" or work.runs == [("kept", True)]
