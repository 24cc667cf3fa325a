"""Two processes on one database, of which one is stopped between its claim and the first byte."""

import asyncio

import pytest

from bot.core.clocks import awake_or_not
from bot.core.errors import TooLate, Unavailable
from bot.core.leases import USUAL
from bot.core.model import Channel, DeliveryState, Mode, Status
from bot.core.policy import default_rules
from bot.core.ports.channels import Outgoing, Reconciled
from bot.services.advancing import Advance
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from tests.services.conftest import World

STOPPED_FOR = USUAL.patience.total_seconds()


def process(world: World) -> Advance:
    """Return the advance lane of one more process that shares the database."""
    rules = default_rules(Mode.AUTO)
    deliveries = Deliveries(
        world.database,
        {Channel.EMAIL: world.channel},
        world.clock,
        rules,
        alone=False,
        monotonic=world.clock.seconds,
    )
    drafting = Drafting(world.database, world.identify, world.answerer, world.clock, rules)
    return Advance(world.database, drafting, deliveries, world.clock)


async def state_of(world: World, conversation_id: str) -> DeliveryState:
    case = await world.case(conversation_id)
    assert case.delivery is not None
    return case.delivery.state


def sleeps(world: World, seconds: float) -> None:
    """Have the next sender be stopped for so long, right before it would write."""

    async def stopped() -> None:
        world.clock.move(seconds=seconds)

    world.channel.stopped.append(stopped)


async def test_a_sender_stopped_for_too_long_sends_nothing_and_gives_the_answer_back(world: World) -> None:
    receipt, sender = await world.receive(), process(world)
    sleeps(world, 31)
    with pytest.raises(TooLate):
        await sender(receipt.conversation_id, retried=False)
    assert world.channel.sent == []
    assert await state_of(world, receipt.conversation_id) is DeliveryState.PENDING
    await sender(receipt.conversation_id, retried=False)
    assert len(world.channel.sent) == 1


async def test_a_sender_stopped_for_a_moment_still_sends(world: World) -> None:
    receipt = await world.receive()
    sleeps(world, 29)
    await process(world)(receipt.conversation_id, retried=False)
    assert len(world.channel.sent) == 1


@pytest.mark.parametrize("known", [Reconciled.NOT_SENT, Reconciled.UNKNOWN])
async def test_a_sender_that_wakes_up_after_others_have_taken_over_sends_nothing(
    world: World, known: Reconciled
) -> None:
    receipt, other = await world.receive(), process(world)
    world.channel.known = known

    async def taken_over() -> None:
        world.clock.move(seconds=STOPPED_FOR)
        await other(receipt.conversation_id, retried=True)

    world.channel.stopped.append(taken_over)
    with pytest.raises(TooLate):
        await process(world)(receipt.conversation_id, retried=False)
    sent = known is Reconciled.NOT_SENT
    assert len(world.channel.sent) == sent
    expected = DeliveryState.SENT if sent else DeliveryState.UNKNOWN
    assert await state_of(world, receipt.conversation_id) is expected


async def test_a_sender_that_wakes_up_leaves_a_claim_alone_that_is_not_its_own(world: World) -> None:
    receipt = await world.receive()
    world.channel.known = Reconciled.NOT_SENT
    stopped, wake = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        stopped.set()
        await wake.wait()

    world.channel.stopped.append(sleep)
    first = asyncio.create_task(process(world)(receipt.conversation_id, retried=False))
    await stopped.wait()
    world.clock.move(seconds=STOPPED_FOR)

    async def meanwhile() -> None:
        wake.set()
        with pytest.raises(TooLate):
            await first
        assert await state_of(world, receipt.conversation_id) is DeliveryState.SENDING

    world.channel.stopped.append(meanwhile)
    await process(world)(receipt.conversation_id, retried=True)
    assert len(world.channel.sent) == 1
    assert await state_of(world, receipt.conversation_id) is DeliveryState.SENT


async def test_a_sender_that_knows_better_corrects_who_gave_up(world: World) -> None:
    receipt, other, send = await world.receive(), process(world), world.channel.send

    async def slowly(outgoing: Outgoing) -> str:
        world.clock.move(seconds=STOPPED_FOR)
        await other(receipt.conversation_id, retried=True)
        assert await state_of(world, receipt.conversation_id) is DeliveryState.UNKNOWN
        return await send(outgoing)

    world.channel.send = slowly  # type: ignore[method-assign]
    await process(world)(receipt.conversation_id, retried=False)
    case = await world.case(receipt.conversation_id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)
    assert await state_of(world, receipt.conversation_id) is DeliveryState.SENT


async def test_a_fresh_claim_is_left_to_its_sender(world: World) -> None:
    receipt, other = await world.receive(), process(world)

    async def looked_at() -> None:
        world.clock.move(seconds=20)
        with pytest.raises(Unavailable) as told:
            await other(receipt.conversation_id, retried=True)
        assert told.value.retry_after == STOPPED_FOR - 20

    world.channel.stopped.append(looked_at)
    await process(world)(receipt.conversation_id, retried=False)
    assert len(world.channel.sent) == 1
    assert await state_of(world, receipt.conversation_id) is DeliveryState.SENT


async def test_who_is_alone_on_the_database_reconciles_at_once(world: World) -> None:
    receipt = await world.receive()

    class Crash(BaseException):
        pass

    async def crash() -> None:
        raise Crash

    world.channel.stopped.append(crash)
    with pytest.raises(Crash):
        await world.advance(receipt.conversation_id, retried=False)
    world.channel.known = Reconciled.NOT_SENT
    await world.advance(receipt.conversation_id, retried=True)
    assert len(world.channel.sent) == 1


def test_the_clock_of_the_deadline_goes_on() -> None:
    assert awake_or_not() <= awake_or_not()
