"""The desk shows the newest state: once, in place, also after outages and lost answers."""

import pytest

from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable
from bot.core.model import Channel, Mode
from bot.core.policy import default_rules
from bot.core.ports.engine import Lane
from bot.core.ports.storage import DeskLine
from bot.services.showing import Show
from tests.services.conftest import KIM, World


async def test_a_case_is_posted_once_and_then_changed_in_place(world: World) -> None:
    receipt = await world.receive()
    await world.show(receipt.conversation_id)
    await world.go_on(receipt.conversation_id)
    for _ in range(2):
        await world.show(receipt.conversation_id)
    assert [sheet.text for sheet in world.desk.named("root")] == ["answered 1 0.9"]
    assert list(world.desk.threads.values()) == [None, "1.0", "1.0"]


async def test_a_rate_limit_in_the_middle_goes_on_where_it_stopped(world: World) -> None:
    case = await world.arrive()
    world.desk.fail = [None, Unavailable("ratelimited", retry_after=1)]
    with pytest.raises(Unavailable):
        await world.show(case.conversation.id)
    await world.show(case.conversation.id)
    assert len(world.desk.messages) == 3


async def test_a_lost_answer_is_looked_up_and_not_posted_twice(world: World) -> None:
    case = await world.arrive()
    world.desk.lose_answer = True
    with pytest.raises(OutcomeUnknown):
        await world.show(case.conversation.id)
    await world.show(case.conversation.id, doubtful=True)
    assert len(world.desk.named("root")) == 1


async def test_what_could_not_be_recorded_is_looked_up_and_not_posted_twice(world: World) -> None:
    case = await world.arrive()
    world.database.fail_next = True  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        await world.show(case.conversation.id)
    await world.show(case.conversation.id, doubtful=True)
    assert len(world.desk.messages) == 3


async def test_a_card_deleted_in_slack_is_posted_anew(world: World) -> None:
    receipt = await world.receive()
    await world.show(receipt.conversation_id)
    world.desk.messages.clear()
    await world.go_on(receipt.conversation_id)
    await world.show(receipt.conversation_id)
    assert len(world.desk.named("root")) == 1


async def escalated(world: World) -> str:
    """Let a conversation be shown that stands on the desk twice: as a card and as an escalation."""
    case = await world.waiting()
    await world.escalation.escalate(case.conversation.id, "needs a lead", KIM)
    await world.show(case.conversation.id)
    return case.conversation.id


async def standing(world: World, conversation_id: str) -> dict[str, str]:
    async with world.database.snapshot() as tx:
        return {name: post.ts for name, post in (await tx.desk_posts.of(conversation_id)).items()}


async def test_a_deleted_card_takes_its_thread_with_it_and_nothing_else(world: World) -> None:
    conversation_id = await escalated(world)
    before = await standing(world, conversation_id)
    del world.desk.messages[before["root"]]
    await world.receive("And one more thing.", conversation_hint=conversation_id)
    await world.go_on(conversation_id)
    await world.show(conversation_id)
    after = await standing(world, conversation_id)
    assert after["escalation"] == before["escalation"]
    in_thread = [name for name in after if name.startswith("message:")]
    assert sorted(world.desk.beneath(after["root"])) == sorted(in_thread)
    assert len(in_thread) > 1
    assert not {before[name] for name in in_thread if name in before} & set(after.values())


async def test_starting_over_goes_on_where_it_was_stopped(world: World) -> None:
    conversation_id = await escalated(world)
    before = await standing(world, conversation_id)
    del world.desk.messages[before["root"]]
    await world.receive("And one more thing.", conversation_hint=conversation_id)
    await world.go_on(conversation_id)
    world.desk.fail = [None, None, Unavailable("ratelimited")]
    with pytest.raises(Unavailable):
        await world.show(conversation_id)
    await world.show(conversation_id)
    after = await standing(world, conversation_id)
    assert [len(world.desk.named(name)) for name in ("root", "escalation")] == [1, 1]
    assert len(world.desk.beneath(after["root"])) == len(after) - 2


async def test_a_thread_that_is_gone_is_noticed_by_what_belongs_in_it(world: World) -> None:
    receipt = await world.receive()
    await world.show(receipt.conversation_id)
    root = (await standing(world, receipt.conversation_id))["root"]
    await world.receive("And one more thing.", conversation_hint=receipt.conversation_id)
    del world.desk.messages[root]
    await world.show(receipt.conversation_id)
    after = await standing(world, receipt.conversation_id)
    assert len(world.desk.beneath(after["root"])) == 2


async def test_a_card_that_can_neither_be_changed_nor_forgotten_is_replaced(world: World) -> None:
    case = await world.arrive()
    world.desk.lose_answer = True
    with pytest.raises(OutcomeUnknown):
        await world.show(case.conversation.id)
    world.desk.fail = [Gone("cant_update_message")]
    await world.show(case.conversation.id, doubtful=True)
    after = await standing(world, case.conversation.id)
    assert len(world.desk.beneath(after["root"])) == 2


async def test_a_refused_card_is_raised_but_the_escalation_stands(world: World) -> None:
    world.desk.refused = {"root"}
    with pytest.raises(Refused):
        await escalated(world)
    assert [sheet.name for sheet in world.desk.messages.values()] == ["escalation"]


async def test_a_refused_sheet_does_not_keep_the_others_from_standing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case = await world.arrive()
    refused = f"message:{case.messages[0].id}"
    world.desk.refused = {refused}
    for _ in range(2):
        await world.show(case.conversation.id)
    assert set(await standing(world, case.conversation.id)) == {"root", f"message:{case.messages[1].id}"}
    (record,) = [record for record in caplog.records if record.msg == "sheet_refused"]
    assert (record.sheet, record.reason) == (refused, "invalid_blocks")  # type: ignore[attr-defined]
    world.desk.refused.clear()
    await world.show(case.conversation.id)
    assert refused in await standing(world, case.conversation.id)


async def test_refusals_do_not_pile_up_in_memory(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.shows = Show(world.database, world.desk, world.clock, default_rules(Mode.AUTO), remembered=1)
    case = await world.arrive()
    world.desk.refused = {f"message:{message.id}" for message in case.messages}
    for _ in range(2):
        await world.show(case.conversation.id)
    assert caplog.messages.count("sheet_refused") == 4  # Each pushes the other out.


async def test_showing_nothing_known_does_nothing(world: World) -> None:
    await world.show("0" * 32)
    assert world.desk.messages == {}


async def test_a_note_is_kept_edited_and_removed(world: World) -> None:
    case = await world.arrive()
    await world.show(case.conversation.id)
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
        await tx.jobs.finish(await tx.jobs.first(Lane.ADVANCE, 10))  # type: ignore[attr-defined]
    assert await world.jobs() == set()
    assert await world.sweep.sweep() == 1
    assert await world.jobs() == {(Lane.ADVANCE, receipt.conversation_id)}
    assert await world.sweep.sweep() == 0


async def test_a_refused_escalation_is_tried_until_it_stands(world: World) -> None:
    world.desk.refused = {"escalation"}
    with pytest.raises(Refused):
        await escalated(world)
    assert await world.unshown() == 1
    async with world.database.transaction() as tx:
        now = world.clock()
        due = await tx.desk_runs.claim(DeskLine(Channel.EMAIL, standing=True), now=now, until=now)
    assert due is not None
    conversation_id = due.conversation_id
    assert set(await standing(world, conversation_id)) >= {"root"}
    world.desk.refused.clear()
    await world.show(conversation_id)
    assert len(world.desk.named("escalation")) == 1
    assert await world.unshown() == 0
