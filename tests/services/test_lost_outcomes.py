"""A send that ends without an answer: the far side is asked, again while it cannot tell, and people only then."""

from dataclasses import replace

import pytest

from bot.core.errors import OutcomeUnknown, Unavailable
from bot.core.model import Channel, DeliveryState, Sender, Status
from bot.core.ports.channels import Reconciled
from tests.services.conftest import KIM, World


async def state_of(world: World, conversation_id: str) -> tuple[DeliveryState, Status, int]:
    case = await world.case(conversation_id)
    assert case.delivery is not None
    answers = sum(message.sender is Sender.AI for message in case.messages)
    return case.delivery.state, case.conversation.status, answers


async def test_what_went_out_after_all_is_sent(world: World) -> None:
    world.channel.fail, world.channel.known = [OutcomeUnknown("cut")], Reconciled.SENT
    case = await world.arrive()
    assert await state_of(world, case.conversation.id) == (DeliveryState.SENT, Status.ANSWERED, 1)
    assert world.channel.sent == []


async def test_what_did_not_go_out_is_sent_once_more(world: World) -> None:
    world.channel.fail, world.channel.known = [OutcomeUnknown("cut")], Reconciled.NOT_SENT
    receipt = await world.receive()
    with pytest.raises(Unavailable, match="tried again"):
        await world.go_on(receipt.conversation_id)
    assert (await state_of(world, receipt.conversation_id))[0] is DeliveryState.PENDING
    await world.go_on(receipt.conversation_id)
    assert await state_of(world, receipt.conversation_id) == (DeliveryState.SENT, Status.ANSWERED, 1)
    assert len(world.channel.sent) == 1


async def test_while_the_far_side_cannot_tell_nothing_is_sent_and_nothing_given_up(world: World) -> None:
    world.channel.fail, world.channel.untold = [OutcomeUnknown("cut")], [Unavailable("not yet")] * 2
    receipt = await world.receive()
    for _ in range(2):
        with pytest.raises(Unavailable, match="not yet"):
            await world.go_on(receipt.conversation_id)
        assert (await state_of(world, receipt.conversation_id))[0] is DeliveryState.SENDING
    world.channel.known = Reconciled.SENT
    await world.go_on(receipt.conversation_id)
    assert await state_of(world, receipt.conversation_id) == (DeliveryState.SENT, Status.ANSWERED, 1)


async def test_news_that_it_arrived_settles_it_and_changes_nothing_else(world: World) -> None:
    world.channel.fail = [OutcomeUnknown("cut")]
    case = await world.arrive()
    assert case.delivery is not None
    news = f"<{case.delivery.id}@us.example>"
    assert (await state_of(world, case.conversation.id))[:2] == (DeliveryState.UNKNOWN, Status.UNDELIVERED)
    for _ in range(2):
        assert await world.deliveries.went_out(Channel.EMAIL, news)
        assert await state_of(world, case.conversation.id) == (DeliveryState.SENT, Status.ANSWERED, 1)
    await world.deliveries.came_back(Channel.EMAIL, news, "no such user", True)
    await world.deliveries.went_out(Channel.EMAIL, news)
    assert (await state_of(world, case.conversation.id))[0] is DeliveryState.BOUNCED
    assert not await world.deliveries.went_out(Channel.EMAIL, "<nothing@us.example>")


async def test_news_of_what_is_known_costs_no_transaction(world: World) -> None:
    case = await world.arrive()
    assert case.delivery is not None
    news = f"<{case.delivery.id}@us.example>"
    world.database.fail_next = True  # type: ignore[attr-defined]
    assert await world.deliveries.went_out(Channel.EMAIL, news)
    with pytest.raises(Unavailable):
        await world.deliveries.went_out(Channel.EMAIL, news, arrived=True)
    for _ in range(2):
        assert await world.deliveries.went_out(Channel.EMAIL, news, arrived=True)
        world.database.fail_next = True  # type: ignore[attr-defined]


async def test_news_of_an_answer_that_was_to_go_again_keeps_it_from_going_twice(world: World) -> None:
    world.channel.fail, world.channel.known = [OutcomeUnknown("cut")], Reconciled.NOT_SENT
    receipt = await world.receive()
    with pytest.raises(Unavailable, match="tried again"):
        await world.go_on(receipt.conversation_id)
    case = await world.case(receipt.conversation_id)
    assert case.delivery is not None
    assert await world.deliveries.went_out(Channel.EMAIL, f"<{case.delivery.id}@us.example>")
    await world.go_on(receipt.conversation_id)
    assert await state_of(world, receipt.conversation_id) == (DeliveryState.SENT, Status.ANSWERED, 1)
    assert world.channel.sent == []


async def test_nobody_texts_who_has_opted_out_while_their_answer_waited(world: World) -> None:
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.80)
    case = await world.arrive(channel=Channel.SMS, address="+447700900101")
    async with world.database.transaction() as tx:
        for _ in range(2):
            await tx.opt_outs.add(case.conversation.address, world.clock())
    case = await world.case(case.conversation.id)
    assert case.opted_out
    assert case.draft is not None
    await world.review.approve(case.draft.id, KIM)
    case = await world.go_on(case.conversation.id)
    assert case.delivery is not None
    assert case.delivery.state is DeliveryState.FAILED
    assert "STOP" in case.delivery.error
    assert world.channel.sent == []


@pytest.mark.parametrize(
    ("untold", "known", "state"),
    [
        ([Unavailable("gone")], Reconciled.SENT, DeliveryState.UNKNOWN),
        ([], Reconciled.NOT_SENT, DeliveryState.FAILED),
    ],
)
async def test_after_a_day_without_an_outcome_people_decide(
    world: World, untold: list[Exception], known: Reconciled, state: DeliveryState
) -> None:
    world.channel.fail, world.channel.untold = [OutcomeUnknown("cut")], [Unavailable("not yet")]
    receipt = await world.receive()
    with pytest.raises(Unavailable, match="not yet"):
        await world.go_on(receipt.conversation_id)
    world.clock.move(hours=25)
    world.channel.untold, world.channel.known = untold, known
    await world.go_on(receipt.conversation_id)
    assert await state_of(world, receipt.conversation_id) == (state, Status.UNDELIVERED, 0)
