import asyncio
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable, Unreachable
from integrations.slack.client import METHODS, OpenView, SlackClient
from integrations.slack.errors import BadToken
from integrations.slack.gate import Gate, OneProcess
from tests.builders import AT
from tests.integrations.slack.fake_slack import FakeSlack, Time


async def test_post_hands_over_everything_and_returns_the_ts(slack: FakeSlack, client: SlackClient) -> None:
    ts = await client.post("C1", "text", [{"type": "divider"}], thread_ts="1.2", metadata={"event_type": "x"})
    assert ts == "1763888400.000100"
    assert slack.asked("chat.postMessage") == [
        {
            "channel": "C1",
            "text": "text",
            "blocks": [{"type": "divider"}],
            "thread_ts": "1.2",
            "metadata": {"event_type": "x"},
            "unfurl_links": False,
            "unfurl_media": False,
        }
    ]


async def test_views_are_opened_changed_and_published(slack: FakeSlack, client: SlackClient) -> None:
    opened = await client.open_view("trigger", {"type": "modal"})
    assert opened == OpenView("V1", "h1")
    await client.update_view(opened, {"type": "modal", "title": 2})
    await client.publish_home("U1", {"type": "home"})
    assert slack.asked("views.update") == [
        {"view_id": "V1", "hash": "h1", "view": {"type": "modal", "title": 2}}
    ]
    assert slack.asked("views.publish") == [{"user_id": "U1", "view": {"type": "home"}}]


async def test_whisper_link_and_auth(slack: FakeSlack, client: SlackClient) -> None:
    await client.whisper("C1", "U1", "psst")
    assert slack.asked("chat.postEphemeral") == [{"channel": "C1", "user": "U1", "text": "psst"}]
    links = [await client.link_to("C1", "1.2"), await client.link_to("C1", "1700000000.000100")]
    assert [link.rpartition("/archives/")[2] for link in links] == ["C1/p12", "C1/p1700000000000100"]
    assert len(slack.asked("auth.test")) == 1, "where the workspace is has to be asked once"
    assert (await client.auth_test())["bot_id"] == "B0BOT"


@pytest.mark.parametrize(
    ("headers", "scopes", "at"),
    [
        ({"x-oauth-scopes": "chat:write, commands"}, {"chat:write", "commands"}, None),
        ({"x-oauth-scopes": ""}, set(), None),
        ({"Date": "Mon, 23 Nov 2026 09:00:00 GMT"}, None, AT),
    ],
)
async def test_an_introduction_tells_scopes_and_time(
    slack: FakeSlack,
    client: SlackClient,
    headers: dict[str, str],
    scopes: set[str] | None,
    at: datetime | None,
) -> None:
    body = {"ok": True, "user": "threadpilot", "team": "Northwind"}
    slack.then("auth.test", web.json_response(body, headers=headers))
    we = await client.introduce()
    assert (we.user, we.team, we.scopes) == ("threadpilot", "Northwind", scopes)
    assert we.at is not None
    assert at is None or we.at == at


async def test_history_walks_through_all_pages(slack: FakeSlack, client: SlackClient) -> None:
    slack.then(
        "conversations.history",
        {"ok": True, "messages": [{"ts": "3"}], "response_metadata": {"next_cursor": "more"}},
        {"ok": True, "messages": [{"ts": "2"}], "response_metadata": None},
    )
    assert [m["ts"] async for m in client.history("C1", oldest="1.0")] == ["3", "2"]
    first, second = slack.asked("conversations.history")
    assert first["include_all_metadata"] == "1"
    assert first["oldest"] == "1.0"
    assert second["cursor"] == "more"


async def test_a_history_without_end_is_left_and_said_to_be(slack: FakeSlack, hurried: SlackClient) -> None:
    page = {"ok": True, "messages": [{"ts": "1"}], "response_metadata": {"next_cursor": "again"}}
    slack.then("conversations.replies", *[page] * 60)
    with pytest.raises(Unavailable, match="too long"):
        _ = [m async for m in hurried.history("C1", oldest="1", thread_ts="1.0")]
    assert len(slack.asked("conversations.replies")) == 50


def limited(retry_after: str) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": retry_after})


@pytest.mark.parametrize(
    ("told", "wait"),
    [("17", 17), ("0", 0), ("soon", 1), ("", 1), ("inf", 1), ("nan", 1), ("-5", 1), ("1e300", 300)],
)
async def test_rate_limit_says_how_long_to_wait(
    slack: FakeSlack, client: SlackClient, told: str, wait: float
) -> None:
    slack.then("chat.update", limited(told))
    with pytest.raises(Unavailable) as caught:
        await client.update("C1", "1", "t", [])
    assert caught.value.retry_after == wait


async def test_after_a_rate_limit_nobody_calls_before_the_time(slack: FakeSlack, client: SlackClient) -> None:
    slack.then("chat.postMessage", limited("60"))
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            await client.post("C1", "t", [])
        assert caught.value.retry_after == pytest.approx(60, abs=5)
    assert len(slack.asked("chat.postMessage")) == 1
    assert await client.post("C2", "t", [])  # Posts are limited per Slack channel.
    await client.update("C1", "1", "t", [])


async def test_posts_are_spaced_before_slack_has_to_refuse_them(slack: FakeSlack) -> None:
    time = Time()
    async with aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session, Gate(clock=time, sleep=time.sleep))
        for _ in range(20):
            await client.post("C1", "t", [])
        posted = time.now
        for _ in range(20):
            await client.update("C2", "1", "t", [])
    assert (posted, time.now - posted) == (19, pytest.approx(1.25 * 19))


async def test_each_workspace_has_the_rate_limits_for_itself(slack: FakeSlack) -> None:
    time, shared = Time(), OneProcess()
    async with aiohttp.ClientSession() as session:

        def client(workspace: str) -> SlackClient:
            gate = Gate(shared, clock=time, sleep=time.sleep, rested=True)
            return SlackClient("xoxb-test", f"{slack.url}api/", session, gate, workspace=workspace)

        main, south = client(""), client("T2")
        slack.then("chat.update", limited("60"))
        with pytest.raises(Unavailable):
            await main.update("C1", "1", "t", [])
        with pytest.raises(Unavailable):
            await main.update("C1", "1", "t", [])
        await south.update("C1", "1", "t", [])
        assert len(slack.asked("chat.update")) == 2
        assert time.now == 0


async def test_who_is_not_installed_is_told_where(slack: FakeSlack) -> None:
    async with aiohttp.ClientSession() as session:
        for workspace, said in (
            ("", "in Slack .*/slack/install of"),
            ("T2", "Slack's T2 .*install\\?team=T2"),
        ):
            client = SlackClient("", f"{slack.url}api/", session, workspace=workspace)
            assert not client.is_installed
            with pytest.raises(Unreachable, match=said):
                await client.auth_test()
    assert slack.calls == []


@pytest.mark.parametrize(
    ("status", "said"), [(503, "Slack cannot be reached (HTTP 503)"), (200, "Slack asks to wait")]
)
async def test_slack_that_is_down_does_not_merely_ask_to_wait(
    slack: FakeSlack, client: SlackClient, status: int, said: str
) -> None:
    down = web.json_response({"ok": False, "error": "service_unavailable"}, status=status)
    slack.then("chat.update", down)
    with pytest.raises(Unreachable) as told:
        await client.update("C1", "1", "t", [])
    assert str(told.value) == said


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "thread_not_found"])
async def test_what_cannot_be_changed_is_gone(slack: FakeSlack, client: SlackClient, code: str) -> None:
    slack.then("chat.update", code)
    with pytest.raises(Gone):
        await client.update("C1", "1", "t", [])


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("channel_not_found", "does not know"),
        ("not_in_channel", "/invite"),
        ("is_archived", "archived"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("account_inactive", "install it again"),
        ("a_new_code", "refused: a_new_code"),
    ],
)
async def test_refusals_come_in_words(slack: FakeSlack, client: SlackClient, code: str, word: str) -> None:
    slack.then("chat.postMessage", code)
    with pytest.raises(Refused, match=word) as caught:
        await client.post("C1", "t", [])
    assert not isinstance(caught.value, Gone)


TROUBLE = [
    "hang up",
    "internal_error",
    "fatal_error",
    web.Response(status=502, text="bad gateway"),
    web.Response(status=503, text="<html>", content_type="text/html"),
    web.Response(status=200, body=b"{nonsense", content_type="application/json"),
]


@pytest.mark.parametrize("number", range(len(TROUBLE)))
async def test_trouble_while_posting_leaves_the_outcome_open(
    slack: FakeSlack, client: SlackClient, number: int
) -> None:
    slack.then("chat.postMessage", _fresh(number))
    with pytest.raises(OutcomeUnknown):
        await client.post("C1", "t", [])
    assert len(slack.asked("chat.postMessage")) == 1


@pytest.mark.parametrize("number", range(len(TROUBLE)))
async def test_trouble_while_changing_may_be_tried_again(
    slack: FakeSlack, client: SlackClient, number: int
) -> None:
    slack.then("chat.update", _fresh(number))
    with pytest.raises(Unavailable):
        await client.update("C1", "1", "t", [])


def _fresh(number: int) -> object:
    answer = TROUBLE[number]
    if isinstance(answer, str):
        return answer
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


async def test_post_that_reached_nobody_may_be_tried_again() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"http://127.0.0.1:{port}/api/", session)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.post("C1", "t", [])


async def test_only_methods_of_the_table_can_be_called(client: SlackClient) -> None:
    assert "conversations.archive" not in METHODS
    with pytest.raises(KeyError):
        await client._call("conversations.archive")


@pytest.mark.parametrize(
    ("options", "token"),
    [
        ({}, "SLACK_BOT_TOKEN"),
        ({"installed": True}, "The installation in Slack (open /slack/install)"),
        ({"workspace": "T2"}, "The installation in T2 (open /slack/install?team=T2)"),
    ],
)
async def test_a_token_that_is_refused_is_named_by_where_it_comes_from_until_it_is_another(
    slack: FakeSlack, options: dict[str, Any], token: str
) -> None:
    async with aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session, **options)
        slack.then("auth.test", "token_revoked", "token_revoked")
        for mended in ({"token": "xoxb-test"}, {"token": "xoxb-new"}):
            with pytest.raises(BadToken) as caught:
                await client.auth_test()
            assert str(caught.value) == f"{token} was revoked; install the app again."
            assert client.is_refused
            client.use(**mended)
        assert not client.is_refused
        slack.then("auth.test", "token_revoked")
        with pytest.raises(BadToken):
            await client.auth_test()
        await client.auth_test()
        assert not client.is_refused
