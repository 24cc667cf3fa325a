"""Automatic answers that wait before they leave, and can be stopped until then."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import AlreadyDecided, Rejected, Superseded, Unavailable
from bot.core.model import Case, Channel, DeliveryState, Sender, Status
from bot.core.ports.engine import Lane
from tests.services.conftest import BOSS, KIM, RIVERA, World


@pytest.fixture
async def waiting(world: World) -> Case:
    """A case whose automatic answer leaves in 30 seconds."""
    await world.controls.set("undo", Channel.EMAIL, 30, BOSS)
    case = await world.arrive()
    assert world.channel.sent == []
    assert case.conversation.status is Status.WORKING
    return case


def row(case: Case) -> str:
    assert case.delivery is not None
    return case.delivery.id


async def test_an_answer_leaves_when_its_time_has_come(world: World, waiting: Case) -> None:
    world.clock.move(seconds=29)
    await world.go_on(waiting.conversation.id)
    assert world.channel.sent == []
    world.clock.move(seconds=1)
    case = await world.go_on(waiting.conversation.id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)


async def test_a_job_stands_for_the_time_it_is_due(world: World, waiting: Case) -> None:
    async with world.database.transaction() as tx:
        (job,) = await tx.jobs.first(Lane.ADVANCE, 9)  # type: ignore[attr-defined]
        await tx.jobs.finish([replace(job, revision=1)])  # type: ignore[attr-defined] - As it was when it began.
        (job,) = await tx.jobs.first(Lane.ADVANCE, 9)  # type: ignore[attr-defined]
    assert (job.key, job.run_at) == (waiting.conversation.id, world.clock() + timedelta(seconds=30))


async def test_the_sweep_finds_it_once_it_is_due_when_the_job_is_lost(world: World, waiting: Case) -> None:
    async with world.database.transaction() as tx:
        await tx.jobs.finish(await tx.jobs.first(Lane.ADVANCE, 9))  # type: ignore[attr-defined]
        await tx.jobs.finish(await tx.jobs.first(Lane.ADVANCE, 9))  # type: ignore[attr-defined]
    due = (Lane.ADVANCE, waiting.conversation.id)
    await world.sweep.sweep()
    assert due not in await world.jobs()
    world.clock.move(seconds=30)
    await world.sweep.sweep()
    assert due in await world.jobs()


async def test_anybody_stops_it_and_its_draft_waits_for_an_agent(world: World, waiting: Case) -> None:
    await world.review.stop(row(waiting), KIM)
    world.clock.move(minutes=5)
    case = await world.go_on(waiting.conversation.id)
    assert world.channel.sent == []
    assert (case.conversation.status, case.deliveries[0].state) == (Status.WAITING, DeliveryState.CANCELLED)
    assert "taken back by <@UKIM>: Stopped before it went out" in case.events[-1].text
    assert (await world.audit())[-1].actor == KIM.id

    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, RIVERA)
    after = await world.go_on(waiting.conversation.id)
    assert [(m.sender, m.author) for m in after.messages[1:]] == [(Sender.AGENT, RIVERA.id)]


async def test_of_two_who_stop_it_the_second_is_told_who_was_first(world: World, waiting: Case) -> None:
    await world.review.stop(row(waiting), KIM)
    with pytest.raises(AlreadyDecided, match="<@UKIM> has stopped it already") as told:
        await world.review.stop(row(waiting), RIVERA)
    assert told.value.winner == KIM.id


async def test_who_approves_what_goes_out_anyway_is_told_how_to_change_it(
    world: World, waiting: Case
) -> None:
    assert waiting.current_draft is not None
    with pytest.raises(AlreadyDecided, match="Press Stop first"):
        await world.review.approve(waiting.current_draft.id, KIM)


async def test_who_comes_too_late_is_told(world: World, waiting: Case) -> None:
    world.clock.move(seconds=30)
    await world.go_on(waiting.conversation.id)
    with pytest.raises(AlreadyDecided, match="Too late to stop it"):
        await world.review.stop(row(waiting), KIM)
    with pytest.raises(Rejected, match="not known"):
        await world.review.stop("0" * 32, KIM)


async def test_a_customer_who_writes_again_takes_it_back_at_once(world: World, waiting: Case) -> None:
    await world.receive("Wait, another thing", conversation_hint=waiting.conversation.id)
    case = await world.go_on(waiting.conversation.id)
    assert [d.state for d in case.deliveries] == [DeliveryState.CANCELLED, DeliveryState.PENDING]
    assert any("wrote again first" in event.text for event in case.events)
    with pytest.raises(Superseded, match="taken back before"):
        await world.review.stop(case.deliveries[0].id, KIM)


@pytest.mark.parametrize(
    "overtake",
    [
        lambda world, case: world.controls.set("paused", Channel.EMAIL, True, BOSS),
        lambda world, case: world.review.take(case.conversation.id, KIM),
    ],
)
async def test_what_stops_automatic_answers_stops_one_that_waits(
    world: World, waiting: Case, overtake: Callable[[World, Case], Awaitable[object]]
) -> None:
    await overtake(world, waiting)
    world.clock.move(seconds=30)
    case = await world.go_on(waiting.conversation.id)
    assert (case.conversation.status, world.channel.sent) == (Status.WAITING, [])


async def test_an_answer_held_up_by_its_channel_can_still_be_stopped(world: World, waiting: Case) -> None:
    world.clock.move(seconds=30)
    world.channel.closed = [Unavailable("relay down")]
    with pytest.raises(Unavailable):
        await world.go_on(waiting.conversation.id)
    await world.review.stop(row(waiting), KIM)
    case = await world.go_on(waiting.conversation.id)
    assert (case.conversation.status, world.channel.sent) == (Status.WAITING, [])


async def test_what_a_person_sends_leaves_at_once(world: World) -> None:
    await world.controls.set("undo", None, 600, BOSS)
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    after = await world.go_on(case.conversation.id)
    assert after.conversation.status is Status.ANSWERED
    assert after.delivery is not None
    assert after.delivery.due_at is None


async def test_a_persons_answer_is_not_stopped(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    approved = await world.case(case.conversation.id)
    with pytest.raises(AlreadyDecided, match="on its way"):
        await world.review.stop(row(approved), RIVERA)
