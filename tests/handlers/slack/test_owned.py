"""What a colleague has is done only after a question, and every window says whose it is."""

from dataclasses import replace

import pytest

from blocks import ids
from bot.core.errors import AlreadyDecided
from tests.blocks.states import STATES
from tests.handlers.slack.conftest import AGENT, CASE, ON, World

BEN, RIVERA = "U0BEN", "U0RIVERA"
HAS_IT = f"*<@{BEN}> has this conversation.*"
WINDOW = {"id": "V1", "hash": "h1", "private_metadata": ""}
DEEDS = {
    ids.APPROVE: ("approve", ON.draft, AGENT),
    ids.RESOLVE: ("resolve", ON.conversation, ON.turn, AGENT),
    ids.NOT_SUPPORT: ("not_support", ON.conversation, ON.turn, AGENT),
    ids.BLOCK: ("block", ON.conversation, ON.turn, AGENT),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("inside", [{}, {"view": WINDOW, "channel": None, "message": None}])
async def test_what_a_colleague_has_is_asked_about_and_then_done(
    world: World, deed: str, inside: dict
) -> None:
    world.review.owned_by = BEN
    assert (await world.press(deed, **inside)).status == 200
    asked = world.windows[-1]
    assert (asked["callback_id"], world.review.decided) == (ids.ALL_THE_SAME_MODAL, [])
    assert asked["blocks"][0]["text"]["text"].startswith(HAS_IT)
    assert await world.submit(ids.ALL_THE_SAME_MODAL, {}, metadata=asked["private_metadata"]) is None
    assert world.review.decided == [DEEDS[deed]]
    assert world.whispers == []


async def test_the_menu_asks_too(world: World) -> None:
    world.review.owned_by = BEN
    await world.choose(ids.encode_choice(ids.RESOLVE, ON))
    assert world.windows[-1]["submit"]["text"] == "Resolve"


async def test_who_was_faster_meanwhile_is_said_in_the_window(world: World) -> None:
    world.review.fail = AlreadyDecided(f"<@{BEN}> was first: this answer is on its way.", winner=BEN)
    answer = await world.submit(ids.ALL_THE_SAME_MODAL, {}, metadata=ids.encode_deed(ids.APPROVE, "", ON))
    assert f"<@{BEN}> was first" in str(answer["view"])


async def test_whoever_has_it_by_now_is_asked_about_again(world: World) -> None:
    world.review.owned_by = BEN
    await world.press(ids.APPROVE)
    world.review.owned_by = RIVERA
    answer = await world.submit(ids.ALL_THE_SAME_MODAL, {}, metadata=world.windows[-1]["private_metadata"])
    assert answer["response_action"] == "update"
    assert f"*<@{RIVERA}> has this conversation.*" in str(answer["view"])
    assert world.review.decided == []
    again = answer["view"]["private_metadata"]
    assert await world.submit(ids.ALL_THE_SAME_MODAL, {}, metadata=again) is None
    assert world.review.decided == [DEEDS[ids.APPROVE]]


async def test_a_question_that_comes_too_late_for_its_window_is_said_in_words(world: World) -> None:
    world.review.owned_by = BEN
    world.slack.then("views.open", "expired_trigger_id")
    await world.press(ids.APPROVE)
    (told,) = world.whispers
    assert told[2] == (
        f"<@{BEN}> has this conversation. Nothing was done. "
        "Slack waited too long for the window. Press the button again."
    )
    assert world.review.decided == []


@pytest.mark.parametrize("owner", [None, AGENT, BEN])
@pytest.mark.parametrize(
    "action",
    [ids.EDIT, ids.REPLY, ids.ESCALATE, ids.REJECT, ids.REGENERATE, ids.SNOOZE, ids.OTHERS, ids.ASK],
)
async def test_a_window_says_whose_it_is_unless_it_is_ones_own(
    world: World, action: str, owner: str | None
) -> None:
    world.review.now = replace(CASE, conversation=replace(CASE.conversation, assignee=owner))
    if action == ids.OTHERS:
        await world.choose(ids.encode_choice(action, ON))
    else:
        await world.press(action)
    assert (HAS_IT in str(world.windows[-1])) is (owner == BEN)
    assert len(world.slack.asked("views.open")) == 1


@pytest.mark.parametrize("owner", [None, AGENT, BEN])
@pytest.mark.parametrize("action", [ids.MERGE, ids.SPLIT, ids.ASSIGN, ids.HAND_BACK])
async def test_so_does_one_that_moves_it_or_gives_it_to_somebody(
    world: World, action: str, owner: str | None
) -> None:
    case = STATES["came_back_earlier"]
    world.review.now = replace(case, conversation=replace(case.conversation, assignee=owner))
    await (world.choose(ids.encode_choice(ids.ASSIGN, ON)) if action == ids.ASSIGN else world.press(action))
    assert (HAS_IT in str(world.windows[-1])) is (owner == BEN)


async def test_what_a_search_for_a_merge_finds_stands_below_whose_it_is(world: World) -> None:
    world.review.now = replace(CASE, conversation=replace(CASE.conversation, assignee=BEN))
    typed = {ids.SEARCH: {ids.SEARCH: {"value": "parcel"}}}
    answer = await world.submit(ids.MERGE_MODAL, typed)
    assert HAS_IT in str(answer["view"]["blocks"][0])
