"""Wake-ups: none is lost, none is invented."""

import asyncio

from storage.signals import LocalSignals


async def test_a_publication_wakes_all_subscribers_of_its_topic():
    signals = LocalSignals()
    async with signals.subscribe("a") as one, signals.subscribe("a") as two, signals.subscribe("b") as other:
        waiting = [asyncio.create_task(one.wait(5)), asyncio.create_task(two.wait(5))]
        await asyncio.sleep(0)
        signals.publish("a")
        assert await asyncio.gather(*waiting) == [True, True]
        assert await other.wait(0) is False


async def test_a_publication_between_two_waits_is_not_lost():
    signals = LocalSignals()
    async with signals.subscribe("a") as subscription:
        signals.publish("a")
        signals.publish("a")
        assert await subscription.wait(0.01) is True
        assert await subscription.wait(0) is False
        signals.publish("a")
        assert await subscription.wait() is True


async def test_nobody_listens():
    signals = LocalSignals()
    signals.publish("a")
    async with signals.subscribe("a") as late:
        assert await late.wait(0) is False
    async with signals.subscribe("a") as first:
        async with signals.subscribe("a"):
            pass
        signals.publish("a")
        assert await first.wait(0.01) is True
