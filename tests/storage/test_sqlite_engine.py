"""What only the embedded engine does: the longest due comes first, and a lost wake-up or database is made up for."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.core.errors import Unavailable
from bot.core.ports.engine import Lane
from storage.database import open_database, utc_now
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals
from tests.storage.engines import Recorder, defer, drained, jobs, until, working


@pytest.fixture
async def database(sqlite_url, signals):
    async with open_database(sqlite_url, signals, utc_now) as opened:
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
