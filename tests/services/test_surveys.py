"""Whoever wrote to us and got an answer is asked once, after the conversation was closed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.core.errors import InvalidInput, OutcomeUnknown, Refused, Unavailable
from bot.core.model import Case, Channel, DeliveryState, Status
from bot.core.ports.channels import Outgoing, Send
from bot.services.surveys import Ask, Surveys
from tests.fakes import FakeChannel
from tests.services.conftest import KIM, World

DELAY = timedelta(hours=1)


class Interrupted(FakeChannel):
    """A line that takes a while to get ready; something happens meanwhile."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        await self._meanwhile()
        async with super().ready(outgoing) as send:
            yield send


def surveys(world: World, line: FakeChannel | None = None) -> Surveys:
    ways = {Channel.EMAIL: Ask(line or world.channel, lambda case: f"How was it, {case.customer.name}?")}
    return Surveys(world.database, ways, world.clock, world.clock.seconds, delay=DELAY)


async def closed(world: World, **values: object) -> Case:
    case = await world.arrive(**values)
    await world.review.resolve(case.conversation.id, case.conversation.turn, KIM)
    world.channel.sent.clear()
    return case


def asked(world: World) -> list[str]:
    return [one.delivery.text for one in world.channel.sent]


async def state(world: World, case: Case) -> DeliveryState | None:
    async with world.database.snapshot() as tx:
        request = await tx.rating_requests.get(case.conversation.id)
    return request.state if request else None


async def test_a_customer_is_asked_once_when_it_is_time(world: World) -> None:
    case = await closed(world)
    await surveys(world).look()
    assert asked(world) == []
    world.clock.move(hours=1)
    for _ in range(3):
        await surveys(world).look()
        world.clock.move(hours=3)
    assert asked(world) == ["How was it, Ada Quill?"]
    assert world.channel.sent[0].delivery.address == "ada@customer.example"
    assert await state(world, case) is DeliveryState.SENT
    assert [row.action for row in await world.audit()].count("send.survey") == 1
    assert "The customer was asked for a rating." in [
        e.text for e in (await world.case(case.conversation.id)).events
    ]


async def test_whoever_writes_again_first_is_asked_after_the_next_end(world: World) -> None:
    case = await closed(world)
    await world.arrive("One more thing: where do I send them?", conversation_hint=case.conversation.id)
    world.clock.move(hours=2)
    world.channel.sent.clear()
    await surveys(world).look()
    assert asked(world) == []
    turn = (await world.case(case.conversation.id)).conversation.turn
    await world.review.resolve(case.conversation.id, turn, KIM)
    world.clock.move(hours=1)
    await surveys(world).look()
    assert len(asked(world)) == 1


async def test_who_has_rated_already_is_not_asked(world: World) -> None:
    case = await closed(world)
    await surveys(world).rate(case.conversation.id, 5, "Quick")
    world.clock.move(hours=1)
    await surveys(world).look()
    assert asked(world) == []
    rating = (await world.case(case.conversation.id)).rating
    assert rating is not None
    assert (rating.score, rating.comment) == (5, "Quick")


@pytest.mark.parametrize(
    "values",
    [
        {"automatic": "out-of-office reply"},
        {"metadata": {"sender_check": "fail"}},
    ],
)
async def test_machines_and_forgers_are_not_asked(world: World, values: dict[str, object]) -> None:
    case = await closed(world, **values)
    world.clock.move(hours=1)
    await surveys(world).look()
    assert asked(world) == []
    assert await state(world, case) is DeliveryState.CANCELLED


async def test_who_was_passed_over_may_be_asked_after_an_answer(world: World) -> None:
    case = await closed(world, automatic="out-of-office reply")
    world.clock.move(hours=1)
    await surveys(world).look()
    world.clock.move(minutes=5)
    await world.arrive("I am back: how do I return my shoes?", conversation_hint=case.conversation.id)
    turn = (await world.case(case.conversation.id)).conversation.turn
    await world.review.resolve(case.conversation.id, turn, KIM)
    world.channel.sent.clear()
    world.clock.move(hours=1)
    await surveys(world).look()
    assert len(asked(world)) == 1


async def test_a_line_that_is_down_is_tried_again(world: World) -> None:
    case = await closed(world)
    world.clock.move(hours=1)
    world.channel.closed.append(Unavailable("down"))
    await surveys(world).look()
    assert await state(world, case) is None
    world.channel.fail.append(Unavailable("busy"))
    await surveys(world).look()
    assert await state(world, case) is None
    await surveys(world).look()
    assert len(asked(world)) == 1


@pytest.mark.parametrize(
    ("failure", "after"),
    [(Refused("no"), DeliveryState.FAILED), (OutcomeUnknown("?"), DeliveryState.UNKNOWN)],
)
async def test_what_did_not_go_or_may_have_gone_is_never_sent_again(
    world: World, failure: Exception, after: DeliveryState
) -> None:
    case = await closed(world)
    world.clock.move(hours=1)
    world.channel.fail.append(failure)
    await surveys(world).look()
    await surveys(world).look()
    assert asked(world) == []
    assert await state(world, case) is after


async def test_a_conversation_that_opens_while_the_line_is_made_ready_is_left_alone(world: World) -> None:
    case = await closed(world)
    world.clock.move(hours=1)

    async def writes() -> None:
        await world.receive("And another thing", conversation_hint=case.conversation.id)

    await surveys(world, Interrupted(writes)).look()
    assert await state(world, case) is None
    assert (await world.case(case.conversation.id)).conversation.status is Status.WORKING


async def test_a_score_that_is_none_is_refused(world: World) -> None:
    case = await closed(world)
    with pytest.raises(InvalidInput):
        await surveys(world).rate(case.conversation.id, 6, "")
