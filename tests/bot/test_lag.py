"""How late the event loop is."""

import asyncio
import time

from bot.process.lag import LoopLag
from tests.waiting import until


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_worst_of_the_last_minute_counts():
    ticks = Ticks()
    lag = LoopLag(ticks)
    assert lag.worst() == 0.0
    for late in (0.3, 0.1, -0.01):
        lag.note(late)
        ticks.now += 25.0
    assert lag.worst() == 0.1
    ticks.now += 60.0
    assert lag.worst() == 0.0


async def test_a_blocked_loop_is_noticed():
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch(moment=0.01))
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251 - the fault that is to be noticed

    async def noticed() -> bool:
        return lag.worst() >= 0.15

    await until(noticed)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
