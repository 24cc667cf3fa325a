"""The desk shows the newest state: once, in place, also after outages and lost answers."""

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.ports import Lane
from tests.services.conftest import World


async def test_a_case_is_posted_once_and_then_changed_in_place(world: World) -> None:
    receipt = await world.receive()
    await world.show(receipt.conversation_id, retried=False)
    await world.go_on(receipt.conversation_id)
    for _ in range(2):
        await world.show(receipt.conversation_id, retried=False)
    assert [sheet.text for sheet in world.desk.named("root")] == ["answered 1 0.9"]
    assert list(world.desk.threads.values()) == [None, "1.0", "1.0"]


async def test_a_rate_limit_in_the_middle_goes_on_where_it_stopped(world: World) -> None:
    case = await world.arrive()
    world.desk.fail = [None, Unavailable("ratelimited", retry_after=1)]
    with pytest.raises(Unavailable):
        await world.show(case.conversation.id, retried=False)
    await world.show(case.conversation.id, retried=True)
    assert len(world.desk.messages) == 3


async def test_a_lost_answer_is_looked_up_and_not_posted_twice(world: World) -> None:
    case = await world.arrive()
    post = world.desk.post

    async def post_and_lose(sheet, *arguments, **options):
        await post(sheet, *arguments, **options)
        world.desk.post = post  # type: ignore[method-assign]
        raise OutcomeUnknown("connection reset")

    world.desk.post = post_and_lose  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.show(case.conversation.id, retried=False)
    await world.show(case.conversation.id, retried=True)
    assert len(world.desk.named("root")) == 1


async def test_a_card_deleted_in_slack_is_posted_anew(world: World) -> None:
    receipt = await world.receive()
    await world.show(receipt.conversation_id, retried=False)
    world.desk.messages.clear()
    await world.go_on(receipt.conversation_id)
    await world.show(receipt.conversation_id, retried=False)
    assert len(world.desk.named("root")) == 1


async def test_a_refusal_is_not_swallowed(world: World) -> None:
    case = await world.arrive()
    world.desk.fail = [Refused("channel_not_found")]
    with pytest.raises(Refused):
        await world.show(case.conversation.id, retried=False)


async def test_showing_nothing_known_does_nothing(world: World) -> None:
    await world.show("0" * 32, retried=False)
    assert world.desk.messages == {}


async def test_a_note_is_kept_edited_and_removed(world: World) -> None:
    case = await world.arrive()
    await world.show(case.conversation.id, retried=False)
    assert await world.notes.add("C1", "1.0", "9.0", "UKIM", "ask the warehouse")
    assert not await world.notes.add("C1", "1.0", "9.0", "UKIM", "ask the warehouse")
    assert not await world.notes.add("C1", "77.0", "9.1", "UKIM", "elsewhere")
    await world.notes.edit("C1", "9.0", "asked the warehouse")
    assert [n.content for n in (await world.case(case.conversation.id)).notes] == ["asked the warehouse"]
    await world.notes.remove("C1", "9.0")
    assert (await world.case(case.conversation.id)).notes == ()
    assert len(world.channel.sent) == 1  # only the automatic answer: a note never leaves


async def test_the_sweep_queues_what_state_says_is_due(world: World) -> None:
    receipt = await world.receive()
    async with world.database.transaction() as tx:
        await tx.jobs.finish(  # type: ignore[attr-defined]
            [*await tx.jobs.first(Lane.ADVANCE, 10), *await tx.jobs.first(Lane.SHOW, 10)]  # type: ignore[attr-defined]
        )
    assert await world.jobs() == set()
    assert await world.sweep.sweep() == 2
    assert await world.jobs() == {(lane, receipt.conversation_id) for lane in (Lane.ADVANCE, Lane.SHOW)}
    assert await world.sweep.sweep() == 0
