"""A sandbox on free ports, with quick clocks, and the real Slack libraries pointed at it."""

import re
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from sandbox.slack.delivery import Timing
from tests.waiting import PATIENCE

NOBODY = "http://127.0.0.1:9/slack/events"
# An app that may do and hears everything: what is not our own app's part is tested too.
EVERYTHING = directory.Installation(
    scopes=directory.WIDE_SCOPES,
    events=frozenset(
        (
            "app_home_opened app_mention channel_archive channel_unarchive message.channels message.im "
            "message_metadata_posted reaction_added reaction_removed"
        ).split()
    ),
    commands=frozenset({"/cockpit", "/ticket"}),
    shortcuts=(
        directory.Shortcut("Add a note", "message", "note"),
        directory.Shortcut("New conversation", "global", "begin"),
    ),
)


@dataclass
class Clock:
    """The sandbox's clock: it runs with the world's until it is stopped, and can be put ahead."""

    ahead: float = 0.0
    stopped_at: float | None = None

    def __call__(self) -> float:
        return (self.stopped_at or time.time()) + self.ahead

    def stop(self) -> None:
        self.stopped_at = time.time()


async def refused(call: Awaitable[Any]) -> Any:
    """Return Slack's answer to a call that it must refuse."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


@dataclass
class FarSide:
    """A running sandbox as a test sees it: over HTTP only."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    clock: Clock
    contract: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contract = self.sandbox.contract()
        self.env = self.contract["env"]
        self.email, self.chat = self.contract["channels"]["email"], self.contract["channels"]["chat"]
        self.agent, self.manager = self.contract["agent"], self.contract["manager"]
        self.slack = self.client(self.env["SLACK_BOT_TOKEN"])

    def client(self, token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=self.contract["slack_api"], session=self.http)

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.sandbox.url}{path}", json=body) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.sandbox.url}{path}") as response:
            assert response.status == 200
            return await response.json()

    async def do(self, deed: str, **body: Any) -> dict[str, Any]:
        """Act as a person in Slack."""
        status, answer = await self.post(f"/control/slack/{deed}", body)
        assert status == 200, answer
        return dict(answer)

    async def weather(self, **places: Any) -> None:
        status, answer = await self.post("/control/weather", places)
        assert status == 200, answer

    async def log(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in await self.get("/control/slack/log") if entry["kind"] == kind]

    def app(self) -> AsyncApp:
        # Unanswered requests are part of these tests; the library need not tell us.
        return AsyncApp(client=self.slack, signing_secret=self.env["SLACK_SIGNING_SECRET"])

    @asynccontextmanager
    async def connected(self, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
        token = self.env["SLACK_APP_TOKEN"]
        handler = AsyncSocketModeHandler(app, token, web_client=self.client(token))
        await handler.connect_async()
        try:
            yield handler
        finally:
            await handler.close_async()

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a bare socket, so that a test may keep silent where a library would answer."""
        opened = await self.client(self.env["SLACK_APP_TOKEN"]).apps_connections_open(
            app_token=self.env["SLACK_APP_TOKEN"]
        )
        async with self.http.ws_connect(opened["url"]) as ws:
            assert (await ws.receive_json(timeout=PATIENCE))["type"] == "hello"
            yield ws


QUICK = Timing(retries=(0.0, 0.02, 0.02), settle=2.0)


@asynccontextmanager
async def running(state: Path | None = None, **changes: Any) -> AsyncIterator[FarSide]:
    clock = Clock()
    timing = replace(QUICK, now=clock, **changes.pop("timing", {}))
    given = {"request_url": NOBODY, "app": EVERYTHING, **changes}
    config = SandboxConfig(port=0, state_dir=state, timing=timing, **given)
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(config)
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield FarSide(sandbox, session, clock)


@pytest.fixture
async def far_side() -> AsyncIterator[FarSide]:
    async with running() as far_side:
        yield far_side


@pytest.fixture
async def impatient() -> AsyncIterator[FarSide]:
    """A far side that waits for an acknowledgement but briefly: for apps that do not give one."""
    async with running(timing={"ack": 0.25}) as far_side:
        yield far_side


def button(action_id: str = "approve", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Press"), **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def text_input(block_id: str = "answer", action_id: str = "text", **element: Any) -> dict[str, Any]:
    entry = {"type": "plain_text_input", "action_id": action_id, **element}
    return {"type": "input", "block_id": block_id, "label": plain("Answer"), "element": entry}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = list(blocks) or [text_input(initial_value="hello")]
    return {
        "type": "modal",
        "title": plain("Edit"),
        "submit": plain("Send"),
        "callback_id": "edit",
        "blocks": given,
        **more,
    }


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

    for listen in (app.action, app.view, app.command, app.view_closed, app.shortcut):
        listen(re.compile(".*"))(acknowledge)
    return app, seen
