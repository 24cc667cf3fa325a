"""What a machine adds to a conversation is kept and shown, and buries nothing."""

from contextlib import suppress

import pytest

from bot.core.errors import Unavailable
from bot.core.model import Action, Channel, DeliveryState, Mode, Status
from tests.services.conftest import BOSS, KIM, World

AWAY = "out-of-office reply"


async def away(world: World, conversation_id: str):
    """Let an out-of-office reply arrive in a conversation, and go on as far as it goes."""
    return await world.arrive("I am away until Monday.", automatic=AWAY, conversation_hint=conversation_id)


async def test_a_waiting_draft_still_waits(world: World) -> None:
    case = await world.waiting()
    after = await away(world, case.conversation.id)
    assert (after.conversation.status, after.current_draft) == (Status.WAITING, case.current_draft)
    assert [m.automatic for m in after.messages] == ["", AWAY]
    assert await world.unshown() == 1


async def test_an_escalation_stands(world: World) -> None:
    case = await world.arrive("I will call my lawyer")
    after = await away(world, case.conversation.id)
    assert (after.conversation.status, after.conversation.escalated) == (Status.ESCALATED, True)


async def test_an_approved_answer_still_leaves(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    world.channel.closed = [Unavailable("relay down")]
    with suppress(Unavailable):
        await world.advance(case.conversation.id, retried=False)
    after = await away(world, case.conversation.id)
    assert [d.state for d in after.deliveries] == [DeliveryState.SENT]
    assert after.conversation.status is Status.ANSWERED


async def test_a_question_that_was_not_drafted_yet_is_answered_without_it(world: World) -> None:
    question = await world.receive("How do I return my shoes?")
    after = await away(world, question.conversation_id)
    assert after.conversation.status is Status.ANSWERED
    assert [asked.texts for asked in world.answerer.asked] == [("How do I return my shoes?",)]


async def test_an_answered_and_a_resolved_matter_rest(world: World) -> None:
    answered = await world.arrive()
    assert (await away(world, answered.conversation.id)).conversation.status is Status.ANSWERED
    await world.review.resolve(answered.conversation.id, 1, KIM)
    assert (await away(world, answered.conversation.id)).conversation.status is Status.RESOLVED
    assert len(world.channel.sent) == 1


async def test_a_conversation_that_a_machine_began_is_a_persons_once_they_write(world: World) -> None:
    case = await world.arrive("Your parcel has a delay.", automatic="bulk mail")
    assert case.decision is not None
    assert (case.decision.action, case.conversation.status) == (Action.IGNORE, Status.HELD)
    after = await world.arrive("How do I return it?", conversation_hint=case.conversation.id)
    assert after.conversation.status is Status.ANSWERED
    assert world.answerer.asked[-1].texts == ("How do I return it?",)


@pytest.mark.parametrize("said", ["thanks", "How do I return my shoes?"])
async def test_an_escalation_outlives_what_needs_no_answer(world: World, said: str) -> None:
    case = await world.arrive("I will call my lawyer")
    if said != "thanks":
        await world.controls.set_mode(Channel.EMAIL, Mode.OFF, BOSS)
    after = await world.arrive(said, conversation_hint=case.conversation.id)
    assert (after.conversation.status, after.conversation.escalated) == (Status.ESCALATED, True)
