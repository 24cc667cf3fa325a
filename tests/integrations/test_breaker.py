"""The circuit breaker: when it opens, what it lets through, and by which clock."""

import asyncio

import pytest

from bot.core.errors import (
    NotStored,
    NotTried,
    OutcomeUnknown,
    Refused,
    Unavailable,
    Undeliverable,
    Unreachable,
)
from integrations.breaker import ANSWERS, SENDS, CircuitBreaker
from tests.fakes import FakeClock


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(ticks: Ticks, clock: FakeClock) -> CircuitBreaker:
    return CircuitBreaker("model", ANSWERS, clock=clock, ticks=ticks)


async def call(breaker: CircuitBreaker, error: BaseException | None = None) -> None:
    async with breaker.guard():
        if error is not None:
            raise error


async def fail(breaker: CircuitBreaker, times: int = 3, error: BaseException | None = None) -> None:
    for _ in range(times):
        failure = error or Unavailable("down")
        with pytest.raises(type(failure)):
            await call(breaker, failure)


async def test_three_failures_in_a_row_and_the_far_side_is_left_alone(breaker, ticks, clock):
    await fail(breaker, 2)
    assert (breaker.outage.why, breaker.outage.since, breaker.outage.until) == ("down", clock.now, None)
    since = clock.now
    clock.move(seconds=4)
    await fail(breaker, 1)
    with pytest.raises(NotTried, match=r"model is left alone.*down") as refused:
        await call(breaker)
    assert refused.value.retry_after == 5.0
    assert breaker.outage.since == since
    assert (breaker.outage.until - clock.now).total_seconds() == 5.0


async def test_a_success_between_failures_begins_the_count_anew(breaker):
    await fail(breaker, 2)
    await call(breaker)
    assert breaker.outage is None
    await fail(breaker, 2)
    await call(breaker)


@pytest.mark.parametrize("error", [Refused("no such article"), ValueError("a fault of ours")])
async def test_a_no_is_an_answer(breaker, error):
    await fail(breaker, 5, error)
    assert breaker.outage is None
    await call(breaker)


@pytest.mark.parametrize(
    "error",
    [Undeliverable("no such address"), NotStored("ours"), ValueError("ours"), asyncio.CancelledError()],
)
async def test_a_call_that_never_reached_the_far_side_tells_nothing_of_it(ticks, clock, error):
    relay = CircuitBreaker("mail out", SENDS, clock=clock, ticks=ticks)
    await fail(relay, 2, Unreachable("down"))
    await fail(relay, 1, error)
    await fail(relay, 1, Unreachable("down"))
    until = relay.outage.until
    assert until is not None
    ticks.now = 5.0
    await fail(relay, 1, error)  # The one call that finds out how things are has found out nothing.
    assert relay.outage.until == until
    await fail(relay, 1, Unreachable("down"))
    with pytest.raises(NotTried):
        await call(relay)


@pytest.mark.parametrize("error", [TimeoutError(), asyncio.CancelledError()])
async def test_whoever_gives_up_waiting_counts_as_a_failure(breaker, error):
    await fail(breaker, 3, error)
    assert breaker.outage.why == "It did not answer in time."
    with pytest.raises(NotTried):
        await call(breaker)


async def test_one_call_tries_it_again_while_the_others_wait(breaker, ticks):
    await fail(breaker)
    ticks.now = 5.0
    async with breaker.guard():
        with pytest.raises(NotTried) as refused:
            await call(breaker)
        assert refused.value.retry_after == 1.0
    await call(breaker)
    assert breaker.outage is None


async def test_pauses_double_up_to_a_minute_and_are_forgotten_when_it_works(breaker, ticks):
    await fail(breaker)
    for pause in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0):
        with pytest.raises(NotTried) as refused:
            await call(breaker)
        assert refused.value.retry_after == pause
        ticks.now += pause
        await fail(breaker, 1)
    ticks.now += 60.0
    await call(breaker)
    await fail(breaker)
    with pytest.raises(NotTried) as refused:
        await call(breaker)
    assert refused.value.retry_after == 5.0


@pytest.mark.parametrize(("told", "pause"), [(2.0, 5.0), (30.0, 30.0), (3600.0, 60.0)])
async def test_it_stays_away_as_long_as_the_far_side_says_within_reason(breaker, told, pause):
    await fail(breaker, error=Unavailable("busy", retry_after=told))
    with pytest.raises(NotTried) as refused:
        await call(breaker)
    assert refused.value.retry_after == pause


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_changes_nothing(breaker, ticks, clock, hours):
    await fail(breaker)
    clock.move(hours=hours)
    ticks.now = 4.0
    with pytest.raises(NotTried):
        await call(breaker)
    ticks.now = 5.0
    await call(breaker)
    assert breaker.outage is None


async def test_a_call_that_began_before_does_not_end_the_pause(breaker):
    async with breaker.guard():
        await fail(breaker)
    assert breaker.outage.until is not None
    with pytest.raises(NotTried):
        await call(breaker)


async def test_a_failure_that_began_before_does_not_prolong_the_pause(breaker, ticks, clock):
    go = asyncio.Event()

    async def slow() -> None:
        async with breaker.guard():
            await go.wait()
            raise Unavailable("late")

    late = asyncio.create_task(slow())
    await asyncio.sleep(0)
    await fail(breaker)
    ticks.now = 4.0
    go.set()
    with pytest.raises(Unavailable, match="late"):
        await late
    ticks.now = 5.0
    await call(breaker)


async def test_one_full_mailbox_is_no_trouble_of_the_relay_but_broken_transfers_are():
    relay = CircuitBreaker("mail out", SENDS)
    await fail(relay, 5, Unavailable("452 mailbox full"))
    assert relay.outage is None
    await fail(relay, 1, Unreachable("no connection"))
    await fail(relay, 2, OutcomeUnknown("cut"))
    with pytest.raises(NotTried):
        await call(relay)


async def test_an_outage_is_logged_once_and_its_end(breaker, ticks, clock, caplog):
    caplog.set_level("INFO")
    await fail(breaker)
    for _ in range(3):
        clock.move(seconds=60)
        ticks.now += 60
        await fail(breaker, 1)
    ticks.now += 60
    await call(breaker)
    assert [(r.msg, r.levelname) for r in caplog.records] == [
        ("far_side_down", "WARNING"),
        ("far_side_back", "INFO"),
    ]
    assert caplog.records[1].after_s == 180
