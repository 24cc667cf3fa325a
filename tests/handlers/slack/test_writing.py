"""The window in which agents write: opened, saved while they type, closed, sent."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from blocks import ids
from blocks.ids import Target
from bot.core.errors import Rejected
from bot.core.ports.desk_work import Writing
from tests.builders import AT
from tests.handlers.slack.conftest import AGENT, CASE, ON, World
from tests.waiting import PATIENCE

EDIT = Target(ON.conversation, 1, ON.draft)


def inputs(view: dict[str, Any]) -> list[str]:
    return [b["element"].get("initial_value", "") for b in view["blocks"] if b.get("dispatch_action")]


def opened(*typed: str, on: Target = EDIT) -> dict[str, Any]:
    """Return a window that stands open with something typed."""
    values = {ids.answer_input(1, n): {ids.ANSWER: {"value": one}} for n, one in enumerate(typed, 1)}
    return {"id": "V1", "hash": "h1", "private_metadata": on.encode(), "state": {"values": values}}


async def in_window(world: World, action_id: str, *typed: str, on: Target = EDIT, **action: Any) -> None:
    pressed = {"type": "button", "action_id": action_id, "block_id": "tools", "value": on.encode()} | action
    view = opened(*typed, on=on)
    response = await world.press(action_id, actions=[pressed], view=view, channel=None, message=None)
    assert response.status == 200


async def test_what_is_typed_is_saved(world: World) -> None:
    await in_window(world, ids.ANSWER, "Hello May", "part two")
    saved = world.unsent.mine
    assert [text for _, text in saved.parts] == ["Hello May", "part two"]
    assert (saved.actor, saved.turn, saved.draft_id, saved.view_id) == (AGENT, 1, ON.draft, "V1")
    assert world.windows == []


async def test_an_unsent_text_comes_back_and_can_be_left(world: World) -> None:
    kept = Writing(ON.conversation, AGENT, 1, ON.draft, ((ids.answer_input(1, 1), "Half an answ"),), AT)
    world.unsent.mine = kept
    await world.press(ids.EDIT)
    assert inputs(world.windows[-1]) == ["Half an answ"]
    assert "*Your unsent text* of" in str(world.windows[-1])
    await in_window(world, ids.START_OVER, "Half an answ")
    assert inputs(world.windows[-1]) == [CASE.draft.proposal.text]
    assert "unsent text* of" not in str(world.windows[-1])
    block_id = next(b["block_id"] for b in world.windows[-1]["blocks"] if b.get("dispatch_action"))
    assert block_id == ids.answer_input(1, 2)


async def test_who_else_writes_is_told(world: World) -> None:
    other = Writing(ON.conversation, "U0BEN", 1, None, (), AT - timedelta(minutes=2), "V9")
    world.unsent.others = [other]
    await world.press(ids.EDIT)
    assert "*<@U0BEN> is writing an answer too*" in str(world.windows[-1])


async def test_more_room_and_macros_come_in_inputs_of_their_own(world: World) -> None:
    await in_window(world, ids.MORE_ROOM, "Hello")
    assert inputs(world.windows[-1]) == ["Hello", ""]
    await in_window(world, ids.INSERT, "Hello", selected_option={"value": "macro:0"})
    assert inputs(world.windows[-1]) == ["Hello", "Dear Maya, we are sorry."]
    assert [text for _, text in world.unsent.mine.parts] == ["Hello", "Dear Maya, we are sorry."]
    assert len(world.slack.asked("views.open")) == 0


async def test_a_macro_that_is_gone_is_said_in_the_window(world: World) -> None:
    await in_window(world, ids.INSERT, "Hello", selected_option={"value": "macro:7"})
    assert "not here any more" in str(world.windows[-1])
    assert world.whispers == []


async def test_macros_and_articles_are_found_as_somebody_types(world: World) -> None:
    async def found(typed: str) -> list[str]:
        asked = {"type": "block_suggestion", "action_id": ids.INSERT, "block_id": "tools", "value": typed}
        response = await world.interact(asked | {"view": opened()})
        assert response.status == 200
        return [one["text"]["text"] for one in world.read(response)["options"]]

    assert await found("sor") == ["Macro: Say sorry"]
    assert await found("unheard") == []
    assert await found("deliv") == ["Article: Delivery"]
    assert (await found(""))[:2] == ["Macro: Say sorry", "Article: Returns"]


async def test_a_closed_window_keeps_what_was_typed(world: World) -> None:
    await in_window(world, ids.ANSWER, "Hello")
    closed = opened("Hello") | {"type": "modal", "callback_id": ids.EDIT_MODAL}
    assert (await world.interact({"type": "view_closed", "view": closed})).status == 200
    assert world.unsent.closed == ["V1"]
    assert world.unsent.mine is not None


async def test_what_was_sent_is_not_unsent_any_more(world: World) -> None:
    await in_window(world, ids.ANSWER, "Hello")
    values = {ids.answer_input(1, 1): {ids.ANSWER: {"value": "Hello"}}}
    assert await world.submit(ids.EDIT_MODAL, values) is None
    assert world.unsent.mine is None


async def test_what_is_not_there_any_more_is_said_without_a_second_window(world: World) -> None:
    world.review.unknown = Rejected("This conversation is not known any more.")
    await world.press(ids.EDIT)
    assert "not known any more" in str(world.windows[-1])
    assert len(world.slack.asked("views.open")) == 1


async def test_reading_that_takes_long_opens_the_window_first(world: World) -> None:
    world.review.held = asyncio.Event()
    pressing = asyncio.create_task(world.press(ids.REPLY))
    async with asyncio.timeout(PATIENCE):
        while not world.windows:  # noqa: ASYNC110 - Slack is another process here; a deadline decides.
            await asyncio.sleep(0.02)
    world.review.held.set()
    await pressing
    assert [view["title"]["text"] for view in world.windows] == ["One moment", "Write an answer"]


async def test_a_press_in_another_window_changes_that_one(world: World) -> None:
    await in_window(world, ids.REPLY, on=replace(EDIT, draft=None))
    assert world.slack.asked("views.open") == []
    assert world.slack.asked("views.update")[0]["view_id"] == "V1"
