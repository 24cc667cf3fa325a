"""The App Home: the queue, settings, the practice conversation, and writing to a customer first."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from blocks import ids, practice
from blocks.ids import Target
from bot.core.access import Role
from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Channel, Status
from bot.core.ports.desk_work import Queued, QueueView
from tests.builders import AT
from tests.handlers.slack.conftest import AGENT, CASE, MANAGER, ON, World

WAITING = Queued(CASE.conversation, "Maya <Ortiz>", AT - timedelta(minutes=12), "C0MAIL", "1.000100")
STUCK = Queued(replace(CASE.conversation, id="b", status=Status.UNDELIVERED, subject=""), "", AT)
HERE = Target("home", 0).encode()


async def home_of(world: World, user: str = AGENT) -> dict[str, Any]:
    await world.happen({"type": "app_home_opened", "user": user, "tab": "home", "event_id": user})
    return world.slack.asked("views.publish")[-1]["view"]


def links(view: dict[str, Any]) -> list[str]:
    return [b["accessory"]["url"] for b in view["blocks"] if b.get("accessory", {}).get("url")]


def named(view: dict[str, Any], name: str) -> dict[str, Any]:
    return next(block for block in view["blocks"] if block["block_id"] == name)


async def in_home(world: World, action_id: str, value: str = HERE, user: str = AGENT) -> None:
    action = {"type": "button", "action_id": action_id, "block_id": "x", "value": value}
    given = {"type": "block_actions", "user": {"id": user}, "actions": [action]}
    assert (await world.interact(given)).status == 200


async def test_the_queue_leads_to_the_cards(world: World) -> None:
    world.team.queue = QueueView((WAITING,), (STUCK,), WAITING, 1, 9)
    view = await home_of(world)
    assert links(view) == ["https://x.slack.com/archives/C0MAIL/p1000100"]
    row = named(view, "mine-1")["text"]["text"]
    assert "*Waiting*\xa0\xa0·  for 12 min\xa0\xa0·  Maya &lt;Ortiz&gt;\xa0\xa0·  :email: e-mail" in row
    assert "*(no subject)*\n:warning: *Not delivered*" in named(view, "team-1")["text"]["text"]
    assert named(view, "team-more")["elements"][0]["text"] == "_and 8 more_"
    assert "*Waits longest:* <https://x.slack.com" in named(view, "longest")["elements"][0]["text"]
    assert "Automated resolution: *" in named(view, "today")["text"]["text"]
    assert len(world.slack.asked("auth.test")) <= 1


async def test_an_empty_queue_says_so_and_a_newcomer_is_welcomed(world: World) -> None:
    view = await home_of(world)
    assert "Nothing waits for you" in str(view)
    assert "New here?" in str(view)
    assert "settings" not in [block["block_id"] for block in view["blocks"]]
    world.team.practised.append(AGENT)
    await in_home(world, ids.HOME_REFRESH)
    assert "New here?" not in str(world.slack.asked("views.publish")[-1]["view"])


async def test_a_manager_changes_a_setting_as_by_command(world: World) -> None:
    assert named(await home_of(world, MANAGER), "settings")["elements"][0]["action_id"] == ids.SET_THRESHOLD
    await in_home(world, ids.SET_THRESHOLD, user=MANAGER)
    window = world.windows[-1]
    values = {
        ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": "chat"}}},
        ids.VALUE: {ids.VALUE: {"value": "85%"}},
    }
    view = {"id": "V1", "callback_id": ids.SETTING_MODAL, "private_metadata": window["private_metadata"]}
    view |= {"type": "modal", "state": {"values": values}}
    response = await world.interact({"type": "view_submission", "user": {"id": MANAGER}, "view": view})
    assert f"<@{MANAGER}> changed:" in str(world.read(response)["view"])
    assert world.controls.changed == [("auto_above", Channel.CHAT, 0.85, MANAGER, True)]


@pytest.mark.parametrize(
    ("action", "where", "value", "said"),
    [
        (ids.SET_THRESHOLD, "chat", {"value": "lots"}, "“lots” is no threshold"),
        (ids.SET_ROLLOUT, "all", {"value": "few"}, "“few” is no share"),
    ],
)
async def test_what_cannot_be_read_is_marked(
    world: World, action: str, where: str, value: dict[str, str], said: str
) -> None:
    world.roster.roles[AGENT] = Role.MANAGER
    await in_home(world, action)
    assert "Now: *" in str(world.windows[-1]["blocks"])
    assert "* everywhere" in str(world.windows[-1]["blocks"])
    metadata = world.windows[-1]["private_metadata"]
    values = {
        ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": where}}},
        ids.VALUE: {ids.VALUE: value},
    }
    answer = await world.submit(ids.SETTING_MODAL, values, metadata)
    assert said in answer["errors"][ids.VALUE]
    assert "`" not in answer["errors"][ids.VALUE]  # Slack shows no markup there.
    assert world.controls.changed == []


async def test_of_two_managers_the_second_is_told_what_the_first_set(world: World) -> None:
    world.roster.roles[AGENT] = Role.MANAGER
    await in_home(world, ids.SET_MODE)
    shown = json.loads(world.windows[-1]["private_metadata"])
    shown["shown"]["chat"] = "assist"  # What stood there when the window was opened; it is auto by now.
    values = {
        ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": "chat"}}},
        ids.VALUE: {ids.VALUE: {"selected_option": {"value": "off"}}},
    }
    answer = await world.submit(ids.SETTING_MODAL, values, json.dumps(shown))
    assert "Somebody changed this meanwhile: chat is auto now." in answer["errors"][ids.VALUE]
    assert world.controls.changed == []


async def test_whoever_may_not_change_a_setting_is_told(world: World) -> None:
    world.roster.roles[AGENT] = Role.MANAGER
    world.controls.fail = NotAllowed("Only managers may change this.")
    await in_home(world, ids.SET_MODE)
    values = {
        ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": "chat"}}},
        ids.VALUE: {ids.VALUE: {"selected_option": {"value": "off"}}},
    }
    answer = await world.submit(ids.SETTING_MODAL, values, world.windows[-1]["private_metadata"])
    assert "Only managers may change this." in str(answer["view"])


# --- practice -----------------------------------------------------------------------------------------------


async def test_the_practice_goes_through_its_lessons_and_touches_nothing(world: World) -> None:
    await in_home(world, ids.PRACTISE)
    for number, lesson in enumerate(practice.LESSONS):
        await press_practice(world, ids.TAKE, number)
        assert f"press *{lesson.label}*" in str(world.windows[-1])
        await press_practice(world, lesson.button, number)
        assert "*Done.*" in str(world.windows[-1])
        last = number == len(practice.LESSONS) - 1
        await press_practice(world, "finish" if last else "next", number + 1)
    assert "That is all." in str(world.windows[-1])
    assert world.team.practised == [AGENT]
    assert world.review.decided == []
    assert (world.unsent.mine, world.team.begun) == (None, [])


async def press_practice(world: World, name: str, number: int) -> None:
    action = {"type": "button", "action_id": f"{ids.PRACTICE}{name}", "block_id": "do", "value": str(number)}
    view = {"id": "V1", "hash": "h1"}
    response = await world.interact({"type": "block_actions", "view": view, "actions": [action]})
    assert response.status == 200


async def test_garbage_in_the_practice_begins_it_again(world: World) -> None:
    action = {"type": "button", "action_id": f"{ids.PRACTICE}approve", "block_id": "do", "value": ON.encode()}
    await world.interact({"type": "block_actions", "view": {"id": "V1"}, "actions": [action]})
    assert world.review.decided == []


# --- writing first ------------------------------------------------------------------------------------------

TYPED = {
    ids.CHANNEL: {ids.CHANNEL: {"selected_option": {"value": "email"}}},
    ids.ADDRESS: {ids.ADDRESS: {"value": "bo@customer.example"}},
    ids.NAME: {ids.NAME: {"value": "Bo"}},
    ids.SUBJECT: {ids.SUBJECT: {"value": "Your parcel"}},
    ids.ANSWER: {ids.ANSWER: {"value": "It is on hold."}},
}


async def test_an_agent_writes_first_by_button_and_by_shortcut(world: World) -> None:
    await in_home(world, ids.BEGIN)
    shortcut = {"type": "shortcut", "callback_id": ids.NEW_CONVERSATION}
    assert (await world.interact(shortcut)).status == 200
    assert [view["callback_id"] for view in world.windows] == [ids.BEGIN_MODAL] * 2
    answer = await world.submit(ids.BEGIN_MODAL, TYPED)
    assert answer["view"]["title"]["text"] == "Sent"
    expected = (Channel.EMAIL, "bo@customer.example", "Bo", "Your parcel", "It is on hold.", AGENT, "V1")
    assert world.team.begun == [expected]


@pytest.mark.parametrize(
    ("field", "at"),
    [("address", ids.ADDRESS), ("subject", ids.SUBJECT), ("text", ids.ANSWER), ("channel", ids.CHANNEL)],
)
async def test_what_cannot_be_used_is_marked_where_it_was_typed(world: World, field: str, at: str) -> None:
    world.team.fail = InvalidInput("Not like this.", field=field)
    assert (await world.submit(ids.BEGIN_MODAL, TYPED))["errors"] == {at: "Not like this."}


async def test_without_a_channel_nobody_is_written_to(world: World) -> None:
    assert (await world.submit(ids.BEGIN_MODAL, {}))["errors"] == {ids.CHANNEL: "Choose how to reach them."}
    world.team.channels = ()
    await in_home(world, ids.BEGIN)
    assert "No channel is connected" in str(world.windows[-1])


async def test_a_message_of_the_thread_opens_as_an_answer(world: World) -> None:
    await send_to_customer(world, text="Tell them Tuesday.", thread_ts="1.000100")
    assert "Tell them Tuesday." in str(world.windows[-1])
    assert world.windows[-1]["private_metadata"] == Target(ON.conversation, 1).encode()
    assert world.review.decided == []


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x"},
        {"text": "x", "thread_ts": "9.9"},
        {"thread_ts": "1.000100"},
        {"bot_id": "B1", "text": "x"},
    ],
)
async def test_another_message_says_where_the_shortcut_belongs(world: World, message: dict[str, str]) -> None:
    await send_to_customer(world, **message)
    assert world.windows == []
    assert "a message in a conversation's thread" in world.whispers[0][2]


async def send_to_customer(world: World, **message: str) -> None:
    shortcut = {
        "type": "message_action",
        "callback_id": ids.SEND_TO_CUSTOMER,
        "channel": {"id": "C0MAIL"},
        "message": {"ts": "2.0", "user": AGENT, **message},
    }
    assert (await world.interact(shortcut)).status == 200
