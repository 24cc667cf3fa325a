"""What is rare in Slack and happens all the same: archived channels, people who left, guests, streams, shortcuts."""

import time
from typing import Any

import pytest

from sandbox.slack import directory
from tests.sandbox.conftest import OPTIONS, FarSide, actions, card, plain, recording, refused
from tests.waiting import until

SELECT = {"type": "external_select", "action_id": "article", "min_query_length": 2}


async def posted(far_side: FarSide, text: str = "Hello", **more: Any) -> Any:
    return await far_side.slack.chat_postMessage(channel=far_side.email, text=text, **more)


async def test_an_archived_channel_takes_nothing_and_can_be_read(far_side: FarSide) -> None:
    ts = (await posted(far_side))["ts"]
    await far_side.do("channel", channel=far_side.email, archived=True)
    where, slack = {"channel": far_side.email}, far_side.slack
    assert (await refused(posted(far_side)))["error"] == "is_archived"
    assert (await refused(slack.chat_update(ts=ts, text="Bye", **where)))["error"] == "is_inactive"
    assert (await refused(slack.reactions_add(name="eyes", timestamp=ts, **where)))["error"] == "is_archived"
    assert (await refused(slack.conversations_join(**where)))["error"] == "is_archived"
    assert (await slack.conversations_history(**where))["messages"][0]["ts"] == ts
    assert (await slack.conversations_info(**where))["channel"]["is_archived"] is True
    listed = await slack.conversations_list(exclude_archived=True)
    assert far_side.email not in [one["id"] for one in listed["channels"]]
    said = await far_side.do("message", text="Hello?", user=far_side.agent, **where)
    assert (said["ok"], said["message"]) == (False, "This Slack channel is archived.")
    await far_side.do("channel", archived=False, **where)
    assert (await posted(far_side))["ok"]


async def test_an_app_that_was_put_out_of_a_channel_cannot_post_and_hears_nothing(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        await far_side.do("channel", channel=far_side.email, bot=False)
        assert (await refused(posted(far_side)))["error"] == "not_in_channel"
        await far_side.do("message", channel=far_side.email, user=far_side.agent, text="Unheard")
        await far_side.do("message", channel=far_side.chat, user=far_side.agent, text="Heard")
        await until(lambda: _heard(seen, "Heard"))
    assert not any((body.get("event") or {}).get("text") == "Unheard" for body in seen)


async def _heard(seen: list[dict[str, Any]], text: str) -> bool:
    return any((body.get("event") or {}).get("text") == text for body in seen)


async def test_who_was_deactivated_can_do_nothing(far_side: FarSide) -> None:
    shown = await card(far_side)
    assert (await far_side.do("person", user=far_side.agent, deleted=True))["user"]["deleted"] is True
    pressed = await far_side.do("click", action_id="approve", **shown)
    assert pressed["message"] == "This person was deactivated and is logged out."
    slack, user = far_side.slack, far_side.agent
    whisper = slack.chat_postEphemeral(channel=far_side.email, user=user, text="Psst")
    assert (await refused(whisper))["error"] == "user_not_in_channel"
    reader = far_side.client(far_side.contract["slack_token"])
    assert (await refused(reader.conversations_open(users=user)))["error"] == "user_disabled"
    assert (await reader.users_info(user=user))["user"]["deleted"] is True
    assert (await reader.users_getPresence(user=user))["presence"] == "away"


async def test_a_guest_is_marked_and_is_in_some_channels_only(far_side: FarSide) -> None:
    slack, guest = far_side.slack, directory.GUEST
    assert (await slack.users_info(user=guest))["user"]["is_restricted"] is True
    rooms = await slack.users_conversations(user=guest)
    assert {one["name"] for one in rooms["channels"]} == {"support-email", "support-chat"}
    said = await far_side.do("message", channel=directory.ESCALATIONS, user=guest, text="Hello")
    assert said["error"] == "user_not_in_channel"


async def test_metadata_is_told_by_an_event_of_its_own(far_side: FarSide) -> None:
    app, _ = recording(far_side)
    async with far_side.connected(app):
        known = {"event_type": "sheet", "event_payload": {"conversation": "c1"}}
        ts = (await posted(far_side, metadata=known))["ts"]

        async def told() -> Any:
            frames = [entry["frame"]["payload"]["event"] for entry in await far_side.log("envelope")]
            return next((one for one in frames if one["type"] == "message_metadata_posted"), None)

        event = await until(told)
    assert (event["message_ts"], event["metadata"]) == (ts, known)


async def test_a_select_asks_the_app_for_its_options(far_side: FarSide) -> None:
    app, asked = far_side.app(), []

    @app.options("article")
    async def suggest(ack: Any, payload: dict[str, Any]) -> None:
        asked.append(payload)
        await ack(options=OPTIONS if payload["value"] == "re" else [{"text": plain("x" * 76), "value": "x"}])

    async with far_side.connected(app):
        shown = await card(far_side, actions(SELECT, block_id="find"))
        offered = await far_side.do("suggest", action_id="article", text="re", **shown)
        assert [one["value"] for one in offered["options"]] == ["snooze", "resolve"]
        assert (asked[0]["type"], asked[0]["block_id"], asked[0]["value"]) == (
            "block_suggestion",
            "find",
            "re",
        )
        assert asked[0]["container"]["message_ts"] == shown["ts"]
        short = await far_side.do("suggest", action_id="article", text="r", **shown)
        assert short["message"] == "Type some more letters."
        wrong = await far_side.do("suggest", action_id="article", text="long", **shown)
        assert wrong["error"] == "invalid_suggestions"


async def test_shortcuts_of_messages_and_of_everywhere(far_side: FarSide) -> None:
    app, seen = recording(far_side)
    async with far_side.connected(app):
        shown = await card(far_side)
        assert (await far_side.do("shortcut", callback_id="note", **shown))["ok"]
        assert (seen[-1]["type"], seen[-1]["message_ts"]) == ("message_action", shown["ts"])
        assert (await far_side.do("shortcut", callback_id="begin", user=far_side.agent))["ok"]
        assert (seen[-1]["type"], "channel" in seen[-1]) == ("shortcut", False)
        unknown = await far_side.do("shortcut", callback_id="note", user=far_side.agent)
        assert unknown["message"] == "This is no shortcut of an app in this workspace."


async def stream(far_side: FarSide, **more: Any) -> dict[str, Any]:
    root = (await posted(far_side))["ts"]
    to = {"recipient_team_id": directory.TEAM, "recipient_user_id": far_side.agent}
    answer = await far_side.slack.chat_startStream(
        channel=far_side.email, thread_ts=root, **({"markdown_text": "One. "} | to | more)
    )
    return {"channel": far_side.email, "ts": answer["ts"]}


async def test_a_stream_grows_and_ends(far_side: FarSide) -> None:
    place, slack = await stream(far_side), far_side.slack
    await slack.chat_appendStream(markdown_text="Two.", **place)
    ended = await slack.chat_stopStream(blocks=[{"type": "divider"}], **place)
    assert ended["message"]["text"] == "One. Two."
    assert [block["type"] for block in ended["message"]["blocks"]] == ["markdown", "divider"]
    late = await refused(slack.chat_appendStream(markdown_text="Three", **place))
    assert late["error"] == "message_not_in_streaming_state"


@pytest.mark.parametrize(
    ("fed", "error"),
    [
        ({"chunks": [{"type": "markdown_text", "text": "x"}]}, "streaming_mode_mismatch"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        (
            {"markdown_text": "x", "chunks": [{"type": "markdown_text", "text": "x"}]},
            "streaming_mode_mismatch",
        ),
        ({"markdown_text": ""}, "no_text"),
    ],
)
async def test_what_a_stream_does_not_take(far_side: FarSide, fed: dict[str, Any], error: str) -> None:
    place = await stream(far_side)
    said = await refused(far_side.slack.api_call("chat.appendStream", json={**fed, **place}))
    assert said["error"] == error


async def test_a_stream_ends_by_itself_and_needs_a_reader_in_a_channel(far_side: FarSide) -> None:
    place = await stream(far_side)
    far_side.clock.ahead += 301
    late = await refused(far_side.slack.chat_appendStream(markdown_text="x", **place))
    assert late["error"] == "message_not_in_streaming_state"
    said = await refused(
        far_side.slack.api_call(
            "chat.startStream",
            json={"channel": far_side.email, "thread_ts": place["ts"], "markdown_text": "x"},
        )
    )
    assert said["error"] == "invalid_arguments"


async def test_a_message_is_posted_at_its_time(far_side: FarSide) -> None:
    slack, where = far_side.slack, {"channel": far_side.email}
    at = int(time.time()) + 60
    first = await slack.chat_scheduleMessage(text="Later", post_at=at, **where)
    second = await slack.chat_scheduleMessage(text="Never", post_at=at, **where)
    await slack.chat_deleteScheduledMessage(scheduled_message_id=second["scheduled_message_id"], **where)
    listed = (await slack.chat_scheduledMessages_list())["scheduled_messages"]
    assert [one["id"] for one in listed] == [first["scheduled_message_id"]]
    far_side.clock.ahead += 61

    async def there() -> Any:
        return (await slack.conversations_history(**where))["messages"]

    assert [one["text"] for one in await until(there)] == ["Later"]
    for when, error in ((1, "time_in_past"), (at + 200 * 86_400, "time_too_far"), ("soon", "invalid_time")):
        said = await refused(slack.chat_scheduleMessage(text="x", post_at=when, **where))
        assert said["error"] == error
    gone = slack.chat_deleteScheduledMessage(scheduled_message_id="Q1", **where)
    assert (await refused(gone))["error"] == "invalid_scheduled_message_id"


async def test_a_status_stands_until_the_app_answers(far_side: FarSide) -> None:
    root = (await posted(far_side))["ts"]
    thread = {"channel_id": far_side.email, "thread_ts": root}
    await far_side.slack.api_call(
        "assistant.threads.setStatus", json={**thread, "status": "is looking it up…"}
    )
    state = await far_side.get("/control/slack/state")
    assert state["statuses"] == [
        {"channel": far_side.email, "thread_ts": root, "status": "is looking it up…"}
    ]
    await posted(far_side, "Found it.", thread_ts=root)
    assert (await far_side.get("/control/slack/state"))["statuses"] == []


async def test_a_me_message_is_marked_as_one(far_side: FarSide) -> None:
    await far_side.slack.chat_meMessage(channel=far_side.email, text="looks it up")
    history = await far_side.slack.conversations_history(channel=far_side.email)
    assert history["messages"][0]["subtype"] == "me_message"
