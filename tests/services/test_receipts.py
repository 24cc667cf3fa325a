"""What was taken is known for days: longer than Slack repeats anything."""

from datetime import timedelta

from bot.services.receipts import Receipts
from tests.services.conftest import World


async def test_what_was_taken_is_known_and_forgotten_after_days(world: World) -> None:
    receipts = Receipts(world.database, world.clock)
    assert not await receipts.has("Ev1")
    await receipts.keep("Ev1")
    await receipts.keep("Ev1")
    world.clock.now += timedelta(days=1)
    await receipts.keep("Ev2")
    assert await receipts.has("Ev1")
    world.clock.now += timedelta(days=1, hours=1)
    await receipts.keep("Ev3")
    assert not await receipts.has("Ev1")
    assert await receipts.has("Ev2")
