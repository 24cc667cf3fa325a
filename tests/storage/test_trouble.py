"""A database that cannot be written: nothing is acknowledged, it is said once and in words, and it heals."""

import asyncio
import logging
import resource
import sqlite3
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from bot.core.errors import NotStored
from bot.core.model import Channel
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage import database as module
from storage.database import SqlDatabase, open_database
from storage.engine.sqlite import SqliteEngine
from storage.sqlite import sqlite_engine
from storage.trouble import explain
from storage.urls import parse
from tests.builders import AT, customer
from tests.waiting import PATIENCE, until


@pytest.fixture
def url(sqlite_url):
    return sqlite_url


async def write(database, name="a", size=10):
    async with database.transaction() as tx:
        await tx.chat.append(name, "message", {"text": "x" * size}, key="k", at=AT)


async def written(database, name="a"):
    async with database.snapshot() as tx:
        return await tx.chat.last_seq(name)


@contextmanager
def full_disk(path):
    """No file of this process may grow beyond what the database has: as on a disk without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def outages(caplog):
    return [(r.msg, r.levelname) for r in caplog.records if r.msg.startswith("database_")]


async def test_a_full_disk_keeps_nothing_is_said_once_and_heals(database, path, caplog):
    caplog.set_level(logging.INFO)
    await write(database, "before")
    with full_disk(path):
        for _ in range(3):
            with pytest.raises(NotStored, match="disk"):
                await write(database, "lost", size=200_000)
        with pytest.raises(NotStored, match="disk"):
            await database.check()
    assert await written(database, "lost") == 0
    assert await written(database, "before") == 1
    await write(database, "after")
    await database.check()
    assert outages(caplog) == [("database_down", "ERROR"), ("database_back", "INFO")]


async def test_whoever_looks_finds_out_that_it_is_mended(database, path):
    with full_disk(path), pytest.raises(NotStored):
        await write(database, size=200_000)
    await database.check()
    async with database.snapshot() as tx:
        assert await tx.chat.session("probe", since=AT) is None  # The looking has left no trace.


async def test_at_its_own_limit_it_names_the_cause_and_the_remedy(url, signals, clock):
    engine = sqlite_engine(parse(url))
    limit = 10_000

    @event.listens_for(engine.sync_engine, "checkout")
    def limited(connection, _record, _proxy):
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={limit}")
        cursor.close()

    database = SqlDatabase(engine, engine.execution_options(begin="IMMEDIATE"), signals, clock, sealing=OPEN)
    try:
        limit = 1
        with pytest.raises(NotStored, match=r"database or disk is full\. Make room on its disk"):
            await write(database, size=200_000)
        with pytest.raises(NotStored, match="full"):
            await database.check()
        limit = 10_000
        await database.check()
        await write(database, size=200_000)
    finally:
        await database.dispose()


async def test_a_file_that_may_only_be_read(path, signals, clock):
    engine = sqlite_engine(parse(f"sqlite+aiosqlite:///{path}"))
    read_only = True

    @event.listens_for(engine.sync_engine, "checkout")
    def limited(connection, _record, _proxy):
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA query_only={read_only}")
        cursor.close()

    database = SqlDatabase(engine, engine.execution_options(begin="IMMEDIATE"), signals, clock, sealing=OPEN)
    try:
        with pytest.raises(NotStored, match=r"readonly database\. Give threadpilot the right to write"):
            await write(database)
        read_only = False
        await database.check()
        await write(database)
    finally:
        await database.dispose()


async def test_another_program_that_keeps_it_locked_is_named(database, path):
    await write(database)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(NotStored, match=r"locked\. Another program keeps it locked: end that program"):
            await write(database, "b")
        async with database.snapshot() as tx:  # What is only read goes on.
            assert await tx.customers.find(Channel.EMAIL, customer().address) is None
    finally:
        other.execute("ROLLBACK")
        other.close()
    await write(database, "b")
    assert await written(database, "b") == 1


async def test_nobody_waits_for_ever_for_a_turn_to_write(url, signals, clock):
    async with open_database(url, signals, clock, patience=0.05, sealing=OPEN) as database:
        inside, go = asyncio.Event(), asyncio.Event()

        async def slow():
            async with database.transaction():
                inside.set()
                await go.wait()

        slow_one = asyncio.create_task(slow())
        await inside.wait()
        with pytest.raises(NotStored, match="too busy"):
            await write(database)
        go.set()
        await slow_one
        await write(database)


async def test_the_engine_goes_on_when_there_is_room_again(database, path, signals, caplog):
    done = asyncio.Event()

    async def work(key, *, retried):
        await write(database, key, size=200_000)
        done.set()

    async with database.transaction() as tx:
        await tx.defer(Lane.ADVANCE, "c1")
    engine = SqliteEngine(database, signals, clock=module.utc_now, jitter=lambda: 0.0)
    with full_disk(path):
        running = asyncio.create_task(engine.run({Lane.ADVANCE: work}))
        await until(lambda: ("database_down", "ERROR") in outages(caplog))
        assert not done.is_set()
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [record.msg for record in caplog.records if record.levelno >= logging.WARNING].count(
        "database_down"
    ) == 1


def test_what_nobody_foresaw_is_said_in_the_drivers_words():
    assert explain(ValueError("no such table: x")) == "The database failed: no such table: x"
