"""How fast PostgreSQL's engine works off a backlog of jobs that do nothing: `python -m benchmarks.drain URL`.

URL names an empty database that may be written to. Workers are processes; what is printed is jobs per second, from
the first start to the last end, for one worker and for two.
"""

import argparse
import asyncio
import sys
import time

from bot.core.ports.engine import Lane
from storage import migrate
from storage.database import SqlDatabase, open_database
from storage.engine.procrastinate import ProcrastinateEngine
from storage.signals import LocalSignals

_IDLE = 0.1


async def main() -> None:
    """Measure, or with --work be one of the workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="postgresql://…, an empty database")
    parser.add_argument("--jobs", type=int, default=1_000)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    if not options.work:
        await migrate.upgrade(options.url)
    async with open_database(options.url, LocalSignals()) as database:
        if options.work:
            await ProcrastinateEngine(database, options.url).run({Lane.ADVANCE: _nothing})
        for workers in options.workers:
            seconds = await _drain(database, options.url, options.jobs, workers)
            print(f"{workers} worker(s): {options.jobs / seconds:.0f} jobs/s")


async def _nothing(key: str, *, retried: bool) -> None:
    """Be done at once."""


async def _drain(database: SqlDatabase, url: str, number: int, workers: int) -> float:
    for first in range(0, number, 100):
        async with database.transaction() as tx:
            for n in range(first, min(first + 100, number)):
                await tx.defer(Lane.ADVANCE, f"job{n}")
    command = (sys.executable, "-m", "benchmarks.drain", url, "--work")
    processes = [await asyncio.create_subprocess_exec(*command) for _ in range(workers)]
    try:
        while await _left(database) == number:  # noqa: ASYNC110 - Another process works them off.
            await asyncio.sleep(_IDLE)
        begun = time.monotonic()
        while await _left(database):  # noqa: ASYNC110
            await asyncio.sleep(_IDLE)
        return time.monotonic() - begun
    finally:
        for process in processes:
            process.terminate()
            await process.wait()


async def _left(database: SqlDatabase) -> int:
    async with database.snapshot() as tx:
        return len(await tx.queue.queued())


if __name__ == "__main__":
    asyncio.run(main())
