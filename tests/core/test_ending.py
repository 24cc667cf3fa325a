"""Tasks end when they are told to, also when they lose it the first time."""

import asyncio

from bot.core.ending import end
from tests.waiting import PATIENCE


async def test_what_each_came_to_is_returned() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async def idle() -> None:
        await asyncio.Event().wait()

    done = asyncio.get_running_loop().create_future()
    done.set_result("done")
    failed, cancelled = asyncio.create_task(fail()), asyncio.create_task(idle())
    await asyncio.wait([failed])
    first, second, third = await end([done, failed, cancelled])
    assert (first, type(second), type(third)) == ("done", ZeroDivisionError, asyncio.CancelledError)


async def test_a_task_that_loses_a_cancellation_is_told_again() -> None:
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)  # It has to have begun.
    async with asyncio.timeout(PATIENCE):
        await end([task], patience=0.01)
    assert (lost, task.cancelled()) == (3, True)


async def test_nothing_ends_at_once() -> None:
    assert await end([]) == []
