"""What is counted: what has become true, once."""

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.ports.tally import Counted
from tests.services.conftest import KIM, World


async def test_a_message_is_counted_when_it_is_stored_and_only_then(world: World) -> None:
    world.database.fail_next = True  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        await world.receive()
    assert not world.counted
    await world.receive(external_id="<same@customer.example>")
    await world.receive(external_id="<same@customer.example>")
    assert world.counted == {(Counted.RECEIVED, "email"): 1}


async def test_an_automatic_answer(world: World) -> None:
    await world.arrive()
    assert world.counted == {
        (Counted.RECEIVED, "email"): 1,
        (Counted.DECIDED, "send"): 1,
        (Counted.DELIVERED, "sent"): 1,
    }


@pytest.mark.parametrize(
    ("error", "state"), [(OutcomeUnknown("cut"), "unknown"), (Refused("550 no such user"), "failed")]
)
async def test_an_answer_that_did_not_arrive(world: World, error: Exception, state: str) -> None:
    world.channel.fail = [error]
    await world.arrive()
    assert world.counted[Counted.DELIVERED, state] == 1
    assert world.counted[Counted.DELIVERED, "sent"] == 0


async def test_an_answer_that_was_overtaken(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    await world.receive("And one more thing", conversation_hint=case.conversation.id)
    await world.go_on(case.conversation.id)
    assert world.counted[Counted.DELIVERED, "cancelled"] == 1


async def test_a_conversation_that_is_handed_to_a_person(world: World) -> None:
    receipt = await world.receive()
    world.channel.closed = [ValueError("bad address")]
    await world.advance(receipt.conversation_id, retried=True)
    assert world.counted[Counted.JOB, "advance", "parked"] == 1
