"""Delivery as signed HTTP: a real bolt app behind its request URL, and servers that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from sandbox.slack import directory
from sandbox.slack.request_url import signed
from tests.waiting import PATIENCE, until

from .conftest import FarSide, actions, button, modal, running

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, port: int = 0) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def bolt(app: AsyncApp) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return handle


async def write(far_side: FarSide, text: str) -> None:
    assert (await far_side.do("message", channel=far_side.email, user=far_side.agent, text=text))["ok"]


async def test_a_bolt_app_over_http(far_side: FarSide) -> None:
    app, heard = far_side.app(), []

    @app.event("message")
    async def on_message(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("edit")
    async def edited(ack: Any) -> None:
        await ack(response_action="errors", errors={"answer": "Too short."})

    @app.command("/cockpit")
    async def cockpit(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    async with serving(bolt(app)) as url:
        assert (await far_side.do("delivery", request_url=url))["mode"] == "auto"
        await write(far_side, "hello")
        await until(lambda: "hello" in heard)
        posted = await far_side.slack.chat_postMessage(
            channel=far_side.email, text="x", blocks=[actions(button())]
        )
        who = {"user": far_side.agent}
        view = (
            await far_side.do("click", channel=far_side.email, ts=posted["ts"], action_id="approve", **who)
        )["view"]
        answer = await far_side.do("submit", view_id=view["id"], values={}, **who)
        assert answer["errors"] == {"answer": "Too short."}
        said = await far_side.do("command", channel=far_side.email, command="/cockpit", text="help", **who)
        assert said["response"] == {"text": "you said help"}
        assert [one["text"] for one in said["ephemeral"]] == ["you said help"]


async def test_a_wrong_secret_is_refused_by_the_app(far_side: FarSide) -> None:
    app = AsyncApp(client=far_side.slack, signing_secret="another secret")
    async with serving(bolt(app)) as url:
        await far_side.do("delivery", request_url=url, mode="http")
        await write(far_side, "hello")
        assert (await until(lambda: far_side.log("given_up")))[0]["reason"] == "http_error"
    assert {entry["status"] for entry in await far_side.log("ack")} == {401}


def test_the_signature_is_slacks() -> None:
    # Worked out by hand with openssl for this secret, time and body.
    headers = signed("token=x", "1531420618", secret="secret")
    assert headers["X-Slack-Request-Timestamp"] == "1531420618"
    assert (
        headers["X-Slack-Signature"] == "v0=633ec74f3ea2689a9cfc1fa49494a96b74ad596089378b53ceb9a899f9c799b9"
    )


class Moody:
    """An app that answers as told, one status after the other, and remembers what it got."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses, self.headers = list(statuses), headers or {}
        self.seen: list[tuple[str | None, str | None, dict[str, Any]]] = []

    async def handle(self, request: web.Request) -> web.Response:
        num, reason = request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")
        self.seen.append((num, reason, json.loads(await request.text())))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, headers=self.headers)


async def test_retries_carry_their_number_and_reason(far_side: FarSide) -> None:
    app = Moody(500, 302, 503)
    async with serving(app.handle) as url:
        await far_side.do("delivery", request_url=url)
        await write(far_side, "hello")
        await until(lambda: len(app.seen) == 4)
    assert [(num, reason) for num, reason, _ in app.seen] == [
        (None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")
    ]  # fmt: skip
    assert len({payload["event_id"] for *_, payload in app.seen}) == 1


async def test_an_app_may_decline_retries(far_side: FarSide) -> None:
    app = Moody(500, headers={"X-Slack-No-Retry": "1"})
    async with serving(app.handle) as url:
        await far_side.do("delivery", request_url=url)
        await write(far_side, "hello")
        assert await until(lambda: far_side.log("given_up"))
    assert len(app.seen) == 1


async def test_a_slow_app_times_out(impatient: FarSide) -> None:
    release = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with serving(slow) as url:
        await impatient.do("delivery", request_url=url)
        call = {"channel": impatient.email, "user": impatient.agent, "command": "/cockpit"}
        assert (await impatient.do("command", **call))["error"] == "operation_timeout"
        release.set()


async def test_a_server_that_takes_no_events_counts_as_nobody(far_side: FarSide) -> None:
    app = Moody(404, 405, 404, 404, 404, 404)
    async with serving(app.handle) as url:
        await far_side.do("delivery", request_url=url)
        await write(far_side, "patience")
        await until(lambda: len(app.seen) == 7)
    assert not await far_side.log("given_up")


async def test_events_wait_for_the_request_url_to_answer() -> None:
    app = Moody()
    async with serving(app.handle) as url:
        port = int(url.split(":")[2].split("/")[0])
    async with running(request_url=url) as far_side:
        await write(far_side, "early")
        async with serving(app.handle, port):
            await until(lambda: app.seen)
    assert app.seen[0][2]["event"]["text"] == "early"


async def test_a_broken_connection_is_tried_again(far_side: FarSide) -> None:
    lines: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await far_side.do("delivery", request_url=f"http://127.0.0.1:{port}/slack/events")
        await write(far_side, "hello")
        assert (await until(lambda: far_side.log("given_up")))[0]["reason"] == "http_error"
    assert sum(line.startswith(b"POST") for line in lines) >= 4


async def test_an_open_socket_wins_unless_told_otherwise(far_side: FarSide) -> None:
    app = Moody()
    async with serving(app.handle) as url, far_side.socket() as ws:
        await far_side.do("delivery", request_url=url)
        await write(far_side, "by socket")
        frame = await ws.receive_json(timeout=PATIENCE)
        assert frame["payload"]["event"]["text"] == "by socket"
        await ws.send_json({"envelope_id": frame["envelope_id"]})
        await far_side.do("delivery", mode="http")
        await write(far_side, "by http")
        await until(lambda: app.seen)
    assert app.seen[0][2]["event"]["text"] == "by http"


async def test_socket_mode_only(far_side: FarSide) -> None:
    app = Moody()
    async with serving(app.handle) as url:
        await far_side.do("delivery", request_url=url, mode="socket")
        call = {"channel": far_side.email, "user": far_side.agent, "command": "/cockpit"}
        assert (await far_side.do("command", **call))["error"] == "dispatch_failed"
    assert app.seen == []


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "pigeon"},
        {"request_url": "ftp://x"},
        {"request_url": "http://"},
        {"request_url": "http://["},
        {"mode": 7},
    ],
)
async def test_delivery_that_cannot_be(far_side: FarSide, body: dict[str, Any]) -> None:
    status, answer = await far_side.post("/control/slack/delivery", body)
    assert (status, answer["ok"]) == (400, False)
    assert answer["error"].endswith(".")


async def test_what_the_app_does_not_listen_for_does_not_make_it_absent(far_side: FarSide) -> None:
    app = far_side.app()

    @app.command("/cockpit")
    async def cockpit(ack: Any) -> None:
        await ack("here")

    async with serving(bolt(app)) as url:
        await far_side.do("delivery", request_url=url)
        await write(far_side, "nobody listens")
        assert (await until(lambda: far_side.log("given_up")))[0]["reason"] == "http_error"
        call = {"channel": far_side.email, "user": far_side.agent, "command": "/cockpit"}
        assert (await far_side.do("command", **call))["ok"]


async def test_our_own_app_is_not_told_what_its_manifest_does_not_ask_for() -> None:
    app = Moody()
    async with serving(app.handle) as url, running(request_url=url, app=directory.THREADPILOT) as far_side:
        await write(far_side, f"<@{directory.BOT_USER}> hi")
        await until(lambda: app.seen)
        ts = app.seen[0][2]["event"]["ts"]
        call = {"channel": far_side.email, "ts": ts, "user": far_side.agent}
        assert (await far_side.do("reaction", **call, reaction="eyes"))["ok"]
        assert (await far_side.do("reaction", **call, reaction="<script> x"))["error"] == "invalid_name"
        await write(far_side, "last")
        await until(lambda: app.seen[-1][2]["event"].get("text") == "last")
    assert {body["event"]["type"] for _, _, body in app.seen} == {"message"}
