"""Everything that can be done in Slack, by every role: what the access table says is what happens."""

import json
import re
from typing import Any, get_args

import pytest

from blocks import ids
from bot.core.access import ACCESS, MAIN_ONLY, Proof, Role, needed
from handlers.slack import grammar
from handlers.slack.access import acts_of
from tests.handlers.slack.conftest import ON, World, making
from tests.recorder import all_registered

REGISTERED = all_registered()
WHYS = (
    "Only agents of this desk may do this",
    "Only managers may do this",
    "Only people of the workspace in which threadpilot is installed may do this",
)
COMMANDS = {
    "Help": "help",
    "ShowStatus": "status",
    "ShowThresholds": "threshold",
    "ShowModes": "mode",
    "ShowUndo": "undo",
    "ShowRollout": "rollout",
    "ShowRules": "rules",
    "ShowRisk": "risk",
    "ShowStats": "stats",
    "ShowDigest": "digest",
    "SetDigest": "digest off",
    "WhatIf": "whatif chat 90%",
    "OpenDashboard": "dashboard",
    "EndVisits": "dashboard revoke",
    "ShowAudit": "audit https://x.slack.com/archives/C0/p1763888400000100",
    "SetThreshold": "threshold chat 90%",
    "SetMode": "mode chat off",
    "SetRollout": "rollout chat 10%",
    "SetUndo": "undo chat 5",
    "SetLimit": "rules chat per-hour 20",
    "SetRisk": "risk chat 2%",
    "Pause": "pause",
    "Resume": "resume",
    "ShowFloors": "floor",
    "ShowChecks": "check",
    "ShowBounds": "bounds",
    "ShowHistory": "history",
    "ShowExperiments": "experiment",
    "Find": "find ada",
    "ShowPlaces": "cards",
    "SetPlace": "cards email here",
    "Export": "export",
    "Import": "import",
    "SetFloor": "floor chat 60%",
    "SetCheck": "check chat 10%",
    "SetTopic": "threshold topic returns 95%",
    "SetWord": "rules add chargeback",
    "SwitchRule": "rules off legal",
    "SetBound": "bounds chat wrong 10%",
    "Revert": "revert last",
    "StartExperiment": "experiment start chat threshold 80%",
    "StopExperiment": "experiment stop chat",
    "OpenReview": "review",
    "ShowReviews": "review stats",
    "ShowCoaching": "review notes",
    "SetAgentReviews": "review agents 5%",
    "ShowHours": "hours",
    "ShowSla": "sla",
    "ShowBreaches": "sla breaches",
    "ShowRota": "oncall",
    "ShowCrew": "team",
    "ShowWords": "watch",
    "ShowVips": "vip",
    "ShowTold": "tell",
    "WatchWord": "watch add outage",
    "SetAway": "team away",
    "SetHours": "hours chat always",
    "SetHoliday": "hours holiday 2026-12-25 UTC",
    "SetTarget": "sla chat first 1h",
    "SetVip": "vip add @acme.example",
    "SetTold": "tell chat closed on",
    "AddShift": "oncall add me mon 9-17",
    "AddBackup": "oncall then me",
    "LeaveRota": "oncall remove me",
    "SetCallLimit": "oncall limit 15m",
    "SetRotaZone": "oncall zone UTC",
    "AddMember": "team add me",
    "RemoveMember": "team remove me",
    "SetMethod": "team assign off",
}


def members(union: Any) -> set[str]:
    """Return the names of all classes of a union, which may hold unions."""
    parts = get_args(union)
    return set().union(*map(members, parts)) if parts else {union.__name__}


def acts() -> list[str]:
    """Return everything that Slack can hand over, as far as it has a listener."""
    return sorted(
        [
            *(f"button {name}" for name in {*REGISTERED["action"], *ids.CHOICES}),
            *(f"button {name}" for name in REGISTERED.get("options", ())),
            *(f"window {name}" for name in REGISTERED["view"]),
            *(f"shortcut {name}" for name in REGISTERED.get("shortcut", ())),
            *(f"event {name}" for name in REGISTERED["event"]),
            *(f"/cockpit {name}" for name in members(grammar.Command)),
        ]
    )


def test_every_act_in_slack_is_classified_and_nothing_else_is() -> None:
    missing = [act for act in acts() if act not in ACCESS]
    assert missing == [], "add a line for each to bot/core/access.py: which role does it take?"
    slacks = ("button ", "window ", "shortcut ", "event ", "/cockpit ")
    assert {act for act in ACCESS if act.startswith(slacks)} == set(acts()), "a line there is for nothing"


async def do(world: World, act: str, user: str) -> str | None:
    """Do something in Slack, the way its payload comes; return how a window is answered."""
    kind, _, name = act.partition(" ")
    match kind:
        case "button":
            await world.press(name, user={"id": user})
        case "window":
            view = {"id": "V1", "type": "modal", "callback_id": name, "private_metadata": ON.encode()}
            view |= {"state": {"values": {}}}
            answer = await world.interact({"type": "view_submission", "view": view, "user": {"id": user}})
            return str(answer.body)
        case "shortcut":
            await world.interact({"type": "shortcut", "callback_id": name, "user": {"id": user}})
        case "event":
            typed = {"thread_ts": "1.0", "ts": "2.0", "text": "hello", "tab": "home"}
            await world.happen({"type": name, "user": user} | typed)
        case _:
            typed = COMMANDS.get(name)
            assert typed, f"write how {name} is typed into COMMANDS of this test"
            await world.command(typed, user, f"{world.slack.url}respond")
    return None


@pytest.mark.parametrize("role", Role)
async def test_each_role_may_do_what_the_table_says_and_no_more(world: World, role: Role) -> None:
    world.roster.roles["U0ROLE"] = role
    for act in acts():
        before = len(world.counted)
        await do(world, act, "U0ROLE")
        refused = [(what, *labels) for what, *labels in world.counted[before:]]
        wanted = needed(act)
        may = isinstance(wanted, Proof) or role >= wanted
        expected = [] if may else [("refused", act, role.name.lower())]
        assert refused == expected, act


@pytest.mark.parametrize("role", [Role.AGENT, Role.OWNER])
async def test_what_is_about_the_desk_as_a_whole_is_nobodys_in_another_workspace(role: Role) -> None:
    async with making(main=False) as world:
        world.roster.roles["U0ROLE"] = role
        for act in acts():
            before = len(world.counted)
            await do(world, act, "U0ROLE")
            wanted = needed(act)
            may = isinstance(wanted, Proof) or (role >= wanted and act not in MAIN_ONLY)
            refused = [act for _, act, _ in world.counted[before:]]
            assert refused == ([] if may else [act]), act
        assert world.alarms == []


def test_in_another_workspace_people_work_on_conversations_and_steer_nothing() -> None:
    elsewhere = {act for act in acts() if act not in MAIN_ONLY}
    assert {act for act in elsewhere if act.startswith("/cockpit ")} == {
        "/cockpit Help",
        "/cockpit Find",
        "/cockpit ShowPlaces",
        "/cockpit SetPlace",
    }
    assert not {act for act in elsewhere if "set_" in act or "import" in act or "suggestion" in act}
    assert {f"button {one}" for one in (ids.APPROVE, ids.EDIT, ids.ESCALATE, ids.TAKE)} <= elsewhere


async def test_a_conversation_of_another_workspace_is_not_known_whatever_names_it() -> None:
    async def nothing(_conversation_id: str) -> bool:
        return False

    async with making(knows=nothing) as world:
        about = [
            act
            for act in acts()
            if act.startswith(("button ", "window ")) and act not in MAIN_ONLY and needed(act) == Role.AGENT
        ]
        assert len(about) >= 50
        for act in about:
            before = len(world.counted)
            await do(world, act, "U0KIM")
            assert world.counted[before:] == [("refused", act, "unknown here")], act
        assert world.review.decided == []
        assert {told[2] for told in world.whispers} == {"This conversation is not known here (any more)."}
        await do(world, "/cockpit ShowStatus", "U0KIM")
        await do(world, "button do_setting", "U0MORGAN")
        assert world.counted[-1][0] == "refused"
        assert world.counted[-1][2] == "unknown here"


async def test_who_is_refused_is_told_why_nothing_happens_and_who_is_no_agent_raises_an_alarm(
    world: World,
) -> None:
    world.roster.roles["U0STRANGER"] = Role.NOBODY
    await world.press(ids.APPROVE, user={"id": "U0STRANGER"})
    assert world.review.decided == []
    (told,) = world.whispers
    assert (told[:2]) == ("C0MAIL", "U0STRANGER")
    assert "Only agents of this desk may do this" in told[2]
    await do(world, "window edit_answer", "U0STRANGER")
    assert world.review.decided == []
    assert [key for key, _ in world.alarms] == ["button approve U0STRANGER", "window edit_answer U0STRANGER"]
    who, so = "<@U0STRANGER>, who is not of this workspace, tried to", "It was refused, and nothing happened."
    assert [said for _, said in world.alarms] == [
        f"{who} press *approve*. {so}",
        f"{who} send the window *edit answer*. {so}",
    ]


@pytest.mark.parametrize("role", [Role.NOBODY, Role.GUEST])
async def test_every_refusal_says_why_in_words_to_the_one_who_tried(world: World, role: Role) -> None:
    world.roster.roles["U0ROLE"] = role
    for act in acts():
        wanted = needed(act)
        if isinstance(wanted, Proof) or role >= wanted:
            continue
        calls = len(world.slack.calls)
        acknowledged = await do(world, act, "U0ROLE")
        said = json.dumps([args for _, args in world.slack.calls[calls:]]) + (acknowledged or "")
        told = [why for why in WHYS if why in said]
        assert len(told) == 1, f"{act}: {said}"
    for _, said in world.alarms:
        assert re.search(r"tried to [a-z`/ *]+\. It was refused", said), said
        assert not re.search(r"[a-z][A-Z]|_", said.partition("tried to ")[2]), said


async def test_what_nobody_classified_is_refused_in_words(world: World) -> None:
    world.roster.roles["U0GUEST"] = Role.GUEST
    await world.press("unheard_of", user={"id": "U0GUEST"})
    assert "threadpilot does not know who may do this" in world.whispers[0][2]
    assert "tried to do something that threadpilot does not know." in world.alarms[0][1]


async def test_an_agent_who_tries_what_managers_do_is_refused_and_counted_without_an_alarm(
    world: World,
) -> None:
    await do(world, "/cockpit Pause", "U0KIM")
    assert (world.controls.changed, world.alarms) == ([], [])
    assert world.counted == [("refused", "/cockpit Pause", "agent")]


def test_an_entry_of_a_menu_is_what_its_button_is() -> None:
    action = {"action_id": "more", "selected_option": {"value": ids.encode_choice("resolve", ON)}}
    assert acts_of({"type": "block_actions", "actions": [action]}) == ["button resolve"]
    forged = {"action_id": "more", "selected_option": {"value": "approve:" + ON.encode()}}
    assert acts_of({"type": "block_actions", "actions": [forged]}) == ["button more"]


def test_what_machines_say_and_what_is_typed_outside_of_threads_is_no_act() -> None:
    for event in (
        {"type": "message", "user": "U1", "ts": "1.0"},
        {"type": "message", "bot_id": "B1", "user": "U1", "ts": "2.0", "thread_ts": "1.0"},
        {"type": "message", "subtype": "message_deleted", "deleted_ts": "2.0"},
    ):
        assert acts_of({"type": "event_callback", "event": event}) == []
    assert acts_of({"type": "block_suggestion", "action_id": "merge_into"}) == ["button merge_into"]
    assert acts_of({"type": "url_verification"}) == []


def test_a_change_of_a_note_is_an_act_of_who_made_it() -> None:
    message = {"user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "changed"}
    event = {"type": "message", "subtype": "message_changed", "message": message}
    assert acts_of({"type": "event_callback", "event": event}) == ["event message"]
