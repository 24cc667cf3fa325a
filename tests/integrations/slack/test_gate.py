"""The gate: calls go out at a pace, and whoever would wait for long is told when to come back."""

import pytest

from bot.core.errors import Unavailable
from integrations.slack.gate import FREE, PATIENCE_IN_LINE, Gate, OneProcess, Pace
from tests.integrations.slack.fake_slack import Time

POSTS = Pace(interval=1.0, burst=5)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def gate(time: Time) -> Gate:
    return Gate(clock=time, sleep=time.sleep)


async def passes(gate: Gate, time: Time, number: int, key: str = "C1", pace: Pace = POSTS) -> list[float]:
    """Return when each of a number of calls passed."""
    passed = []
    for _ in range(number):
        await gate.turn(key, pace)
        passed.append(time.now)
    return passed


async def turned_away(gate: Gate, key: str = "C1") -> float:
    """Return after how many seconds to come back."""
    with pytest.raises(Unavailable) as caught:
        await gate.turn(key, POSTS)
    assert caught.value.retry_after is not None
    return caught.value.retry_after


async def test_a_new_line_has_no_burst(gate: Gate, time: Time) -> None:
    assert await passes(gate, time, 4) == [0, 1, 2, 3]


async def test_who_says_so_begins_with_a_burst(time: Time) -> None:
    gate = Gate(clock=time, sleep=time.sleep, rested=True)
    assert await passes(gate, time, 7) == [0, 0, 0, 0, 0, 1, 2]


async def test_a_rest_gives_a_burst_and_then_one_per_interval(gate: Gate, time: Time) -> None:
    await passes(gate, time, 1)
    time.now = 60
    assert await passes(gate, time, 8) == [60, 60, 60, 60, 60, 61, 62, 63]


async def test_no_minute_has_more_calls_than_the_pace_and_its_burst(gate: Gate, time: Time) -> None:
    await passes(gate, time, 1)
    time.now = 100
    passed = await passes(gate, time, 300)
    assert max(sum(1 for other in passed if at <= other < at + 60) for at in passed) <= 60 + POSTS.burst - 1


async def test_each_line_is_its_own(gate: Gate, time: Time) -> None:
    await gate.close("C1", POSTS, 60)
    assert await passes(gate, time, 2, "C2") == [0, 1]


async def test_who_would_wait_long_is_sent_away_and_books_nothing(time: Time) -> None:
    async def stand_still(_: float) -> None: ...

    gate = Gate(clock=time, sleep=stand_still)
    for _ in range(3):
        await gate.turn("C1", POSTS)
    assert [await turned_away(gate) for _ in range(4)] == [3, 3, 3, 3]


async def test_who_has_more_patience_waits(gate: Gate, time: Time) -> None:
    await gate.close("C1", POSTS, 20)
    assert await turned_away(gate) == 20
    await gate.turn("C1", POSTS, patience=30)
    assert time.now == 20


async def test_nobody_passes_a_closed_line_and_there_is_no_burst_after_it(gate: Gate, time: Time) -> None:
    await gate.close("C1", POSTS, 30)
    await gate.close("C1", POSTS, 1)
    time.now = 29
    assert await passes(gate, time, 3) == [30, 31, 32]


async def test_a_free_line_waits_only_while_it_is_closed(gate: Gate, time: Time) -> None:
    assert await passes(gate, time, 100, "views.open", FREE) == [0] * 100
    await gate.close("views.open", FREE, PATIENCE_IN_LINE)
    assert await passes(gate, time, 1, "views.open", FREE) == [PATIENCE_IN_LINE]


async def test_who_stands_in_line_when_it_is_closed_waits_on(time: Time) -> None:
    closings = [1.5]

    async def sleep(seconds: float) -> None:
        time.now += seconds
        if closings:
            await gate.close("C1", POSTS, closings.pop())

    gate = Gate(clock=time, sleep=sleep)
    assert await passes(gate, time, 2) == [0, 2.5]


async def test_who_stands_in_line_when_it_is_closed_for_long_is_sent_away(time: Time) -> None:
    async def sleep(seconds: float) -> None:
        time.now += seconds
        await gate.close("C1", POSTS, 60)

    gate = Gate(clock=time, sleep=sleep)
    await gate.turn("C1", POSTS)
    assert await turned_away(gate) == 60


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_stops_nobody_for_long(gate: Gate, time: Time, hours: int) -> None:
    await passes(gate, time, 3)
    await gate.close("C1", POSTS, 1)
    time.now += hours * 3600
    before = time.now
    await passes(gate, time, 1)
    assert time.now == before


async def test_processes_that_share_lines_share_the_pace(time: Time) -> None:
    lines = OneProcess()
    gates = [Gate(lines, time, time.sleep) for _ in range(2)]
    passed = [moment for gate in gates * 2 for moment in await passes(gate, time, 1)]
    assert passed == [0, 1, 2, 3]
