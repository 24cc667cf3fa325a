"""What tests of an engine need around it: handlers that take notes, and ways to wait for them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.core.ports.engine import Lane
from tests.waiting import until


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


async def defer(database, *keys, lane=Lane.ADVANCE, run_at=None):
    async with database.transaction() as tx:
        for key in keys:
            await tx.defer(lane, key, run_at)


async def jobs(database):
    async with database.snapshot() as tx:
        return {key for _, key in await tx.queue.queued() if key != "begin"}


async def drained(database):
    async def empty():
        return not await jobs(database)

    await until(empty)


@asynccontextmanager
async def working(engine, database, handlers):
    """Run an engine for as long as the block lasts; it has begun to work when the block begins."""
    begun, own = Recorder(), handlers.get(Lane.SYNC)

    async def sync(key, *, retried):
        await (begun if key == "begin" or own is None else own)(key, retried=retried)

    await defer(database, "begin", lane=Lane.SYNC, run_at=datetime(2000, 1, 1, tzinfo=UTC))
    task = asyncio.create_task(engine.run({**handlers, Lane.SYNC: sync}))
    try:
        await until(lambda: begun.keys)
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
