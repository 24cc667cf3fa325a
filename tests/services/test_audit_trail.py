"""Every decision, setting and send is in the chain before it takes effect."""

from bot.core.audit import first_broken
from bot.core.errors import Unavailable
from bot.core.model import Channel
from tests.services.conftest import BOSS, KIM, World


async def test_a_send_is_on_record_before_the_channel_is_called(world: World) -> None:
    seen: list[list[str]] = []
    send = world.channel.send

    async def send_and_look(outgoing):
        seen.append([row.action for row in await world.audit()])
        return await send(outgoing)

    world.channel.send = send_and_look  # type: ignore[method-assign]
    await world.arrive()
    assert seen == [["decide.send", "send"]]


async def test_everything_is_on_record_in_one_whole_chain(world: World) -> None:
    case = await world.waiting()
    assert case.current_draft is not None
    await world.review.take(case.conversation.id, KIM)
    await world.review.approve(case.current_draft.id, KIM)
    world.channel.fail = [Unavailable("down")]
    try:
        await world.advance(case.conversation.id, retried=False)
    except Unavailable:
        await world.go_on(case.conversation.id)
    await world.review.judge(case.current_draft.id, False, KIM)
    await world.escalation.escalate(case.conversation.id, "look at this", KIM)
    await world.controls.set_threshold(Channel.EMAIL, 0.95, BOSS)
    await world.review.resolve(case.conversation.id, 1, KIM)
    rows = await world.audit()
    assert [row.action for row in rows] == [
        *("decide.review", "take", "decide.send", "send", "send", "judge"),
        *("decide.escalate", "setting", "resolve"),
    ]
    assert first_broken(rows) is None
    assert rows[7].payload == {"old": 0.9, "new": 0.95}
