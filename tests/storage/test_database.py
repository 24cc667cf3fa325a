"""Transactions: all or nothing, and nothing is told before it is true."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bot.core.errors import Misconfigured, Unavailable
from bot.core.model import Channel
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database, utc_now
from storage.jobs import WAKE
from storage.sqlite import file_system_of, prepare
from tests.builders import AT, conversation, customer


async def fails(database, *topics):
    """Write, defer and publish in a transaction that fails."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.defer(Lane.ADVANCE, "c1")
        for topic in topics:
            tx.publish(topic)
        raise LookupError("on purpose")


async def test_a_failed_block_leaves_nothing_and_wakes_nobody(database, signals):
    async with signals.subscribe("news") as news, signals.subscribe(WAKE) as wake:
        with pytest.raises(LookupError):
            await fails(database, "news")
        async with database.snapshot() as tx:
            assert await tx.customers.find(Channel.EMAIL, customer().address) is None
            assert await tx.queue.queued() == frozenset()
        assert await news.wait(0) is False
        assert await wake.wait(0) is False


async def test_a_committed_block_wakes_whom_it_named(database, signals):
    async with signals.subscribe("news") as news, signals.subscribe("other") as other:
        async with database.transaction() as tx:
            tx.publish("news")
            assert await news.wait(0) is False
        assert await news.wait(1) is True
        assert await other.wait(0) is False


async def test_what_is_deferred_wakes_the_embedded_engine(sqlite_database, signals):
    async with signals.subscribe(WAKE) as wake:
        async with sqlite_database.transaction() as tx:
            await tx.defer(Lane.SYNC, "c1")
        assert await wake.wait(1) is True


async def test_a_snapshot_sees_one_moment_and_keeps_nothing(database):
    async with database.snapshot() as reader:
        assert await reader.customers.find(Channel.EMAIL, customer().address) is None
        async with database.transaction() as tx:
            await tx.customers.add(customer())
        assert await reader.customers.find(Channel.EMAIL, customer().address) is None
    with contextlib.suppress(DBAPIError):  # PostgreSQL would not even have it.
        async with database.snapshot() as reader:
            await reader.conversations.add(conversation())
    async with database.snapshot() as reader:
        assert await reader.customers.find(Channel.EMAIL, customer().address) == customer()
        assert await reader.conversations.get(conversation().id) is None


async def test_many_writers_at_once_lose_nothing(database):
    async def count(n):
        async with database.transaction() as tx:
            await tx.chat.append("ada", "message", {}, key=str(n), at=AT)

    await asyncio.gather(*(count(n) for n in range(40)))
    async with database.snapshot() as tx:
        assert await tx.chat.last_seq("ada") == 40


async def test_a_cancelled_writer_lets_the_next_one_in(database):
    started = asyncio.Event()

    async def hang():
        async with database.transaction() as tx:
            await tx.customers.add(customer())
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    async with database.transaction() as tx:
        assert await tx.customers.find(Channel.EMAIL, customer().address) is None


@pytest.fixture
def empty_url(request, backend, tmp_path):
    """A database that nobody has migrated."""
    if backend == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


async def test_a_database_that_fails_is_unavailable(empty_url, signals):
    missing = 'no such table: conversations|relation "conversations" does not exist$'
    async with open_database(empty_url, signals, sealing=OPEN) as database:
        with pytest.raises(Unavailable, match=missing):
            async with database.transaction() as tx:
                await tx.conversations.get("x")
        with pytest.raises(Unavailable, match=missing):
            async with database.snapshot() as tx:
                await tx.conversations.get("x")


async def test_times_come_back_aware_in_utc(database):
    there = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-7)))
    async with database.transaction() as tx:
        await tx.customers.add(customer(created_at=there))
        back = (await tx.customers.find(Channel.EMAIL, customer().address)).created_at
    assert (back, back.tzinfo) == (there, UTC)


async def test_a_customer_may_have_no_birthday(database):
    async with database.transaction() as tx:
        assert (await tx.customers.add(customer(created_at=None))).created_at is None


async def test_a_time_without_a_zone_is_refused(database):
    naive = utc_now().replace(tzinfo=None)
    with pytest.raises(Exception, match="without a time zone"):
        async with database.transaction() as tx:
            await tx.customers.add(customer(created_at=naive))


async def test_sqlite_is_set_to_survive(sqlite_database):
    async with sqlite_database.snapshot() as tx:
        raw = await tx.connection.get_raw_connection()
        driver = raw.driver_connection
        pragmas = {}
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
            pragmas[name] = (await driver.execute_fetchall(f"PRAGMA {name}"))[0][0]
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}


async def test_in_memory_readers_and_writers_take_turns(signals):
    async with open_database("sqlite+aiosqlite://", signals, sealing=OPEN) as database:

        async def write(n):
            async with database.transaction() as tx:
                await tx.chat.append("ada", "message", {}, key=str(n), at=AT)

        async def read():
            async with database.snapshot() as tx:
                return await tx.chat.last_seq("ada")

        await asyncio.gather(*(one for n in range(10) for one in (write(n), read())))
        assert await read() == 10


async def test_the_directory_is_made(tmp_path, signals):
    file = tmp_path / "deep" / "er" / "x.db"
    async with open_database(f"sqlite:///{file}", signals, sealing=OPEN):
        assert file.exists()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "not a database URL"),
        ("not a url", "not a database URL"),
        ("mysql://host/db", "not supported"),
        ("sqlite+aiosqlite:///{dir}", "cannot be written"),
        ("sqlite+aiosqlite:///{dir}/file/below/x.db", "cannot be made"),
        ("sqlite+aiosqlite:///{dir}/file", "cannot be opened"),
    ],
)
async def test_an_unusable_place_is_named(tmp_path, signals, url, complaint):
    (tmp_path / "file").write_text("This is no database, but it is long enough to be taken for a header." * 9)
    with pytest.raises(Misconfigured, match=complaint):
        async with open_database(url.format(dir=tmp_path), signals, sealing=OPEN):
            pass


async def test_a_server_that_is_not_there_may_come(tmp_path, signals):
    with pytest.raises(Unavailable, match="cannot be reached"):
        async with open_database(f"postgresql+psycopg://postgres@/db?host={tmp_path}", signals, sealing=OPEN):
            pass


def test_a_network_file_system_is_refused(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/export {tmp_path} nfs4 rw 0 0\ngarbage\n\n")
    with pytest.raises(Misconfigured, match=r"network file system \(nfs4\)"):
        prepare(tmp_path / "x.db", mounts)
    prepare(tmp_path / "x.db", tmp_path / "no-such-file")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home/ada/x", "ext4"), ("/mnt/my disk/x", "cifs"), ("/mnt/my diskette", "ext4"), ("/proc/1", "proc")],
)
def test_the_nearest_mount_counts(path, kind):
    mounts = "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n//nas/s /mnt/my\\040disk cifs rw 0 0\n"
    assert file_system_of(Path(path), mounts) == kind


def test_the_machine_tells_the_time_in_utc():
    assert utc_now().tzinfo is UTC
