"""Socket Mode against the stand-in: dead connections are noticed, outgoing ones replaced, and nothing gets lost."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.core.errors import Unavailable
from bot.process.connection import SlackConnection
from handlers.slack.bolt import BoltApp
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app
from integrations.slack.client import SlackClient
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from sandbox.slack.delivery import Timing
from tests.integrations.slack.fake_slack import running
from tests.waiting import PATIENCE, until

PING = 0.1
SILENCE = 1.2


@dataclass
class Heard:
    """An app that keeps what it hears; `fail` is raised by the next listener, `may_go_on` holds it."""

    texts: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def message(self, event: dict[str, Any]) -> None:
        await self.may_go_on.wait()
        if self.failures:
            raise self.failures.pop()
        self.texts.append(event["text"])


@dataclass
class World:
    sandbox: Sandbox
    session: aiohttp.ClientSession
    app: BoltApp
    heard: Heard

    def socket(self, **patience: float) -> SocketMode:
        times = {"silence": SILENCE, "patience": 2.0, **patience}
        return SocketMode(self.app, directory.APP_TOKEN, self.sandbox.slack_api, self.session, **times)

    async def weather(self, **slack: object) -> None:
        async with self.session.post(f"{self.sandbox.url}/control/weather", json={"slack": slack}) as answer:
            assert answer.status == 200

    async def write(self, text: str) -> None:
        said = {"channel": directory.SUPPORT_CHANNELS["email"], "user": directory.AGENT, "text": text}
        async with self.session.post(f"{self.sandbox.url}/control/slack/message", json=said) as answer:
            assert (await answer.json())["ok"]

    async def log(self, *kinds: str) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.sandbox.url}/control/slack/log") as answer:
            return [entry for entry in await answer.json() if entry["kind"] in kinds]

    async def hears(self, *texts: str) -> None:
        async def claim() -> bool:
            return len(self.heard.texts) >= len(texts)

        await until(claim)
        assert self.heard.texts == list(texts)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    events = frozenset({"message.channels"})
    installation = directory.Installation(directory.WIDE_SCOPES, events, frozenset())
    timing = Timing(retries=(0.0, 0.05, 0.05), ping=PING)
    sandbox = Sandbox(SandboxConfig(port=0, timing=timing, app=installation))
    await sandbox.start()
    async with aiohttp.ClientSession() as session:
        heard = Heard()
        heard.may_go_on.set()
        app = build_app(SlackClient(directory.BOT_TOKEN, sandbox.slack_api, session))
        app.event("message")(heard.message)
        yield World(sandbox, session, app, heard)
    await sandbox.stop()


@asynccontextmanager
async def kept(socket: SocketMode) -> AsyncIterator[SlackConnection]:
    connection = SlackConnection(socket, pause=0.02)
    async with connection.open():
        await until(socket.is_connected)
        yield connection


async def test_a_silent_connection_is_rebuilt_and_nothing_is_lost_or_doubled(world: World) -> None:
    async with kept(world.socket()) as connection:
        await world.write("before")
        await world.hears("before")
        await world.weather(silent=True)
        await world.write("meanwhile")

        async def trouble() -> str:
            state = await connection.state()
            return state if state.startswith("reconnecting") else ""

        assert await until(trouble) == f"reconnecting: silent for {SILENCE:g} s"
        await world.weather()

        async def well() -> bool:
            return await connection.state() == "ok"

        await until(well)
        await world.write("after")
        await world.hears("before", "meanwhile", "after")
        assert connection.rebuilt == 1


async def test_a_quiet_connection_that_is_pinged_stays(world: World) -> None:
    socket = world.socket()
    async with kept(socket) as connection:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.ended(), 3 * SILENCE)
        assert connection.rebuilt == 0


async def test_a_connection_on_which_slack_does_not_say_hello_is_none(world: World) -> None:
    await world.weather(silent=True)
    socket = world.socket(patience=0.5)
    with pytest.raises(Unavailable, match="does not open"):
        await socket.connect()
    assert not await socket.is_connected()
    assert await socket.ended() == "not connected"


async def test_a_far_end_that_vanished_without_a_word_is_let_go(session: aiohttp.ClientSession) -> None:
    """Nothing is sent and nothing is read any more, as after a power cut: not even a close is answered."""

    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(x for x in request.splitlines() if x.lower().startswith("sec-websocket-key")).split()[1]
        accept = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += f"Sec-WebSocket-Accept: {base64.b64encode(accept).decode()}\r\n\r\n"
        hello, ping = b'{"type":"hello","num_connections":1}', bytes([0x89, 0])
        writer.write(head.encode() + ping + bytes([0x81, len(hello)]) + hello)
        await may_end.wait()
        writer.close()

    may_end = asyncio.Event()
    server = await asyncio.start_server(vanish, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running() as slack:
        slack.then("apps.connections.open", {"ok": True, "url": f"ws://127.0.0.1:{port}/"})
        app = build_app(SlackClient("xoxb-x", f"{slack.url}api/", session))
        socket = SocketMode(app, "xapp-x", f"{slack.url}api/", session, silence=0.2)
        await socket.connect()
        async with asyncio.timeout(PATIENCE):
            assert await socket.ended() == "silent for 0.2 s"
            assert not await socket.is_connected()
            await socket.close()
    may_end.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_at_a_warning_the_new_connection_opens_before_the_old_one_closes(world: World) -> None:
    async with kept(world.socket(linger=0.2)) as connection:
        await world.weather(disconnect="warning")

        async def replaced() -> bool:
            return len(await world.log("disconnected")) == 1

        await until(replaced)
        assert await connection.state() == "ok"
        happened = [
            (entry["kind"], entry.get("open")) for entry in await world.log("connected", "disconnected")
        ]
        assert happened == [("connected", 1), ("connected", 2), ("disconnected", 1)]
        await world.write("still here")
        await world.hears("still here")


async def test_an_outgoing_connection_is_listened_to_until_it_closes(world: World) -> None:
    async with kept(world.socket()) as connection:
        await world.weather(disconnect="warning")

        async def two() -> bool:
            return world.sandbox.slack.sockets.count == 2

        await until(two)
        for number in range(4):  # The stand-in hands them out in turn.
            await world.write(str(number))
            await world.hears(*map(str, range(number + 1)))
        vias = {entry["via"] for entry in await world.log("ack")}
        assert len(vias) == 2
        assert connection.rebuilt == 1


async def test_an_end_right_after_a_replacement_closes_both(world: World) -> None:
    socket = world.socket()
    await socket.connect()
    await socket.connect()
    await socket.close()

    async def both_gone() -> bool:
        return world.sandbox.slack.sockets.count == 0

    await until(both_gone)


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled"])
async def test_a_connection_that_slack_takes_away_is_replaced(world: World, reason: str) -> None:
    async with kept(world.socket()) as connection:
        await world.weather(disconnect=reason)

        async def rebuilt() -> bool:
            return connection.rebuilt == 1 and await connection.state() == "ok"

        await until(rebuilt)
        await world.write("after")
        await world.hears("after")


async def test_one_connection_too_many_is_said(world: World) -> None:
    others = [world.socket() for _ in range(10)]
    for other in others:
        await other.connect()
    with pytest.raises(Unavailable, match="too_many_websockets"):
        await world.socket().connect()
    await asyncio.gather(*(other.close() for other in others))


async def test_an_event_is_acknowledged_when_the_work_is_done(world: World) -> None:
    socket = world.socket()
    async with kept(socket):
        world.heard.may_go_on.clear()
        await world.write("hold")

        async def pushed() -> Any:
            return await world.log("envelope")

        await until(pushed)
        closing = asyncio.create_task(socket.close())  # Which waits for what is being worked on.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(closing), 0.1)
        assert await world.log("ack") == []
        world.heard.may_go_on.set()
        await closing
        assert len(await world.log("ack")) == 1
    assert world.heard.texts == ["hold"]


async def test_an_event_that_could_not_be_kept_comes_again(world: World) -> None:
    world.heard.failures = [Unavailable("The database is away")]
    async with kept(world.socket()):
        await world.write("kept in the end")
        await world.hears("kept in the end")
        attempts = [entry["frame"]["retry_attempt"] for entry in await world.log("envelope")]
        assert attempts == [0, 1]
        assert len(await world.log("ack")) == 1


async def test_nonsense_from_slack_is_passed_over(world: World) -> None:
    async with kept(world.socket()):
        line = world.sandbox.slack.sockets.next()
        assert line is not None
        for nonsense in ("{", "[]", '{"type": "news"}', '{"envelope_id": "e1", "payload": {"type": 7}}'):
            await line.ws.send_str(nonsense)
        await line.ws.send_bytes(b"\x00")
        await world.write("still here")
        await world.hears("still here")
