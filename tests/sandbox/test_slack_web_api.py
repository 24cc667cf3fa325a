"""The Web API through the real AsyncWebClient: what it answers, what it refuses, and in which words."""

# ruff: noqa: E501 - tables of cases, one case a line.

import io

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import directory
from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call
from sandbox.slack.workspace import EPHEMERALS_KEPT

from .conftest import FarSide, actions, button, mrkdwn, refused, running

SECTION = {"type": "section", "text": mrkdwn("hi")}


async def post(far_side: FarSide, text: str = "hi", **more: object) -> str:
    answer = await far_side.slack.chat_postMessage(channel=far_side.email, text=text, **more)
    return str(answer["ts"])


async def test_who_am_i(far_side: FarSide) -> None:
    me = await far_side.slack.auth_test()
    assert (me["user_id"], me["bot_id"]) == (directory.BOT_USER, directory.BOT)
    assert (await far_side.slack.bots_info(bot=me["bot_id"]))["bot"]["app_id"] == directory.APP
    assert (await far_side.slack.team_info())["team"]["id"] == me["team_id"]
    assert (await refused(far_side.slack.bots_info(bot="B1")))["error"] == "bot_not_found"


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-foreign", "invalid_auth")])
async def test_tokens(far_side: FarSide, token: str | None, error: str) -> None:
    assert (await refused(far_side.client(token).auth_test()))["error"] == error


async def test_token_as_argument_of_a_form(far_side: FarSide) -> None:
    form = {
        "token": far_side.env["SLACK_BOT_TOKEN"],
        "channel": far_side.email,
        "text": "by form",
        "blocks": "[]",
    }
    async with far_side.http.post(f"{far_side.contract['slack_api']}chat.postMessage", data=form) as response:
        assert (await response.json())["ok"] is True
    requests = await far_side.log("request")
    assert "token" not in requests[-1]["args"]


async def test_scopes_and_kinds_of_tokens(far_side: FarSide) -> None:
    narrow = far_side.client(directory.RESTRICTED_TOKEN)
    refusal = await refused(narrow.chat_postMessage(channel=far_side.email, text="x"))
    assert (refusal["error"], refusal["needed"], refusal["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read,users:read",
    )
    assert "email" not in (await narrow.users_info(user=far_side.agent))["user"]["profile"]
    assert (await narrow.conversations_list())["ok"]
    app_token = far_side.client(far_side.env["SLACK_APP_TOKEN"])
    assert (await refused(app_token.auth_test()))["error"] == "not_allowed_token_type"
    assert (await refused(far_side.slack.api_call("apps.connections.open")))[
        "error"
    ] == "not_allowed_token_type"


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_body_that_is_no_json_object(far_side: FarSide, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with far_side.http.post(
        f"{far_side.contract['slack_api']}auth.test", data=body, headers=headers
    ) as response:
        assert (await response.json())["error"] in ("invalid_json", "json_not_object")


async def test_unknown_method(far_side: FarSide) -> None:
    assert (await refused(far_side.slack.api_call("chat.shout")))["error"] == "unknown_method"


async def test_post_and_read_back(far_side: FarSide) -> None:
    metadata = {"event_type": "card", "event_payload": {"conversation": "1"}}
    blocks = [
        SECTION,
        actions(button("ok", value="7"), {"type": "button", "text": {"type": "plain_text", "text": "No"}}),
    ]
    answer = await far_side.slack.chat_postMessage(
        channel=far_side.email, text="card", blocks=blocks, metadata=metadata
    )
    assert answer["message"]["bot_id"] == directory.BOT
    history = await far_side.slack.conversations_history(channel=far_side.email)
    message = history["messages"][0]
    assert "metadata" not in message
    assert all(block["block_id"] for block in message["blocks"])
    assert all(element["action_id"] for element in message["blocks"][1]["elements"])
    full = await far_side.slack.conversations_history(channel=far_side.email, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C404", "text": "x"}, "channel_not_found"),
        ({"channel": directory.NEWS}, "no_text"),
        ({"channel": directory.NEWS, "text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"channel": directory.NEWS, "text": "x", "thread_ts": "1700000000.000001"}, "thread_not_found"),
        ({"channel": directory.NEWS, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": directory.NEWS, "text": "x", "metadata": {"event_type": "x", "event_payload": {"x": "y" * 16_000}}}, "metadata_too_large"),
    ],
)  # fmt: skip
async def test_refused_posts(far_side: FarSide, arguments: dict[str, object], error: str) -> None:
    assert (await refused(far_side.slack.api_call("chat.postMessage", json=arguments)))["error"] == error


async def test_missing_channel_and_bad_blocks_name_the_place(far_side: FarSide) -> None:
    missing = await refused(far_side.slack.api_call("chat.postMessage", json={"text": "x"}))
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    bad = await refused(
        far_side.slack.chat_postMessage(channel=far_side.email, text="x", blocks=[{"type": "banner"}])
    )
    assert bad["error"] == "invalid_blocks"
    assert bad["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: banner [json-pointer:/blocks/0/type]"
    ]


async def test_outside_the_channel(far_side: FarSide) -> None:
    far_side.sandbox.slack.workspace.channels[directory.NEWS].members.discard(directory.BOT_USER)
    for call in (
        far_side.slack.chat_postMessage(channel=directory.NEWS, text="x"),
        far_side.slack.conversations_history(channel=directory.NEWS),
        far_side.slack.conversations_replies(channel=directory.NEWS, ts="1700000000.000001"),
    ):
        assert (await refused(call))["error"] == "not_in_channel"
    await far_side.slack.conversations_join(channel=directory.NEWS)
    assert (await far_side.slack.chat_postMessage(channel=directory.NEWS, text="x"))["ok"]


async def test_update_keeps_slacks_habits(far_side: FarSide) -> None:
    ts = await post(far_side, blocks=[SECTION], metadata={"event_type": "a", "event_payload": {}})
    blocks_only = {"channel": far_side.email, "ts": ts, "blocks": [SECTION, SECTION]}
    await far_side.slack.api_call("chat.update", json=blocks_only)
    changed = (await far_side.slack.conversations_history(channel=far_side.email, include_all_metadata=True))[
        "messages"
    ][0]
    assert len(changed["blocks"]) == 2
    assert changed["text"] == "hi"
    assert changed["metadata"]["event_type"] == "a"
    assert "edited" not in changed
    await far_side.slack.chat_update(channel=far_side.email, ts=ts, text="only text")
    bare = (await far_side.slack.conversations_history(channel=far_side.email))["messages"][0]
    assert (bare["blocks"], bare["text"], bare["edited"]["user"]) == ([], "only text", directory.BOT_USER)


async def test_update_and_delete_only_ones_own(far_side: FarSide) -> None:
    ts = (await far_side.do("message", channel=far_side.email, user=far_side.agent, text="mine"))["ts"]
    assert (await refused(far_side.slack.chat_update(channel=far_side.email, ts=ts, text="x")))[
        "error"
    ] == "cant_update_message"
    assert (await refused(far_side.slack.chat_delete(channel=far_side.email, ts=ts)))[
        "error"
    ] == "cant_delete_message"
    gone = far_side.slack.chat_update(channel=far_side.email, ts="1700000000.000001", text="x")
    assert (await refused(gone))["error"] == "message_not_found"
    own = await post(far_side)
    await far_side.slack.chat_delete(channel=far_side.email, ts=own)
    assert (await refused(far_side.slack.chat_delete(channel=far_side.email, ts=own)))[
        "error"
    ] == "message_not_found"


async def test_threads(far_side: FarSide) -> None:
    root = await post(far_side, "root")
    first = await post(far_side, "first", thread_ts=root)
    second = await post(far_side, "second", thread_ts=first, reply_broadcast=True)
    replies = await far_side.slack.conversations_replies(channel=far_side.email, ts=root)
    assert [message["text"] for message in replies["messages"]] == ["root", "first", "second"]
    assert replies["messages"][0]["reply_count"] == 2
    assert replies["messages"][2]["thread_ts"] == root
    history = await far_side.slack.conversations_history(channel=far_side.email)
    assert [message["text"] for message in history["messages"]] == ["second", "root"]
    link = await far_side.slack.chat_getPermalink(channel=far_side.email, message_ts=second)
    assert f"thread_ts={root}" in link["permalink"]
    lost = far_side.slack.conversations_replies(channel=far_side.email, ts="1700000000.000001")
    assert (await refused(lost))["error"] == "thread_not_found"


async def test_deleted_root_leaves_a_tombstone(far_side: FarSide) -> None:
    root = await post(far_side, "root")
    reply = await post(far_side, "reply", thread_ts=root)
    await far_side.slack.chat_delete(channel=far_side.email, ts=root)
    messages = (await far_side.slack.conversations_replies(channel=far_side.email, ts=root))["messages"]
    assert [message.get("subtype") for message in messages] == ["tombstone", None]
    await far_side.slack.chat_delete(channel=far_side.email, ts=reply)
    assert len((await far_side.slack.conversations_replies(channel=far_side.email, ts=root))["messages"]) == 1


async def test_history_by_span_and_page(far_side: FarSide) -> None:
    stamps = [await post(far_side, str(number)) for number in range(5)]
    texts = []
    cursor = None
    while cursor != "":
        page = await far_side.slack.conversations_history(channel=far_side.email, limit=2, cursor=cursor)
        texts += [message["text"] for message in page["messages"]]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
        assert page["has_more"] is bool(cursor)
    assert texts == ["4", "3", "2", "1", "0"]
    span = {"channel": far_side.email, "oldest": stamps[1], "latest": stamps[3]}
    inner = await far_side.slack.conversations_history(**span)
    assert [message["text"] for message in inner["messages"]] == ["2"]
    outer = await far_side.slack.conversations_history(**span, inclusive=True)
    assert [message["text"] for message in outer["messages"]] == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": "many"}, "invalid_limit"),
        ({"limit": 5000}, "invalid_limit"),
        ({"cursor": "%%%"}, "invalid_cursor"),
        ({"cursor": "bmV4dDoxNzAw"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
    ],
)
async def test_refused_reading(far_side: FarSide, arguments: dict[str, object], error: str) -> None:
    call = far_side.slack.api_call("conversations.history", params={"channel": far_side.email, **arguments})
    assert (await refused(call))["error"] == error


async def test_reactions(far_side: FarSide) -> None:
    ts = await post(far_side)
    where = {"channel": far_side.email, "timestamp": ts}
    await far_side.slack.reactions_add(**where, name="eyes")
    assert (await refused(far_side.slack.reactions_add(**where, name="eyes")))["error"] == "already_reacted"
    await far_side.do("reaction", channel=far_side.email, ts=ts, user=far_side.agent, reaction="eyes")
    message = (await far_side.slack.conversations_history(channel=far_side.email))["messages"][0]
    assert message["reactions"] == [
        {"name": "eyes", "users": [directory.BOT_USER, far_side.agent], "count": 2}
    ]
    await far_side.slack.reactions_remove(**where, name="eyes")
    assert (await refused(far_side.slack.reactions_remove(**where, name="eyes")))["error"] == "no_reaction"
    assert (await refused(far_side.slack.reactions_add(**where, name="Not An Emoji")))[
        "error"
    ] == "invalid_name"


async def test_people_and_channels(far_side: FarSide) -> None:
    slack = far_side.slack
    names = {
        channel["name"] for channel in (await slack.conversations_list(types="public_channel"))["channels"]
    }
    assert {"support-email", "support-chat", "support-sms", "support-phone", "support-zendesk"} <= names
    assert {"support-other", "escalations", "cockpit-news"} <= names
    assert (await slack.conversations_info(channel=far_side.email))["channel"]["is_member"] is True
    assert far_side.agent in (await slack.conversations_members(channel=far_side.email))["members"]
    kim = (await slack.users_lookupByEmail(email="Kim@northwind.example"))["user"]
    assert kim == (await slack.users_info(user=far_side.agent))["user"]
    assert kim["tz"] == "Europe/Berlin"
    assert len((await slack.users_list())["members"]) == 7
    group = (await slack.usergroups_list(include_users=True))["usergroups"][0]
    assert (
        (await slack.usergroups_users_list(usergroup=group["id"]))["users"]
        == group["users"]
        == [directory.ALEX]
    )
    assert "users" not in (await slack.usergroups_list())["usergroups"][0]


async def test_nobody_there(far_side: FarSide) -> None:
    slack = far_side.slack
    assert (await refused(slack.users_info(user="U404")))["error"] == "user_not_found"
    assert (await refused(slack.users_lookupByEmail(email="x@y.example")))["error"] == "users_not_found"
    assert (await refused(slack.usergroups_users_list(usergroup="S404")))["error"] == "no_such_subteam"
    assert (await refused(slack.conversations_list(types="party")))["error"] == "invalid_types"
    assert (await refused(slack.conversations_open(users="")))["error"] == "users_list_not_supplied"
    assert (await refused(slack.conversations_open(users="U1,U2")))["error"] == "not_enough_users"


async def test_direct_messages(far_side: FarSide) -> None:
    opened = await far_side.slack.conversations_open(users=far_side.agent)
    answer = await far_side.slack.chat_postMessage(channel=far_side.agent, text="psst")
    assert answer["channel"] == opened["channel"]["id"]
    ims = (await far_side.slack.conversations_list(types="im"))["channels"]
    assert [im["user"] for im in ims] == [far_side.agent]
    joining = far_side.slack.conversations_join(channel=answer["channel"])
    assert (await refused(joining))["error"] == "method_not_supported_for_channel_type"
    state = await far_side.get("/control/slack/state")
    room = next(one for one in state["channels"] if one["id"] == answer["channel"])
    assert (room["name"], room["is_im"]) == ("@kim", True)


async def test_ephemeral(far_side: FarSide) -> None:
    await far_side.slack.chat_postEphemeral(channel=far_side.email, user=far_side.agent, text="only you")
    state = await far_side.get("/control/slack/state")
    assert [(one["channel"], one["user"], one["text"]) for one in state["ephemeral"]] == [
        (far_side.email, far_side.agent, "only you")
    ]
    assert state["messages"] == []
    stranger = far_side.slack.chat_postEphemeral(channel=far_side.email, user="U404", text="x")
    assert (await refused(stranger))["error"] == "user_not_in_channel"


async def test_file_upload(far_side: FarSide) -> None:
    root = await post(far_side)
    answer = await far_side.slack.files_upload_v2(
        channel=far_side.email,
        thread_ts=root,
        content="order,total\n1,2\n",
        filename="orders.csv",
        initial_comment="here",
    )
    assert answer["files"][0]["name"] == "orders.csv"
    reply = (await far_side.slack.conversations_replies(channel=far_side.email, ts=root))["messages"][1]
    assert (reply["subtype"], reply["text"], reply["files"][0]["size"]) == ("file_share", "here", 16)


async def test_refused_uploads(far_side: FarSide) -> None:
    slack = far_side.slack
    too_big = slack.files_getUploadURLExternal(filename="a", length=10**9)
    assert (await refused(too_big))["error"] == "file_upload_size_exceeded"
    empty = slack.files_getUploadURLExternal(filename="a", length=0)
    assert (await refused(empty))["error"] == "invalid_arguments"
    ticket = await slack.files_getUploadURLExternal(filename="a", length=3)
    async with far_side.http.post(ticket["upload_url"], data=b"four") as response:
        assert response.status == 400
    async with far_side.http.post(ticket["upload_url"] + "x", data=b"abc") as response:
        assert response.status == 404
    never_sent = slack.files_completeUploadExternal(files=[{"id": ticket["file_id"]}])
    assert (await refused(never_sent))["error"] == "file_not_found"
    assert (await refused(slack.api_call("files.completeUploadExternal", json={"files": "x"})))[
        "error"
    ] == "invalid_arguments"
    async with far_side.http.post(ticket["upload_url"], data={"note": "no file"}) as response:
        assert response.status == 400


async def test_upload_as_a_form(far_side: FarSide) -> None:
    ticket = await far_side.slack.files_getUploadURLExternal(filename="a", length=3)
    async with far_side.http.post(ticket["upload_url"], data={"file": io.BytesIO(b"abc")}) as response:
        assert await response.text() == "OK - 3"
    done = await far_side.slack.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "A"}])
    assert done["files"][0]["title"] == "A"


async def test_blocks_validate(far_side: FarSide) -> None:
    verdict = await far_side.slack.api_call("blocks.validate", json={"blocks": [SECTION, {"type": "banner"}]})
    assert "unsupported type: banner" in verdict["errors"][0]["message"]
    assert (await refused(far_side.slack.api_call("blocks.validate", json={})))[
        "error"
    ] == "invalid_arguments"


async def test_one_post_a_second_after_a_burst(far_side: FarSide) -> None:
    far_side.clock.stop()
    for _ in range(10):
        await post(far_side)
    refusal = await refused(far_side.slack.chat_postMessage(channel=far_side.email, text="x"))
    assert (refusal.status_code, refusal["error"], refusal.headers["Retry-After"]) == (
        429,
        "ratelimited",
        "1",
    )
    # Another Slack channel has its own second.
    assert (await far_side.slack.chat_postMessage(channel=far_side.chat, text="x"))["ok"]
    far_side.clock.ahead += 1
    await post(far_side)


async def test_fifty_updates_a_minute(far_side: FarSide) -> None:
    far_side.clock.stop()
    ts = await post(far_side)
    for number in range(50):
        await far_side.slack.chat_update(channel=far_side.email, ts=ts, text=str(number))
    refusal = await refused(far_side.slack.chat_update(channel=far_side.email, ts=ts, text="x"))
    assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "2")
    # Reading with the reader's token costs the app nothing and has no limit of its own.
    reader = far_side.client(far_side.contract["slack_token"])
    for _ in range(60):
        await reader.conversations_history(channel=far_side.email)


async def test_weather_of_the_api(far_side: FarSide) -> None:
    await far_side.weather(slack={"status": 429, "retry_after": 7})
    refusal = await refused(far_side.slack.auth_test())
    assert (refusal.status_code, refusal.headers["Retry-After"], refusal["error"]) == (
        429,
        "7",
        "ratelimited",
    )
    await far_side.weather(slack={"error_rate": 0.5, "status": 500})
    outcomes = [await _ok(far_side.slack) for _ in range(6)]
    assert outcomes == [True, False] * 3
    await far_side.weather(slack={"down": True})
    assert (await refused(far_side.slack.auth_test())).status_code == 503
    await far_side.weather(slack={"latency_ms": 80})
    await far_side.slack.auth_test()
    assert (await far_side.log("request"))[-1]["ms"] >= 80
    await far_side.weather(slack={})
    assert (await far_side.slack.auth_test())["ok"]


async def _ok(slack: AsyncWebClient) -> bool:
    headers = {"Authorization": f"Bearer {slack.token}"}
    async with slack.session.post(f"{slack.base_url}auth.test", headers=headers) as response:
        return response.status == 200


async def test_customised_names_need_their_scope() -> None:
    async with running() as far_side:
        answer = await far_side.slack.chat_postMessage(
            channel=far_side.email, text="x", username="Anna (customer)"
        )
        assert (answer["message"]["subtype"], answer["message"]["username"]) == (
            "bot_message",
            "Anna (customer)",
        )


async def test_updating_metadata_alone_with_the_text(far_side: FarSide) -> None:
    ts = await post(far_side, metadata={"event_type": "a", "event_payload": {}})
    newer = {"event_type": "b", "event_payload": {"version": 2}}
    await far_side.slack.chat_update(channel=far_side.email, ts=ts, text="hi", metadata=newer)
    full = await far_side.slack.conversations_history(channel=far_side.email, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == newer


async def test_customised_name_without_the_scope(far_side: FarSide) -> None:
    narrow = directory.Grant("bot", frozenset({"chat:write"}))
    chat = far_side.sandbox.slack.methods()["chat.postMessage"]
    with pytest.raises(SlackError) as caught:
        chat.run(
            Call("chat.postMessage", {"channel": far_side.email, "text": "x", "username": "Anna"}, narrow)
        )
    assert (caught.value.error, caught.value.details["needed"]) == ("missing_scope", "chat:write.customize")


async def test_only_so_many_ephemerals_are_kept(far_side: FarSide) -> None:
    workspace = far_side.sandbox.slack.workspace
    for number in range(EPHEMERALS_KEPT + 2):
        workspace.whisper(far_side.email, far_side.agent, {"text": str(number)})
    kept = (await far_side.get("/control/slack/state"))["ephemeral"]
    assert (len(kept), kept[0]["text"]) == (EPHEMERALS_KEPT, "2")


async def test_replies_with_a_file_need_their_thread(far_side: FarSide) -> None:
    ticket = await far_side.slack.files_getUploadURLExternal(filename="a", length=3)
    async with far_side.http.post(ticket["upload_url"], data=b"abc") as response:
        assert response.status == 200
    lost = far_side.slack.files_completeUploadExternal(
        files=[{"id": ticket["file_id"]}], channel_id=far_side.email, thread_ts="1700000000.000001"
    )
    assert (await refused(lost))["error"] == "message_not_found"
