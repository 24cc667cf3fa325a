"""What only the engine on PostgreSQL does: several processes share the work, and one that dies is made up for."""

import asyncio
import contextlib
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, select, text
from sqlalchemy import table as sql_table

from bot.core.errors import NotStored
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database, utc_now
from storage.engine.procrastinate import ProcrastinateEngine
from tests.storage.engines import Recorder, defer, drained, working
from tests.waiting import until

REPOSITORY = Path(__file__).parents[2]
QUICK = {"stalled_after": 1.0}
WORKER = """
import asyncio, sys
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database
from storage.engine.procrastinate import ProcrastinateEngine
from storage.signals import LocalSignals

url, output = sys.argv[1:]

async def work(key, *, retried):
    with open(output, "a") as file:
        file.write(f"{key} {retried} begun\\n")
    await asyncio.sleep(0.1)
    with open(output, "a") as file:
        file.write(f"{key} {retried} done\\n")

async def main():
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        engine = ProcrastinateEngine(database, url, stalled_after=1.0)
        await engine.run({Lane.ADVANCE: work})

asyncio.run(main())
"""


@pytest.fixture
async def database(postgres_url, signals):
    async with open_database(postgres_url, signals, utc_now, sealing=OPEN) as opened:
        yield opened


@pytest.fixture
def engines(database, postgres_url):
    return lambda **options: ProcrastinateEngine(database, postgres_url, **{**QUICK, **options})


async def test_a_survivor_works_off_what_a_killed_process_left(database, postgres_url, tmp_path):
    """Two processes, one of them killed in the middle: every job is done, per key one at a time."""
    output = tmp_path / "runs"
    arguments = (sys.executable, "-c", WORKER, postgres_url, str(output))
    victim, survivor = [await asyncio.create_subprocess_exec(*arguments, cwd=REPOSITORY) for _ in range(2)]
    try:
        keys = [f"k{n}" for n in range(80)]
        await defer(database, *keys)
        await until(lambda: output.exists() and output.read_text().count("begun") > 20)
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        await drained(database)
    finally:
        survivor.terminate()
        await survivor.wait()
    lines = [line.split() for line in output.read_text().splitlines()]
    begun = [(key, retried) for key, retried, what in lines if what == "begun"]
    done = [key for key, _, what in lines if what == "done"]
    assert set(done) == set(keys)
    again = [key for key, retried in begun if retried == "True"]
    # What was cut short is run again, and told so; nothing else is.
    whole = [key for key, _ in begun if key not in again]
    assert sorted(whole) == sorted(set(keys) - set(again))
    assert len(again) <= 16


async def test_the_engine_survives_a_restart_of_the_database(engines, database, postgres_server, caplog):
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "before")
        await until(lambda: work.keys == ["before"])
        await asyncio.to_thread(postgres_server.restart)
        await until(lambda: "engine_without_database" in caplog.messages)
        await until_deferred(database, "after")
        await until(lambda: "after" in work.keys)
    assert set(work.keys) == {"before", "after"}


async def until_deferred(database, key):
    """Try again as whoever sends us something does: a connection of before the restart is refused once."""
    for _ in range(20):
        with contextlib.suppress(NotStored):
            return await defer(database, key)
    raise AssertionError("the database never came back")


async def test_a_run_whose_end_the_database_did_not_hear_of_is_run_again(engines, database, postgres_server):
    """Everything that the engine says to the database is lost for a moment, while a job runs."""
    go = asyncio.Event()

    async def wait_once(key, n):
        if n == 1:
            await go.wait()

    work = Recorder(wait_once)
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a")
        await until(lambda: work.peak == 1)
        # Its end is refused, as by a connection that breaks at that moment.
        async with database.transaction() as tx:
            await tx.connection.execute(text(REFUSE))
        go.set()
        await until(lambda: not work.busy)
        async with database.transaction() as tx:
            await tx.connection.execute(text("DROP TRIGGER refuse ON procrastinate_jobs"))
        await until(lambda: len(work.runs) == 2)
        await drained(database)
    assert work.runs == [("a", False), ("a", True)]


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def waiting(database):
    async with database.snapshot() as tx:
        rows = await tx.connection.execute(
            text(
                "SELECT args ->> 'key', scheduled_at FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
            )
        )
        return [tuple(row) for row in rows]


async def test_one_job_per_key_waits_for_the_earliest_time(database):
    soon, later = utc_now() + timedelta(minutes=1), utc_now() + timedelta(hours=1)
    await defer(database, "a", run_at=later)
    await defer(database, "a", run_at=soon)
    await defer(database, "a", run_at=later)
    assert await waiting(database) == [("a", soon)]
    await defer(database, "a")
    await defer(database, "a", run_at=soon)
    assert await waiting(database) == [("a", None)]


async def test_many_who_defer_the_same_key_at_once_make_one_job(database):
    later = utc_now() + timedelta(hours=1)
    await asyncio.gather(*(defer(database, "a", "b", run_at=later) for _ in range(12)))
    assert [key for key, _ in await waiting(database)] == ["a", "b"]


async def test_nothing_is_kept_of_what_is_done(engines, database):
    work = Recorder()
    async with working(engines(), database, {Lane.ADVANCE: work}):
        await defer(database, "a", "b")
        await drained(database)
    async with database.snapshot() as tx:
        for table in ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers"):
            assert list(await tx.connection.execute(select(column("id")).select_from(sql_table(table)))) == []
