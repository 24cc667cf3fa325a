"""The main job over the chat's WebSocket, with a line that breaks at the worst moment."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.harness import Outside, actions, said
from tests.waiting import PATIENCE, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]


class Visitor:
    """A chat client: remembers the last seq, and the messages it has shown."""

    def __init__(self, demo: Outside) -> None:
        self._demo = demo
        self.session = ""
        self.after = 0
        self.cursor = 0  # Up to which number events stood there when it connected.
        self.shown: list[dict[str, Any]] = []
        self._ws: aiohttp.ClientWebSocketResponse | None = None

    async def connect(self) -> "Visitor":
        if not self.session:
            async with self._demo.session.post(
                f"{self._demo.contract['app']}/chat/v1/session", json={}
            ) as answer:
                self.session = (await answer.json())["session"]
        await self.leave()  # Of a line that broke, or nobody else would lay it down.
        self._ws = await self._demo.session.ws_connect(f"{self._demo.contract['app']}/chat/v1/ws")
        await self.send(type="hello", session=self.session, after=self.after)
        self.cursor = (await self.next("welcome"))["cursor"]
        return self

    async def leave(self) -> None:
        if self._ws is not None:
            await self._ws.close()

    @property
    def open(self) -> bool:
        return self._ws is not None and not self._ws.closed

    @property
    def ws(self) -> aiohttp.ClientWebSocketResponse:
        assert self._ws is not None
        return self._ws

    async def send(self, **frame: Any) -> None:
        await self.ws.send_str(json.dumps(frame))

    async def next(self, type_: str, seconds: float = PATIENCE, **having: Any) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                frame: dict[str, Any] = await self.ws.receive_json()
                if frame["type"] == "event":
                    self.after = max(self.after, frame["seq"])
                    self.shown.append(frame)
                if frame["type"] == type_ and all(frame.get(k) == v for k, v in having.items()):
                    return frame

    def texts(self, sender: str) -> list[str]:
        return [e["text"] for e in self.shown if e["kind"] == "message" and e["sender"] == sender]


async def test_a_question_is_answered_over_the_socket(demo: Outside) -> None:
    visitor = await Visitor(demo).connect()
    await visitor.send(type="msg", cid="q1", text="How do I reset my password?")
    assert (await visitor.next("ack"))["cid"] == "q1"
    answer = await visitor.next("event", kind="message", sender="ai")
    assert "password" in answer["text"].lower()


async def test_a_dropped_socket_loses_and_doubles_nothing(demo: Outside) -> None:
    visitor, mark = await Visitor(demo).connect(), uuid4().hex[:8]
    question = f"How do I reset my password? {mark}"
    await visitor.send(type="msg", cid="once", text=question)
    visitor.ws._response.connection.transport.abort()  # type: ignore[union-attr]
    await visitor.connect()
    await visitor.send(type="msg", cid="once", text=question)
    await visitor.next("ack", cid="once")
    while not visitor.texts("ai"):
        await visitor.next("event")

    async def one_card() -> list[Any]:
        history = await demo.slack.conversations_history(channel=demo.contract["channels"]["chat"], limit=100)
        return [m for m in history["messages"] if mark in said(m) and "Answered by itself" in said(m)]

    assert len(await until(one_card)) == 1
    assert visitor.texts("customer") == [question]
    assert len(visitor.texts("ai")) == 1
    again = Visitor(demo)
    again.session = visitor.session
    await again.connect()
    while not again.texts("ai"):
        await again.next("event")
    assert [e["seq"] for e in again.shown] == sorted({e["seq"] for e in again.shown})
    assert again.texts("customer") == [question]


async def test_a_wish_for_a_person_reaches_one(demo: Outside) -> None:
    visitor = await Visitor(demo).connect()
    await visitor.send(type="human", cid="h1")
    await visitor.next("event", kind="state", state="escalated")

    async def card() -> list[Any]:
        history = await demo.slack.conversations_history(channel=demo.contract["channels"]["chat"], limit=100)
        return [m for m in history["messages"] if "Asks for a person" in said(m)]

    found = (await until(card))[0]
    assert "reply" in actions(found)


async def test_a_chat_that_an_agent_closed_is_rated_on_its_card(demo: Outside) -> None:
    visitor, agent = await Visitor(demo).connect(), demo.contract["agent"]
    question = f"How do I reset my password? {uuid4().hex[:8]}"
    await visitor.send(type="msg", cid="q1", text=question)
    await visitor.next("event", kind="message", sender="ai")

    card = await demo.card("chat", question, "Answered by itself")
    await demo.click("chat", card, "good", agent)
    judged = await demo.card("chat", question, "*good*")
    await demo.click("chat", judged, "resolve", agent)
    await visitor.next("event", kind="state", state="resolved")
    await visitor.send(type="rate", cid="r1", score=5, comment="Quick & kind")
    await visitor.next("event", kind="csat", score=5)

    rated = await demo.card("chat", question, "Rated 5 of 5")
    assert "Quick &amp; kind" in said(rated)


@pytest.mark.parametrize(
    "frame", ["no json", "[]", '"x"', '{"type":"nonsense"}', '{"type":"msg"}', "x" * 1_000_000]
)
async def test_garbage_is_answered_in_words_and_harms_nobody(demo: Outside, frame: str) -> None:
    visitor = await Visitor(demo).connect()
    await visitor.ws.send_str(frame)
    answer = await visitor.ws.receive(timeout=10)
    if answer.type is aiohttp.WSMsgType.TEXT:
        assert json.loads(answer.data)["type"] == "error"
    else:
        assert visitor.ws.close_code == 1009
    other = await Visitor(demo).connect()
    await other.send(type="ping")
    await other.next("pong")
