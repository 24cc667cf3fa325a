"""Both ways in, with the app as it is run: acknowledged at once, worked on afterwards."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from blocks.ids import TAKE
from bot.core.errors import AlreadyDecided, Misconfigured, Refused, Unavailable
from handlers.slack import register
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app, http_route
from integrations.slack.client import SlackClient
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from tests.handlers.slack.conftest import (
    ON,
    FakeReview,
    services,
)
from tests.integrations.slack.fake_slack import FakeSlack, running
from tests.waiting import until

SECRET = "shh"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    far_side = Sandbox(SandboxConfig(port=0))
    await far_side.start()
    yield far_side
    await far_side.stop()


async def test_signed_requests_get_in_and_others_get_401(session: aiohttp.ClientSession) -> None:
    async with running() as slack:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        app, review = build_app(client, SECRET), FakeReview()
        register(app, services(client, review))
        site = web.Application()
        site.add_routes([http_route(app, SECRET)])
        async with TestServer(site, host="127.0.0.1") as server:
            url = server.make_url("/slack/events")
            body = urlencode({"command": "/cockpit", "text": "help", "user_id": "U1", "team_id": "T1"})
            body += "&" + urlencode({"response_url": f"{slack.url}respond"})
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            async with session.post(url, data=body, headers=form | signed(body, SECRET)) as answer:
                assert answer.status == 200
            async with session.post(url, data=body, headers=form | signed(body, "other")) as answer:
                assert answer.status == 401
            async with session.post(url, data=body, headers=form) as answer:
                assert answer.status == 401
            await until(lambda: told(slack))
    assert len(slack.asked("response_url")) == 1


async def test_error_after_the_acknowledgement_still_reaches_the_person(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    client, review = SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session), FakeReview()
    review.fail = AlreadyDecided("<@U0BEN> was first.", winner="U0BEN")
    app = build_app(client)
    register(app, services(client, review))
    socket = SocketMode(app, directory.APP_TOKEN, sandbox.slack_api, session)
    await socket.connect()
    try:
        await press_take(sandbox, session, client)
        await until(lambda: whispered(sandbox, session, "<@U0BEN> was first."))
    finally:
        await socket.close()
    assert review.decided == []


async def whispered(sandbox: Sandbox, session: aiohttp.ClientSession, text: str) -> bool:
    async with session.get(f"{sandbox.url}/control/slack/state") as answer:
        told = (await answer.json())["ephemeral"]
    return [(one["user"], one["text"]) for one in told] == [(directory.AGENT, text)]


async def test_socket_that_does_not_open_is_unavailable(session: aiohttp.ClientSession) -> None:
    async with running() as slack:
        nowhere = {"ok": True, "url": "ws://127.0.0.1:1/socket"}
        slack.then("apps.connections.open", nowhere, nowhere)
        app = build_app(SlackClient("xoxb-test", f"{slack.url}api/", session))
        socket = SocketMode(app, "xapp-x", f"{slack.url}api/", session, patience=0.5)
        with pytest.raises(Unavailable, match="does not open"):
            await socket.connect()


async def told(slack: FakeSlack) -> bool:
    return bool(slack.asked("response_url"))


def signed(body: str, secret: str) -> dict[str, str]:
    timestamp = str(int(datetime.now(UTC).timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


async def test_token_in_the_environment_is_no_news(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-test")
    build_app(SlackClient("xoxb-test", "http://127.0.0.1:1/api/", session))
    assert caplog.messages == []


async def test_http_without_a_secret_is_refused(session: aiohttp.ClientSession) -> None:
    app = build_app(SlackClient("xoxb-test", "http://127.0.0.1:1/api/", session))
    with pytest.raises(Misconfigured, match="SLACK_SIGNING_SECRET"):
        http_route(app, "")


async def test_socket_mode_brings_a_press_to_its_service(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    client, review = SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session), FakeReview()
    app = build_app(client)
    register(app, services(client, review))
    socket = SocketMode(app, directory.APP_TOKEN, sandbox.slack_api, session)
    assert not await socket.is_connected()
    await socket.connect()
    try:
        await until(socket.is_connected)
        await press_take(sandbox, session, client)

        async def decided() -> bool:
            return bool(review.decided)

        await until(decided)
    finally:
        await socket.close()
    assert review.decided == [("take", ON.conversation, directory.AGENT)]
    assert not await socket.is_connected()


async def press_take(sandbox: Sandbox, session: aiohttp.ClientSession, client: SlackClient) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Take"}, "action_id": TAKE}
    blocks = [{"type": "actions", "elements": [button | {"value": ON.encode()}]}]
    ts = await client.post(directory.OTHER, "a card", blocks)
    click = {"channel": directory.OTHER, "ts": ts, "action_id": TAKE, "user": directory.AGENT}
    async with session.post(f"{sandbox.url}/control/slack/click", json=click) as answer:
        assert (await answer.json())["ok"], await answer.text()


async def test_bad_app_token_is_refused_at_once(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    app = build_app(SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session))
    socket = SocketMode(app, "xapp-wrong", sandbox.slack_api, session)
    with pytest.raises(Refused):
        await socket.connect()
    await socket.close()


async def test_slack_that_cannot_be_reached_is_unavailable(session: aiohttp.ClientSession) -> None:
    app = build_app(SlackClient("xoxb-test", "http://127.0.0.1:1/api/", session))
    with pytest.raises(Unavailable):
        await SocketMode(app, "xapp-x", "http://127.0.0.1:1/api/", session).connect()
