"""Text messages in: floods are counted from what is kept, and a lone digit after our question is a rating."""

from datetime import timedelta

import pytest

from bot.core.model import Attachment, Case, Channel, DeliveryState, Inbound, RatingRequest, Status
from bot.services.admission import Rate
from bot.services.intake import Receipt
from bot.services.surveys import Ask, Surveys
from bot.services.texting import ANSWER_WITHIN, Texting
from tests.fakes import FakeChannel
from tests.services.conftest import KIM, World

ADA = "+447700900101"


def texting(world: World, rate: Rate = Rate(30)) -> Texting:  # noqa: B008 - frozen
    return Texting(world.database, world.intake, world.clock, rate=rate)


async def text(world: World, words: str, sid: str = "", **values: object) -> Receipt:
    world.arrived += 1
    given = {"external_id": sid or f"SM{world.arrived:032d}", "address": ADA, "text": words} | values
    return await texting(world).receive(Inbound(channel=Channel.SMS, **given))  # type: ignore[arg-type]


async def asked(world: World, channel: Channel = Channel.SMS) -> Case:
    """Return a conversation that was answered, closed, and asked about by text message."""
    case = await world.arrive(channel=channel, address=ADA)
    await world.review.resolve(case.conversation.id, case.conversation.turn, KIM)
    line = FakeChannel()
    way = Ask(line, lambda _: "How did we do?")
    surveys = Surveys(
        world.database,
        {Channel.SMS: way, Channel.PHONE: way},
        world.clock,
        world.clock.seconds,
        delay=timedelta(0),
    )
    await surveys.look()
    assert [(sent.delivery.address, sent.delivery.text) for sent in line.sent] == [(ADA, "How did we do?")]
    assert line.sent[0].asked_at is not None  # Or WhatsApp would take it for too late.
    return await world.case(case.conversation.id)


async def test_a_lone_digit_after_the_question_is_a_rating_and_no_question(world: World) -> None:
    case = await asked(world)
    receipt = await text(world, " 4 ")
    assert receipt.conversation_id == case.conversation.id
    rated = await world.go_on(case.conversation.id)
    assert rated.rating is not None
    assert rated.rating.score == 4
    assert rated.conversation.status is Status.RESOLVED
    assert rated.conversation.turn == case.conversation.turn
    assert rated.messages[-1].rating == 4
    assert "rate" in [row.action for row in await world.audit()]
    assert len(world.channel.sent) == 1


async def test_the_same_rating_again_changes_nothing_and_another_one_takes_its_place(world: World) -> None:
    case = await asked(world)
    for _ in range(3):
        await text(world, "2", sid=f"SM{'a' * 32}")
    assert len((await world.case(case.conversation.id)).events) == len(case.events) + 1
    await text(world, "5")
    await text(world, "2", sid=f"SM{'a' * 32}")
    rating = (await world.case(case.conversation.id)).rating
    assert rating is not None
    assert rating.score == 5


async def test_after_a_call_the_rating_comes_by_text(world: World) -> None:
    case = await asked(world, Channel.PHONE)
    await text(world, "3")
    rated = await world.case(case.conversation.id)
    assert rated.conversation.channel is Channel.PHONE
    assert rated.rating is not None
    assert rated.rating.score == 3


@pytest.mark.parametrize("words", ["4 or 5", "I need 2 tents", "5?", "Thanks, 5 stars"])
async def test_what_says_more_than_a_score_is_a_message(world: World, words: str) -> None:
    case = await asked(world)
    receipt = await text(world, words)
    assert receipt.conversation_id != case.conversation.id
    assert receipt.message.turn == 1
    assert (await world.case(case.conversation.id)).rating is None


async def test_a_digit_with_a_picture_is_a_message(world: World) -> None:
    case = await asked(world)
    receipt = await text(world, "4", attachments=(Attachment("photo.png", "image/png", 0),))
    assert receipt.conversation_id != case.conversation.id


async def test_a_digit_that_nobody_asked_for_or_asked_long_ago_is_a_message(world: World) -> None:
    first = await text(world, "4")
    assert first.message.turn == 1
    await world.review.resolve(first.conversation_id, 1, KIM)
    case = await asked(world)
    world.clock.move(seconds=ANSWER_WITHIN.total_seconds() + 1)
    assert (await text(world, "4")).conversation_id != case.conversation.id


async def test_while_something_else_is_talked_about_a_digit_is_a_message(world: World) -> None:
    case = await asked(world)
    other = await text(world, "How many pegs come with the tent?")
    receipt = await text(world, "4")
    assert receipt.conversation_id == other.conversation_id
    assert receipt.message.automatic == ""
    assert (await world.case(case.conversation.id)).rating is None


async def test_what_was_never_sent_is_never_answered(world: World) -> None:
    case = await asked(world)
    async with world.database.transaction() as tx:
        await tx.rating_requests.end(case.conversation.id, DeliveryState.FAILED, at=world.clock())
    assert (await text(world, "4")).conversation_id != case.conversation.id


async def test_who_has_texted_stop_is_not_asked(world: World) -> None:
    case = await world.arrive(channel=Channel.SMS, address=ADA)
    await world.review.resolve(case.conversation.id, case.conversation.turn, KIM)
    await text(world, "STOP")
    line = FakeChannel()
    ways = {Channel.SMS: Ask(line, lambda _: "How did we do?")}
    await Surveys(world.database, ways, world.clock, world.clock.seconds, delay=timedelta(0)).look()
    assert line.sent == []
    async with world.database.snapshot() as tx:
        request = await tx.rating_requests.get(case.conversation.id)
    assert isinstance(request, RatingRequest)
    assert request.state is DeliveryState.CANCELLED


async def test_a_flood_is_counted_by_all_processes_and_after_a_restart(world: World) -> None:
    rate = Rate(3, timedelta(minutes=1))
    automatic = []
    for number in range(5):
        inbound = Inbound(Channel.SMS, f"SM{number:032d}", ADA, f"Message {number}")
        receipt = await texting(world, rate).receive(inbound)  # A new one each time: nothing is remembered.
        automatic.append(bool(receipt.message.automatic))
    assert automatic == [False, False, False, True, True]
    world.clock.move(minutes=2)
    later = await texting(world, rate).receive(Inbound(Channel.SMS, f"SM{'f' * 32}", ADA, "Hello?"))
    assert later.message.automatic == ""


async def test_what_came_with_a_message_is_fetched_once_and_not_for_a_flood(world: World) -> None:
    fetched = []

    async def fetch(inbound: Inbound) -> Inbound:
        fetched.append(inbound.external_id)
        return inbound

    for sid in ("SM1", "SM1", "SM2", "SM3"):
        await texting(world, Rate(2)).receive(Inbound(Channel.SMS, sid, ADA, "Look"), fetch=fetch)
    assert fetched == ["SM1", "SM2"]
