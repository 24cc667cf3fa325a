"""The small windows: opened from the menu and from other windows, and what comes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blocks import ids
from bot.core.errors import InvalidInput, Rejected, Superseded, Unavailable
from tests.handlers.slack.conftest import AGENT, ON, World

WINDOW = {"id": "V1", "hash": "h1", "private_metadata": ""}


def hint(typed: str | None, picked: str | None = None, choice: str = ids.QUICK_HINT) -> dict[str, Any]:
    option = {"value": picked} if picked else None
    return {choice: {choice: {"selected_option": option}}, ids.HINT: {ids.HINT: {"value": typed}}}


@pytest.mark.parametrize(
    ("choice", "title"),
    [
        (ids.REGENERATE, "Draft anew"),
        (ids.REJECT, "Reject the draft"),
        (ids.SNOOZE, "Snooze"),
        (ids.ASK, "Ask a colleague"),
        (ids.OTHERS, "What else?"),
    ],
)
async def test_the_menu_opens_a_window(world: World, choice: str, title: str) -> None:
    await world.choose(ids.encode_choice(choice, ON))
    assert [view["title"]["text"] for view in world.windows] == [title]


@pytest.mark.parametrize(
    ("action", "title"),
    [
        (ids.REGENERATE, "Draft anew"),
        (ids.REJECT, "Reject the draft"),
        (ids.SNOOZE, "Snooze"),
        (ids.ASK, "Ask a colleague"),
        (ids.MERGE, "Merge"),
    ],
)
async def test_a_press_in_a_window_changes_it(world: World, action: str, title: str) -> None:
    await world.press(action, view=WINDOW, channel=None, message=None)
    assert world.slack.asked("views.open") == []
    assert world.windows[-1]["title"]["text"] == title


async def test_words_in_full_open_on_top_of_what_is_being_written(world: World) -> None:
    await world.press(ids.SHOW_ALL)
    await world.press(ids.SHOW_ALL, view=WINDOW, channel=None, message=None)
    assert len(world.slack.asked("views.open")) == len(world.slack.asked("views.push")) == 1


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        (ids.REOPEN, ("reopen", ON.conversation, AGENT)),
        (ids.NOT_SUPPORT, ("not_support", ON.conversation, 1, AGENT)),
        (ids.BLOCK, ("block", ON.conversation, 1, AGENT)),
        (ids.RESOLVE, ("resolve", ON.conversation, 1, AGENT)),
    ],
)
async def test_what_is_decided_in_a_window_is_said_there(world: World, action: str, decision: tuple) -> None:
    await world.press(action, view=WINDOW, channel=None, message=None)
    assert world.review.decided == [decision]
    assert world.windows[-1]["title"]["text"] == "Done"
    await world.press(action)
    assert len(world.windows) == 1


async def test_a_card_wakes_and_unblocks_with_one_click(world: World) -> None:
    await world.press(ids.WAKE)
    await world.press(ids.UNBLOCK)
    await world.press(ids.NEXT)
    assert world.review.decided == [("wake", ON.conversation, AGENT), ("unblock", ON.conversation, AGENT)]


async def test_a_new_draft_is_asked_for_and_told_of(world: World) -> None:
    answer = await world.submit(ids.REGENERATE_MODAL, hint("with Sie", "In German"))
    assert answer["response_action"] == "update"
    assert world.review.decided == [("again", ON.conversation, 1, "In German: with Sie", AGENT)]
    assert "The new draft stands on the card." in str(world.windows[-1])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Rejected("It came out the same."), "It came out the same."),
        (Unavailable("locked"), "That did not work just now. Please try again."),
    ],
)
async def test_why_there_is_no_new_draft_is_said(world: World, error: Exception, said: str) -> None:
    world.review.fail = error
    await world.submit(ids.REGENERATE_MODAL, hint(None, "Shorter"))
    assert said in str(world.windows[-1])


async def test_a_wish_is_needed(world: World) -> None:
    answer = await world.submit(ids.REGENERATE_MODAL, hint(None))
    assert answer["errors"] == {ids.HINT: "Choose something, or write what you want."}


async def test_a_rejection_has_a_reason(world: World) -> None:
    assert (
        await world.submit(ids.REJECT_MODAL, hint("no such order", "A fact is wrong", ids.QUICK_REASON))
        is None
    )
    assert world.review.decided == [("reject", ON.conversation, 1, "A fact is wrong: no such order", AGENT)]


async def test_a_rejection_without_a_reason_says_what_to_do(world: World) -> None:
    answer = await world.submit(ids.REJECT_MODAL, hint(None, "written", ids.QUICK_REASON))
    assert answer["errors"] == {ids.HINT: "Choose a reason or write one."}
    assert world.review.decided == []


async def test_a_preset_is_counted_from_now(world: World) -> None:
    chosen = {ids.UNTIL: {ids.UNTIL: {"selected_option": {"value": "3h"}}}}
    assert await world.submit(ids.SNOOZE_MODAL, chosen) is None
    ((_, _, _, until, _),) = world.review.decided
    assert abs(until - datetime.now(UTC) - timedelta(hours=3)) < timedelta(minutes=1)


async def test_a_colleague_is_asked(world: World) -> None:
    values = {
        ids.COLLEAGUE: {ids.COLLEAGUE: {"selected_user": "U0BEN"}},
        ids.QUESTION: {ids.QUESTION: {"value": "Do we ship there?"}},
    }
    assert await world.submit(ids.ASK_MODAL, values) is None
    assert world.review.decided == [("ask", ON.conversation, "U0BEN", "Do we ship there?", AGENT, "V1")]


@pytest.mark.parametrize(("field", "at"), [("colleague", ids.COLLEAGUE), ("question", ids.QUESTION)])
async def test_what_is_missing_is_marked(world: World, field: str, at: str) -> None:
    world.review.fail = InvalidInput("Say more.", field=field)
    assert (await world.submit(ids.ASK_MODAL, {}))["errors"] == {at: "Say more."}


async def test_what_came_too_late_replaces_the_window(world: World) -> None:
    world.review.fail = Superseded("Maya wrote again.")
    answer = await world.submit(ids.SNOOZE_MODAL, {})
    assert (answer["response_action"], "Maya wrote again." in str(answer["view"])) == ("update", True)
