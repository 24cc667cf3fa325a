"""One process per database."""

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from storage.engine.lock import single_process

REPOSITORY = Path(__file__).parents[2]
HOLDER = """
import asyncio, sys
from storage.engine.lock import single_process

async def main():
    async with single_process(sys.argv[1]):
        print("locked", flush=True)
        sys.stdin.read()

asyncio.run(main())
"""


@pytest.fixture
async def holder(sqlite_url):
    """Another process that holds the lock."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLDER,
        sqlite_url,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert await process.stdout.readline() == b"locked\n"
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_second_process_is_told_who_was_first(sqlite_url, holder):
    told = f"process {holder.pid}.*threadpilot.db already.*DATABASE_URL, a demo with --state"
    with pytest.raises(Misconfigured, match=told):
        async with single_process(sqlite_url, wait=0):
            pass


async def test_a_process_that_is_ending_is_waited_for(sqlite_url, holder):
    async def enter():
        async with single_process(sqlite_url, wait=30):
            return os.getpid()

    waiting = asyncio.create_task(enter())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.1)
    holder.kill()
    assert await waiting == os.getpid()


async def test_the_lock_is_free_again_afterwards(sqlite_url):
    for _ in range(2):
        async with single_process(sqlite_url, wait=0):
            with pytest.raises(Misconfigured, match=f"process {os.getpid()}"):
                async with single_process(sqlite_url, wait=0):
                    pass


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "postgresql://host/db"])
async def test_memory_and_postgresql_need_no_lock(url):
    async with single_process(url, wait=0), single_process(url, wait=0):
        pass


async def test_another_name_of_the_same_file_is_the_same_database(tmp_path):
    real, other = tmp_path / "data" / "x.db", tmp_path / "x.db"
    real.parent.mkdir()
    other.symlink_to(real)
    async with single_process(f"sqlite+aiosqlite:///{real}"):
        with pytest.raises(Misconfigured, match="works on"):
            async with single_process(f"sqlite+aiosqlite:///{other}", wait=0):
                pass


async def test_a_lock_file_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "x.db.lock").mkdir()
    with pytest.raises(Misconfigured, match=r"x\.db\.lock cannot be opened"):
        async with single_process(f"sqlite+aiosqlite:///{tmp_path}/x.db", wait=0):
            pass


async def test_where_nothing_was_made_no_lock_file_is_left(tmp_path):
    async with single_process(f"sqlite+aiosqlite:///{tmp_path}/x.db"):
        assert (tmp_path / "x.db.lock").exists()
    assert list(tmp_path.iterdir()) == []


async def test_whoever_waited_for_a_lock_file_that_is_gone_takes_the_one_that_lies_there(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    async with AsyncExitStack() as first:
        await first.enter_async_context(single_process(url))
        second = AsyncExitStack()
        waiting = asyncio.create_task(second.enter_async_context(single_process(url, wait=30)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.1)
        await first.aclose()
        await waiting
        async with second:
            with pytest.raises(Misconfigured, match="already"):
                async with single_process(url, wait=0):
                    pass
