"""The gate: calls go out at a pace, and whoever would wait for long is told when to come back."""

import asyncio

import pytest

from bot.core.errors import Unavailable
from integrations.slack.gate import FREE, PATIENCE_IN_LINE, Gate, Pace
from tests.integrations.slack.fake_slack import Time

POSTS = Pace(interval=1.0, burst=5)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def gate(time: Time) -> Gate:
    return Gate(time, time.sleep)


async def turned_away(gate: Gate, who: str = "") -> float:
    """Return when to come back."""
    with pytest.raises(Unavailable) as caught:
        await gate.turn("C1", POSTS, who)
    assert caught.value.retry_after is not None
    return caught.value.retry_after


async def test_a_burst_passes_at_once_and_then_one_per_interval(gate: Gate, time: Time) -> None:
    passed = []
    for _ in range(8):
        await gate.turn("C1", POSTS, "")
        passed.append(time.now - 100)
    assert passed == [0, 0, 0, 0, 0, 1, 2, 3]


async def test_a_rest_gives_the_burst_back(gate: Gate, time: Time) -> None:
    for _ in range(5):
        await gate.turn("C1", POSTS, "")
    time.now += 60
    for _ in range(5):
        await gate.turn("C1", POSTS, "")
    assert time.now == 160


async def test_each_line_is_its_own(gate: Gate, time: Time) -> None:
    for key in ("C1", "C2"):
        for _ in range(5):
            await gate.turn(key, POSTS, "")
    gate.close("C1", POSTS, 60)
    await gate.turn("C3", POSTS, "")
    assert time.now == 100


async def test_who_would_wait_long_is_sent_away_with_a_time_of_their_own() -> None:
    time, standing = Time(), asyncio.Event()

    async def stand(_: float) -> None:
        await standing.wait()

    gate = Gate(time, stand)
    in_line = [asyncio.create_task(gate.turn("C1", POSTS, "")) for _ in range(7)]
    await asyncio.sleep(0)
    assert [await turned_away(gate, who) for who in "abcab"] == [3, 4, 5, 3, 4]
    standing.set()
    await asyncio.gather(*in_line)


async def test_those_sent_away_have_their_place_when_they_come_back(gate: Gate, time: Time) -> None:
    gate.close("C1", POSTS, 10)
    told = {who: await turned_away(gate, who) for who in "abcdef"}
    assert list(told.values()) == [10, 11, 12, 13, 14, 15]
    assert await turned_away(gate, "newcomer") == 16
    for who, moment in told.items():
        time.now = 100 + moment - 0.5
        await gate.turn("C1", POSTS, who)
        assert time.now == 100 + moment


async def test_a_place_is_kept_for_a_while_and_then_lost(gate: Gate, time: Time) -> None:
    gate.close("C1", POSTS, 10)
    told = [await turned_away(gate, str(n)) for n in range(20)]
    time.now = 100 + told[0] + POSTS.slack
    await gate.turn("C1", POSTS, "0")
    assert time.now == 100 + told[0] + POSTS.slack
    time.now = 100 + told[1] + POSTS.slack + 0.1
    assert 100 + told[-1] < time.now + await turned_away(gate, "1")


async def test_closing_a_line_takes_back_what_was_told(gate: Gate, time: Time) -> None:
    gate.close("C1", POSTS, 10)
    assert [await turned_away(gate, who) for who in "ab"] == [10, 11]
    time.now += 9
    gate.close("C1", POSTS, 10)
    assert [await turned_away(gate, who) for who in "ba"] == [10, 11]


async def test_nobody_passes_a_closed_line_and_there_is_no_burst_after_it(gate: Gate, time: Time) -> None:
    gate.close("C1", POSTS, 30)
    gate.close("C1", POSTS, 1)
    time.now += 29
    passed = []
    for _ in range(3):
        await gate.turn("C1", POSTS, "")
        passed.append(time.now - 100)
    assert passed == [30, 31, 32]


async def test_a_free_line_waits_only_while_it_is_closed(gate: Gate, time: Time) -> None:
    for _ in range(100):
        await gate.turn("views.open", FREE, "")
    assert time.now == 100
    gate.close("views.open", FREE, PATIENCE_IN_LINE)
    await gate.turn("views.open", FREE, "")
    assert time.now == 100 + PATIENCE_IN_LINE


async def test_who_stands_in_line_when_it_is_closed_waits_on(time: Time) -> None:
    closings = [1.5]

    async def sleep(seconds: float) -> None:
        time.now += seconds
        if closings:
            gate.close("C1", FREE, closings.pop())

    gate = Gate(time, sleep)
    await gate.turn("C1", FREE, "")
    assert time.now == 101.5


async def test_who_stands_in_line_when_it_is_closed_for_long_is_sent_away(time: Time) -> None:
    async def sleep(seconds: float) -> None:
        time.now += seconds
        gate.close("C1", POSTS, 60)

    gate = Gate(time, sleep)
    assert await turned_away(gate) == 60


async def test_who_has_begun_may_wait_longer(gate: Gate, time: Time) -> None:
    gate.close("C1", POSTS, 20)
    assert await turned_away(gate) == 20
    await gate.turn("C1", POSTS, "", patience=30)
    assert time.now == 120
