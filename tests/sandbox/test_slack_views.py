"""Modals and App Home: when they open, what they send, what the app may answer, what the person then sees."""

# ruff: noqa: E501 - tables of cases, one case a line.

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.people import encoded
from tests.waiting import PATIENCE

from .conftest import (
    OPTIONS,
    FarSide,
    actions,
    button,
    modal,
    mrkdwn,
    plain,
    recording,
    refused,
    text_input,
)


async def open_modal(far_side: FarSide, view: dict[str, Any], user: str = "") -> dict[str, Any]:
    trigger = far_side.sandbox.slack.triggers.issue(user or far_side.agent)
    return dict((await far_side.slack.views_open(trigger_id=trigger, view=view))["view"])


async def test_trigger_ids_live_three_seconds_and_work_once(far_side: FarSide) -> None:
    far_side.clock.stop()
    issue = far_side.sandbox.slack.triggers.issue
    slack, trigger = far_side.slack, issue(far_side.agent)
    await slack.views_open(trigger_id=trigger, view=modal())
    assert (await refused(slack.views_open(trigger_id=trigger, view=modal())))[
        "error"
    ] == "exchanged_trigger_id"
    assert (await refused(slack.views_open(trigger_id="1.2.3", view=modal())))[
        "error"
    ] == "invalid_trigger_id"
    assert (await refused(slack.views_open(trigger_id="", view=modal())))["error"] == "invalid_arguments"
    stale = issue(far_side.agent)
    far_side.clock.ahead += 3.1
    assert (await refused(slack.views_open(trigger_id=stale, view=modal())))["error"] == "expired_trigger_id"


async def test_stacking_views(far_side: FarSide) -> None:
    issue, slack = far_side.sandbox.slack.triggers.issue, far_side.slack
    push = slack.views_push(trigger_id=issue(far_side.agent), view=modal())
    assert (await refused(push))["error"] == "not_found"
    first = await open_modal(far_side, modal())
    second = (await slack.views_push(trigger_id=issue(far_side.agent), view=modal()))["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    await slack.views_push(trigger_id=issue(far_side.agent), view=modal())
    fourth = slack.views_push(trigger_id=issue(far_side.agent), view=modal())
    assert (await refused(fourth))["error"] == "push_limit_reached"
    assert len((await far_side.get("/control/slack/state"))["views"]) == 3


async def test_updating_views(far_side: FarSide) -> None:
    view = await open_modal(far_side, modal(external_id="ticket-1"))
    slack = far_side.slack
    newer = (
        await slack.views_update(external_id="ticket-1", view=modal(title=plain("New")), hash=view["hash"])
    )["view"]
    assert newer["title"]["text"] == "New"
    stale = slack.views_update(view_id=view["id"], view=modal(), hash=view["hash"])
    assert (await refused(stale))["error"] == "hash_conflict"
    assert (await refused(slack.views_update(view_id="V404", view=modal())))["error"] == "not_found"
    assert (await refused(slack.views_update(external_id="x", view=modal())))["error"] == "not_found"
    await slack.views_update(view_id=view["id"], view=modal(external_id="ticket-2"))
    other = slack.views_open(
        trigger_id=slack_trigger(far_side, far_side.manager), view=modal(external_id="ticket-2")
    )
    assert (await refused(other))["error"] == "duplicate_external_id"


def slack_trigger(far_side: FarSide, user: str) -> str:
    return far_side.sandbox.slack.triggers.issue(user)


async def test_of_two_inputs_of_one_action_id_the_one_that_is_typed_into_tells(far_side: FarSide) -> None:
    view = await open_modal(far_side, modal(text_input("one"), text_input("two")))
    app, seen = recording(far_side)
    async with far_side.connected(app):
        press = {"view_id": view["id"], "user": far_side.agent, "action_id": "text", "block_id": "two"}
        typed = {"one": {"text": "first"}, "two": {"text": "second"}}
        assert (await far_side.do("click", **press, value="second", values=typed))["ok"]
    (action,) = seen[-1]["actions"]
    assert (action["type"], action["block_id"], action["value"]) == ("plain_text_input", "two", "second")
    values = seen[-1]["view"]["state"]["values"]
    assert {block: state["text"]["value"] for block, state in values.items()} == {
        "one": "first",
        "two": "second",
    }


async def test_typed_values_stay_where_ids_stay(far_side: FarSide) -> None:
    typing = modal(
        text_input("kept", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]}),
        text_input("gone"),
    )
    view = await open_modal(far_side, typing)
    app, seen = recording(far_side)
    async with far_side.connected(app):
        press = {"view_id": view["id"], "user": far_side.agent, "action_id": "text"}
        assert (await far_side.do("click", **press, value="typed", values={"gone": {"text": "lost"}}))["ok"]
        assert seen[-1]["actions"][0]["value"] == "typed"
        assert seen[-1]["view"]["state"]["values"]["gone"]["text"]["value"] == "lost"
        await far_side.slack.views_update(
            view_id=view["id"], view=modal(text_input("kept"), text_input("new"))
        )
        answer = await far_side.do(
            "submit", view_id=view["id"], user=far_side.agent, values={"new": {"text": "n"}}
        )
    assert answer["ok"], answer
    values = seen[-1]["view"]["state"]["values"]
    assert {block: state["text"]["value"] for block, state in values.items()} == {"kept": "typed", "new": "n"}


async def test_submitting_sends_initial_values_and_closes(far_side: FarSide) -> None:
    view = await open_modal(far_side, modal(private_metadata="ids only"))
    app, seen = recording(far_side)
    async with far_side.connected(app):
        answer = await far_side.do("submit", view_id=view["id"], user=far_side.agent, values={})
    assert answer == {"ok": True, "response_action": None, "errors": None, "view": None, "ephemeral": []}
    sent = seen[-1]
    assert (sent["type"], sent["view"]["private_metadata"], sent["view"]["callback_id"]) == (
        "view_submission",
        "ids only",
        "edit",
    )
    assert sent["view"]["state"]["values"] == {
        "answer": {"text": {"type": "plain_text_input", "value": "hello"}}
    }
    assert "user" not in sent["view"]
    assert (await far_side.get("/control/slack/state"))["views"] == []


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "invalid_input"),
        ({"answer": {"text": ""}}, "invalid_input"),
        ({"answer": {"text": None}}, "invalid_input"),
        ({"answer": {"text": "x" * 21}}, "invalid_input"),
        ({"answer": {"text": 7}}, "invalid_input"),
        ({"answer": {"other": "x"}}, "no_such_action"),
        ({"answer": "x"}, "invalid_value"),
    ],
)
async def test_what_slacks_client_would_not_submit(far_side: FarSide, values: Any, error: str) -> None:
    view = await open_modal(far_side, modal(text_input(max_length=20)))
    answer = await far_side.do("submit", view_id=view["id"], user=far_side.agent, values=values)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert answer["message"]
    if error == "invalid_input":
        assert list(answer["errors"]) == ["answer"]


ENTRIES = [
    ("email_text_input", {}, "a@b.example", "value", "a@b.example", "no address"),
    ("url_text_input", {}, "https://x.example", "value", "https://x.example", "x"),
    ("number_input", {"is_decimal_allowed": True}, 4.5, "value", "4.5", "four"),
    ("rich_text_input", {}, "hi", "rich_text_value", None, 7),
    ("static_select", {"options": OPTIONS}, "snooze", "selected_option", OPTIONS[0], "x"),
    ("radio_buttons", {"options": OPTIONS}, "snooze", "selected_option", OPTIONS[0], "x"),
    ("checkboxes", {"options": OPTIONS}, ["snooze"], "selected_options", [OPTIONS[0]], "snooze"),
    ("multi_static_select", {"options": OPTIONS, "max_selected_items": 1}, ["snooze"], "selected_options", [OPTIONS[0]], ["snooze", "resolve"]),
    ("external_select", {}, "any", "selected_option", {"text": plain("any") | {"emoji": True}, "value": "any"}, None),
    ("users_select", {}, "U0KIM000001", "selected_user", "U0KIM000001", "kim"),
    ("multi_users_select", {}, ["U0KIM000001"], "selected_users", ["U0KIM000001"], "kim"),
    ("channels_select", {}, "C0CHAT00001", "selected_channel", "C0CHAT00001", "#chat"),
    ("conversations_select", {}, "C0CHAT00001", "selected_conversation", "C0CHAT00001", "#chat"),
    ("datepicker", {}, "2026-11-23", "selected_date", "2026-11-23", "today"),
    ("timepicker", {}, "09:30", "selected_time", "09:30", "9"),
    ("file_input", {"max_files": 2}, [{"id": "F0PICKED01", "name": "crack.png"}], "files", [{"id": "F0PICKED01", "name": "crack.png"}], ["crack.png"]),
    ("datetimepicker", {}, 1795402279, "selected_date_time", 1795402279, "now"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "properties", "entry", "key", "kept", "bad"), ENTRIES, ids=[entry[0] for entry in ENTRIES]
)
async def test_every_kind_of_input(
    far_side: FarSide, kind: str, properties: dict[str, Any], entry: Any, key: str, kept: Any, bad: Any
) -> None:
    element = {"type": kind, "action_id": "it", **properties}
    view = await open_modal(
        far_side, modal({"type": "input", "block_id": "b", "label": plain("L"), "element": element})
    )
    submit = {"view_id": view["id"], "user": far_side.agent}
    app, seen = recording(far_side)
    async with far_side.connected(app):
        refusal = await far_side.do("submit", **submit, values={"b": {"it": bad}})
        assert refusal["error"] == "invalid_input"
        # A page that keeps state sends it back as state.
        assert (await far_side.do("submit", **submit, values={"b": {"it": {"type": kind, key: entry}}}))["ok"]
    state = seen[-1]["view"]["state"]["values"]["b"]["it"]
    assert state["type"] == kind
    assert kept is None or state[key] == kept


async def test_a_picked_file_is_described_and_can_be_fetched(far_side: FarSide) -> None:
    picked = {"user": far_side.agent, "name": "crack.png"}
    taken = (await far_side.do("upload", **picked, content="iVBORw0KGgo="))["file"]
    assert (taken["name"], taken["mimetype"], taken["size"], taken["user"]) == (
        "crack.png",
        "image/png",
        8,
        far_side.agent,
    )
    async with aiohttp.ClientSession() as session, session.get(taken["url_private"]) as answer:
        assert await answer.read() == b"\x89PNG\r\n\x1a\n"


async def test_rich_text_comes_as_rich_text(far_side: FarSide) -> None:
    element = {"type": "rich_text_input", "action_id": "it"}
    block = {"type": "input", "block_id": "b", "label": plain("L"), "element": element, "optional": True}
    app, seen = recording(far_side)
    async with far_side.connected(app):
        for entry in ("", {"type": "rich_text", "elements": []}):
            view = await open_modal(far_side, modal(block))
            submit = {"view_id": view["id"], "user": far_side.agent, "values": {"b": {"it": entry}}}
            assert (await far_side.do("submit", **submit))["ok"]
    assert seen[-1]["view"]["state"]["values"]["b"]["it"]["rich_text_value"] == {
        "type": "rich_text",
        "elements": [],
    }


def answering(far_side: FarSide, **answer: Any) -> AsyncApp:
    app = far_side.app()

    @app.view("edit")
    async def edited(ack: Any) -> None:
        await ack(**answer)

    return app


async def submitted(far_side: FarSide, **answer: Any) -> dict[str, Any]:
    await open_modal(far_side, modal())
    trigger = slack_trigger(far_side, far_side.agent)
    top = (await far_side.slack.views_push(trigger_id=trigger, view=modal()))["view"]
    async with far_side.connected(answering(far_side, **answer)):
        return await far_side.do("submit", view_id=top["id"], user=far_side.agent, values={})


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({}, 1),
        ({"response_action": "clear"}, 0),
        ({"response_action": "errors", "errors": {"answer": "Too short."}}, 2),
        ({"response_action": "update", "view": modal(title=plain("Done"))}, 2),
        ({"response_action": "push", "view": modal(title=plain("Next"))}, 3),
    ],
)
async def test_answers_to_a_submission(far_side: FarSide, answer: dict[str, Any], left: int) -> None:
    result = await submitted(far_side, **answer)
    assert result["ok"], result
    assert result["response_action"] == answer.get("response_action")
    assert result["errors"] == answer.get("errors")
    assert len((await far_side.get("/control/slack/state"))["views"]) == left
    if "view" in answer:
        assert result["view"]["title"] == answer["view"]["title"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "explode"}, "invalid_response_action"),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "invalid_response_action"),
        ({"response_action": "update", "view": {"type": "modal", "blocks": []}}, "invalid_arguments"),
    ],
)
async def test_bad_answers_to_a_submission(far_side: FarSide, answer: dict[str, Any], error: str) -> None:
    view = await open_modal(far_side, modal())
    async with far_side.socket() as ws:
        submitting = asyncio.create_task(
            far_side.do("submit", view_id=view["id"], user=far_side.agent, values={})
        )
        frame = await ws.receive_json(timeout=PATIENCE)
        await ws.send_json({"envelope_id": frame["envelope_id"], "payload": answer})
        assert (await submitting)["error"] == error


async def test_closing_views(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        quiet = await open_modal(far_side, modal())
        await far_side.do("close", view_id=quiet["id"], user=far_side.agent)
        assert seen == []
        await open_modal(far_side, modal(notify_on_close=True))
        trigger = slack_trigger(far_side, far_side.agent)
        clearing = modal(notify_on_close=True, clear_on_close=True)
        top = (await far_side.slack.views_push(trigger_id=trigger, view=clearing))["view"]
        assert (await far_side.do("close", view_id=top["id"], user=far_side.manager))["error"] == "not_found"
        assert await far_side.do("close", view_id=top["id"], user=far_side.agent) == {"ok": True}
    assert [(body["type"], body["is_cleared"]) for body in seen] == [("view_closed", True)] * 2
    assert (await far_side.get("/control/slack/state"))["views"] == []


async def test_home(far_side: FarSide) -> None:
    app, opened = far_side.app(), []

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        opened.append(event)
        blocks = [{"type": "section", "text": mrkdwn("Your queue")}, actions(button("refresh"))]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("refresh")
    async def refresh(ack: Any) -> None:
        await ack()

    async with far_side.connected(app):
        view = (await far_side.do("home", user=far_side.agent))["view"]
        assert view["blocks"][0]["text"]["text"] == "Your queue"
        again = (await far_side.do("home", user=far_side.agent))["view"]
        assert again["id"] == view["id"]
        press = {"view_id": view["id"], "user": far_side.agent, "action_id": "refresh"}
        assert (await far_side.do("click", **press))["ok"]
    assert (opened[0]["tab"], "view" in opened[0], "view" in opened[1]) == ("home", False, True)
    stale = far_side.slack.views_publish(
        user_id=far_side.agent, view={"type": "home", "blocks": []}, hash="old"
    )
    assert (await refused(stale))["error"] == "hash_conflict"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a & b", "a &amp; b"),
        ("<b>", "&lt;b&gt;"),
        ("hi <@U1> see <#C1> <!here>", "hi <@U1> see <#C1> <!here>"),
        ("<https://x.example|x> & <mailto:a@b.example>", "<https://x.example|x> &amp; <mailto:a@b.example>"),
        ("<javascript:x>", "&lt;javascript:x&gt;"),
    ],
)
def test_what_people_type_is_encoded(typed: str, sent: str) -> None:
    assert encoded(typed) == sent


async def test_old_trigger_ids_are_forgotten(far_side: FarSide) -> None:
    first = slack_trigger(far_side, far_side.agent)
    for _ in range(2_000):
        slack_trigger(far_side, far_side.agent)
    forgotten = far_side.slack.views_open(trigger_id=first, view=modal())
    assert (await refused(forgotten))["error"] == "invalid_trigger_id"
