"""Clicks and commands: what the app is sent, what it may answer, what the person then sees."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import directory
from tests.waiting import until

from .conftest import OPTIONS, FarSide, actions, button, card, modal, plain, recording, running, text_input


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


async def test_a_command_the_app_does_not_answer(impatient: FarSide) -> None:
    async with impatient.connected(impatient.app()):
        call = {"channel": impatient.email, "user": impatient.agent, "command": "/ticket"}
        assert (await impatient.do("command", **call))["error"] == "operation_timeout"


async def test_names_behind_a_command_reach_the_app_as_ids(far_side: FarSide) -> None:
    app = far_side.app()

    @app.command("/cockpit")
    async def cockpit(ack: Any, command: dict[str, Any]) -> None:
        await ack(command["text"])

    typed = "digest #escalations for @kim, @support-leads <@U0X> a@kim.example @nobody #none"
    call = {"channel": far_side.email, "user": far_side.agent, "command": "/cockpit", "text": typed}
    async with far_side.connected(app):
        said = (await far_side.do("command", **call))["response"]["text"]
    group = f"<!subteam^{directory.MANAGERS_GROUP}|@support-leads>"
    assert said == (
        f"digest <#{directory.ESCALATIONS}|escalations> for <@{directory.KIM}|kim>, {group} "
        "<@U0X> a@kim.example @nobody #none"
    )


async def test_a_command_nobody_has_registered_does_not_reach_the_app(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        call = {"channel": far_side.email, "user": far_side.agent, "command": "/unknown"}
        refused = await far_side.do("command", **call)
    assert (refused["error"], seen) == ("unknown_command", [])
    assert "/cockpit help" in refused["message"]


async def test_a_slow_app_is_waited_for_while_it_calls() -> None:
    async with running() as far_side:
        app = far_side.app()

        @app.action("approve")
        async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        where = await card(far_side)
        async with far_side.connected(app):
            await until(lambda: far_side.log("ack"))
            # The call takes longer than the quiet that would otherwise end the waiting.
            await far_side.weather(slack={"latency_ms": 150})
            assert (await far_side.do("click", **where, action_id="approve"))["view"]["callback_id"] == "edit"


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
