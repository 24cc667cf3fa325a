"""The clockwork goes on, whatever becomes of the machine's clock."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES

from bot.core.errors import NotStored
from bot.process import logs
from bot.process.schedule import scheduled
from tests.waiting import PATIENCE


@pytest.mark.parametrize("hours", [-1, 1])
async def test_it_sweeps_on_after_the_clock_was_set(hours):
    swept = asyncio.Event()

    async def sweep() -> None:
        swept.set()

    async with scheduled(sweep, 0.05) as scheduler, asyncio.timeout(PATIENCE):
        await swept.wait()
        # What a clock set by `hours` makes of the time at which the next sweep is due.
        (job,) = scheduler.get_jobs()
        job.modify(next_run_time=datetime.now(UTC) - timedelta(hours=hours))
        swept.clear()
        await swept.wait()
        swept.clear()
        await swept.wait()


async def test_an_outage_of_the_database_is_not_said_again_at_every_sweep(caplog):
    swept, times = asyncio.Event(), 0

    async def sweep() -> None:
        nonlocal times
        times += 1
        if times == 2:
            swept.set()
        raise NotStored("disk full")

    async with scheduled(sweep, 0.05), asyncio.timeout(PATIENCE):
        await swept.wait()
    assert not caplog.records


@pytest.mark.usefixtures("logging_kept")
async def test_a_tick_that_finds_the_last_one_at_work_is_skipped_without_a_warning(capsys):
    logs.configure(logging.DEBUG)
    started, skipped, done = 0, asyncio.Event(), asyncio.Event()

    async def sweep() -> None:
        nonlocal started
        started += 1
        await done.wait()

    async with scheduled(sweep, 0.02) as scheduler, asyncio.timeout(PATIENCE):
        scheduler.add_listener(lambda _: skipped.set(), EVENT_JOB_MAX_INSTANCES)
        await skipped.wait()
        assert started == 1
        done.set()
    said = capsys.readouterr().err
    assert "DEBUG bot.process.schedule tick_skipped seconds=0.02" in said
    assert "WARNING" not in said
