"""Clicks, commands and modals: what the app is sent, what it may answer, what the person then sees."""

# ruff: noqa: E501 - tables of cases, one case a line.

import asyncio
import re
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import directory
from sandbox.slack.people import encoded

from .conftest import (
    FarSide,
    actions,
    button,
    modal,
    mrkdwn,
    plain,
    refused,
    running,
    text_input,
    until_async,
)

OPTIONS = [{"text": plain(text), "value": text.lower()} for text in ("Snooze", "Resolve")]


async def card(far_side: FarSide, *blocks: dict[str, Any]) -> dict[str, Any]:
    shown = list(blocks) or [
        actions(button(value="42"), {"type": "overflow", "action_id": "more", "options": OPTIONS})
    ]
    posted = await far_side.slack.chat_postMessage(channel=far_side.email, text="card", blocks=shown)
    return {"channel": far_side.email, "ts": posted["ts"], "user": far_side.agent}


def recording(far_side: FarSide) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """Make an app that acknowledges everything and remembers what it was sent."""
    app, seen = far_side.app(), []

    @app.middleware
    async def remember(body: dict[str, Any], next: Any) -> None:  # noqa: A002 - bolt's name
        seen.append(body)
        await next()

    async def acknowledge(ack: Any) -> None:
        await ack()

    for listen in (app.action, app.view, app.command, app.view_closed):
        listen(re.compile(".*"))(acknowledge)
    return app, seen


async def test_the_whole_payload_of_a_click(far_side: FarSide) -> None:
    where = await card(
        far_side,
        text_input(block_id="note", initial_value="draft"),
        actions(button(value="42"), block_id="row"),
    )
    app, seen = recording(far_side)
    async with far_side.connected(app):
        assert await far_side.do("click", **where, action_id="approve") == {
            "ok": True,
            "view": None,
            "ephemeral": [],
        }
    sent = next(body for body in seen if body["type"] == "block_actions")
    assert sent["user"] == {"id": far_side.agent, "username": "kim", "name": "kim", "team_id": directory.TEAM}
    assert sent["channel"] == {"id": far_side.email, "name": "support-email"}
    assert sent["container"] == {
        "type": "message",
        "message_ts": where["ts"],
        "channel_id": far_side.email,
        "is_ephemeral": False,
    }
    assert sent["message"]["ts"] == where["ts"]
    assert sent["state"]["values"] == {"note": {"text": {"type": "plain_text_input", "value": "draft"}}}
    assert sent["response_url"].startswith(far_side.sandbox.url)
    action = sent["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == (
        "approve",
        "row",
        "42",
        "button",
    )
    assert float(action["action_ts"]) > 0
    assert sent["trigger_id"]


async def test_choices_reach_the_app_as_options(far_side: FarSide) -> None:
    pick = {"type": "static_select", "action_id": "pick", "options": OPTIONS}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS}
    thumbs = {"type": "feedback_buttons", "action_id": "thumbs"} | {
        name: {"text": plain(name), "value": name[:3]} for name in ("positive_button", "negative_button")
    }
    more = {"type": "overflow", "action_id": "more", "options": OPTIONS}
    where = await card(
        far_side, actions(pick, boxes, more), {"type": "context_actions", "elements": [thumbs]}
    )
    app, seen = recording(far_side)
    async with far_side.connected(app):
        for action_id, value in (
            ("pick", "snooze"),
            ("boxes", ["snooze"]),
            ("more", "resolve"),
            ("thumbs", "neg"),
        ):
            assert (await far_side.do("click", **where, action_id=action_id, value=value))["ok"]
    sent = [body for body in seen if body["type"] == "block_actions"]
    picked, ticked, chosen, thumbed = (body["actions"][0] for body in sent)
    assert picked["selected_option"] == OPTIONS[0]
    assert ticked["selected_options"] == [OPTIONS[0]]
    assert chosen["selected_option"] == OPTIONS[1]
    assert thumbed["value"] == "neg"
    state = sent[0]["state"]["values"]
    assert next(iter(state.values()))["pick"]["selected_option"] == OPTIONS[0]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"action_id": "missing"}, "no_such_action"),
        ({"action_id": "more", "value": "explode"}, "invalid_value"),
        ({"action_id": "approve", "ts": "1.2"}, "message_not_found"),
        ({"action_id": "approve", "user": "U404"}, "user_not_found"),
        ({"action_id": "approve", "view_id": "V404"}, "not_found"),
    ],
)
async def test_clicks_that_cannot_be(far_side: FarSide, changes: dict[str, Any], error: str) -> None:
    where = await card(far_side)
    async with far_side.connected(recording(far_side)[0]):
        answer = await far_side.do("click", **{**where, **changes})
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_a_button_for_some_eyes_only(far_side: FarSide) -> None:
    where = await card(far_side, actions(button(visible_to_user_ids=[far_side.manager])))
    async with far_side.connected(recording(far_side)[0]):
        assert (await far_side.do("click", **where, action_id="approve"))["error"] == "no_such_action"
        assert (await far_side.do("click", **{**where, "user": far_side.manager}, action_id="approve"))["ok"]


async def test_ephemerals_appear_to_the_one_who_clicked_and_can_be_clicked(far_side: FarSide) -> None:
    app = far_side.app()
    kept: dict[str, Any] = {}

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        user, channel = body["user"]["id"], body["channel"]["id"]
        await client.chat_postEphemeral(
            channel=channel, user=user, text="sure?", blocks=[actions(button("sure"))]
        )

    @app.action("sure")
    async def sure(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        kept.update(body)
        await respond("done", replace_original=True)

    where = await card(far_side)
    async with far_side.connected(app):
        (whisper,) = (await far_side.do("click", **where, action_id="approve"))["ephemeral"]
        assert (whisper["user"], whisper["text"]) == (far_side.agent, "sure?")
        at = {**where, "ts": whisper["ts"], "action_id": "sure"}
        assert (await far_side.do("click", **{**at, "user": far_side.manager}))[
            "error"
        ] == "message_not_found"
        (after,) = (await far_side.do("click", **at))["ephemeral"]
    assert after["text"] == "done"
    assert "message" not in kept
    assert kept["container"]["is_ephemeral"] is True
    assert [one["text"] for one in (await far_side.get("/control/slack/state"))["ephemeral"]] == ["done"]


async def test_response_url_in_all_its_ways(far_side: FarSide) -> None:
    where = await card(far_side)
    app, seen = recording(far_side)
    async with far_side.connected(app):
        await far_side.do("click", **where, action_id="approve")
    url = next(body["response_url"] for body in seen if body["type"] == "block_actions")
    path = url.removeprefix(far_side.sandbox.url)

    async def respond(**body: Any) -> int:
        async with far_side.http.post(f"{far_side.sandbox.url}{path}", json=body) as response:
            return response.status

    assert await respond(text="to all", response_type="in_channel") == 200
    assert await respond(text="replaced", replace_original=True) == 200
    assert await respond(blocks=[{"type": "banner"}]) == 400
    state = await far_side.get("/control/slack/state")
    assert {message["text"] for message in state["messages"]} == {"replaced", "to all"}
    assert await respond(delete_original=True) == 200
    assert await respond(delete_original=True) == 400
    assert await respond(text="a sixth time") == 404
    async with far_side.http.post(f"{far_side.sandbox.url}/slack/respond/x", json={}) as response:
        assert (await response.json())["error"] == "invalid_url"
    async with far_side.http.post(url, data="{") as response:
        assert response.status == 400


async def test_response_url_lives_half_an_hour(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        await far_side.do(
            "command", channel=far_side.email, user=far_side.agent, command="/cockpit", text="help"
        )
    far_side.clock.ahead += 1801
    async with far_side.http.post(seen[-1]["response_url"], json={"text": "late"}) as response:
        assert (response.status, (await response.json())["error"]) == (404, "expired_url")


async def test_nobody_elses_message_can_be_replaced(far_side: FarSide) -> None:
    ts = (await far_side.do("message", channel=far_side.email, user=far_side.agent, text="mine"))["ts"]
    workspace = far_side.sandbox.slack.workspace
    workspace.find(far_side.email, ts)["blocks"] = [actions(button(), block_id="b")]
    app, errors = far_side.app(), []

    @app.action("approve")
    async def approve(ack: Any, respond: Any) -> None:
        await ack()
        errors.append((await respond("x", replace_original=True)).body)

    async with far_side.connected(app):
        await far_side.do("click", channel=far_side.email, ts=ts, user=far_side.agent, action_id="approve")
    assert "cant_update_message" in errors[0]


async def test_commands(far_side: FarSide) -> None:
    app = far_side.app()

    @app.command("/cockpit")
    async def cockpit(ack: Any, respond: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"] == "open":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=modal())
        elif command["text"] == "later":
            await ack()
            await respond("by response_url")
        else:
            await ack(f"you said {command['text']} in {command['channel_name']}")

    call = {"channel": far_side.email, "user": far_side.agent, "command": "/cockpit"}
    async with far_side.connected(app):
        said = await far_side.do("command", **call, text="a < b")
        assert said["response"] == {"text": "you said a < b in support-email"}
        assert [one["text"] for one in said["ephemeral"]] == ["you said a < b in support-email"]
        later = await far_side.do("command", **call, text="later")
        assert (later["response"], later["ephemeral"][0]["text"]) == (None, "by response_url")
        opened = await far_side.do("command", **call, text="open")
        assert opened["view"]["callback_id"] == "edit"


async def test_a_command_the_app_does_not_know(impatient: FarSide) -> None:
    async with impatient.connected(impatient.app()):
        call = {"channel": impatient.email, "user": impatient.agent, "command": "/unknown"}
        assert (await impatient.do("command", **call))["error"] == "operation_timeout"


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
        frame = await ws.receive_json(timeout=5)
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


async def test_a_slow_app_is_waited_for_while_it_calls() -> None:
    async with running() as far_side:
        app = far_side.app()

        @app.action("approve")
        async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        where = await card(far_side)
        async with far_side.connected(app):
            await until_async(lambda: far_side.log("ack"))
            # The call takes longer than the quiet that would otherwise end the waiting.
            await far_side.weather(slack={"latency_ms": 150})
            assert (await far_side.do("click", **where, action_id="approve"))["view"]["callback_id"] == "edit"


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


async def test_a_feedback_button_that_is_not_there(far_side: FarSide) -> None:
    thumbs = {"type": "feedback_buttons", "action_id": "thumbs"} | {
        name: {"text": plain(name), "value": name} for name in ("positive_button", "negative_button")
    }
    where = await card(far_side, {"type": "context_actions", "elements": [thumbs]})
    assert (await far_side.do("click", **where, action_id="thumbs", value="so-so"))[
        "error"
    ] == "invalid_value"


async def test_a_click_in_a_thread_is_answered_in_the_thread(far_side: FarSide) -> None:
    root = await card(far_side)
    reply = await far_side.slack.chat_postMessage(
        channel=far_side.email, thread_ts=root["ts"], text="reply", blocks=[actions(button())]
    )
    app, containers = far_side.app(), []

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        containers.append(body["container"])
        await respond("only here")

    async with far_side.connected(app):
        answer = await far_side.do("click", **{**root, "ts": reply["ts"]}, action_id="approve")
    assert answer["ephemeral"][0]["thread_ts"] == root["ts"]
    assert containers[0]["thread_ts"] == root["ts"]


async def test_old_trigger_ids_are_forgotten(far_side: FarSide) -> None:
    first = slack_trigger(far_side, far_side.agent)
    for _ in range(2_000):
        slack_trigger(far_side, far_side.agent)
    forgotten = far_side.slack.views_open(trigger_id=first, view=modal())
    assert (await refused(forgotten))["error"] == "invalid_trigger_id"


async def test_an_ephemeral_can_be_taken_away(far_side: FarSide) -> None:
    app = far_side.app()

    @app.action("dismiss")
    async def dismiss(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    whispered = await far_side.slack.chat_postEphemeral(
        channel=far_side.email, user=far_side.agent, text="x", blocks=[actions(button("dismiss"))]
    )
    where = {"channel": far_side.email, "ts": whispered["message_ts"], "user": far_side.agent}
    async with far_side.connected(app):
        assert (await far_side.do("click", **where, action_id="dismiss"))["ok"]
    assert (await far_side.get("/control/slack/state"))["ephemeral"] == []


async def test_a_slow_client_may_click_what_was_there_a_moment_ago(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    where = await card(far_side)
    place = {"channel": where["channel"], "ts": where["ts"]}
    await far_side.slack.chat_update(**place, text="sent", blocks=[{"type": "divider"}])
    async with far_side.connected(app):
        assert (await far_side.do("click", **where, action_id="approve"))["ok"]
    assert [action["action_id"] for body in seen for action in body.get("actions", ())] == ["approve"]
