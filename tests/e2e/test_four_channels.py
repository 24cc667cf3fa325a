"""The same conversation by e-mail, chat, text message and phone: one scenario, and a small adapter per channel."""

import asyncio
import json
import re
from random import randrange
from typing import Any, Protocol

import pytest

from tests.e2e.harness import Json, Outside, header, said
from tests.e2e.test_chat import Visitor
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]

QUESTION, FOLLOW_UP = "How do I reset my password?", "And how do I return an item?"
COMPLAINT = "My lawyer will write to you about this tent."
_PATIENCE = 45.0  # Whom to ask for a rating is looked up every 15 s.
PROMISE = "Kim here: I look into it myself."


class Line(Protocol):
    """A customer on one channel: what they can do there, and what reaches them."""

    channel: str
    title: str  # By this the card is found.
    question: str
    questions: int  # So often they are asked how it was by a message of its own.
    evidence: tuple[str, ...]  # What the card shows of the complaint besides its words.

    async def ask(self, text: str) -> None: ...

    async def complain(self, text: str) -> None:
        """Say something that goes badly on this channel, where it can."""
        ...

    async def answer(self, number: int) -> str:
        """Wait for the answer of this number."""
        ...

    async def rate(self, score: int) -> None:
        """Answer the question how it was."""
        ...

    async def count(self) -> int:
        """Count what has reached the customer."""
        ...


class ByMail:
    channel, questions = "email", 1
    evidence: tuple[str, ...] = ()

    def __init__(self, demo: Outside, number: int) -> None:
        self._demo = demo
        self._address = f"four{number}@customer.example"
        self.title = f"A matter on four channels, no. {number}"
        self.question = QUESTION

    async def ask(self, text: str) -> None:
        got = await self._demo.inbox(self._address)
        thread = {"In_Reply_To": got[-1]["headers"]["Message-ID"]} if got else {}
        await self._demo.mail(self.title, text, sender=self._address, **thread)

    complain = ask

    async def answer(self, number: int) -> str:
        mails = await self._demo.received(self._address, self.title, number, _PATIENCE)
        return str(mails[number - 1]["text"])

    async def rate(self, score: int) -> None:
        link = re.search(r"https?://\S+/rate/[^\s>]+", await self.answer(4))
        assert link is not None
        async with self._demo.session.get(link.group()) as page:
            assert "How was our help?" in await page.text()
        async with self._demo.session.post(link.group(), data={"score": f"{score}"}) as page:
            assert f"You gave us {score} of 5" in await page.text()

    async def count(self) -> int:
        return len(await self._demo.inbox(self._address))


class ByChat:
    channel, questions = "chat", 0
    evidence: tuple[str, ...] = ()

    def __init__(self, demo: Outside, number: int) -> None:
        self._visitor = Visitor(demo)
        self._said = 0
        self.title = self.question = f"{QUESTION} No. {number}"

    async def ask(self, text: str) -> None:
        if not self._visitor.open:
            await self._visitor.connect()
        self._said += 1
        await self._visitor.send(type="msg", cid=f"q{self._said}", text=text)
        await self._visitor.next("ack")

    complain = ask

    async def answer(self, number: int) -> str:
        while await self.count() < number:
            await self._visitor.next("event")
        return self._answers()[number - 1]

    async def rate(self, score: int) -> None:
        await self._visitor.next("event", kind="state", state="resolved")
        await self._visitor.send(type="rate", cid="r1", score=score)
        await self._visitor.next("event", kind="csat", score=score)

    async def count(self) -> int:
        return len(self._answers())

    def _answers(self) -> list[str]:
        messages = [event for event in self._visitor.shown if event["kind"] == "message"]
        return [event["text"] for event in messages if event["sender"] != "customer"]


class ByText:
    channel, questions = "sms", 1
    evidence: tuple[str, ...] = ()

    def __init__(self, demo: Outside, number: int) -> None:
        self._demo = demo
        self._number = f"+4477{number:08d}"
        self.title = self.question = f"{QUESTION} No. {number}"

    async def ask(self, text: str) -> None:
        assert (await self._demo.post("/control/sms", **{"from": self._number, "text": text}))["ok"]

    async def complain(self, text: str) -> None:
        await self.ask(text)

    async def answer(self, number: int) -> str:
        async def arrived() -> list[Json]:
            return (await self._messages())[number - 1 :]

        return str((await until(arrived, _PATIENCE))[0]["body"])

    async def rate(self, score: int) -> None:
        assert "from 1 (bad) to 5 (very good)" in await self.answer(4)
        await ByText.ask(self, f"{score}")

    async def count(self) -> int:
        return len(await self._messages())

    async def _messages(self) -> list[Json]:
        return [m for m in await self._demo.get("/control/sms") if m["to"] == self._number]


class ByPhone(ByText):
    """Calls, and gets the answers as text messages."""

    channel = "phone"
    evidence = ("Listen to the recording",)

    async def ask(self, text: str) -> None:
        call = await self._call(**{"from": self._number, "say": [text]})
        assert call["awaits"] is None

    async def complain(self, text: str) -> None:
        """Say nothing at first, and then speak after the tone."""
        call = await self._call(**{"from": self._number})
        await self._call(sid=call["sid"], silence=True)
        await self._call(sid=call["sid"], say=text)

    async def _call(self, **body: Any) -> Json:
        return (await self._demo.post("/control/call", **body))["call"]


async def test_the_same_conversation_on_every_channel(demo: Outside) -> None:
    one_window = asyncio.Lock()  # As every person in Slack, the agent has one at a time.
    async with asyncio.TaskGroup() as group:  # At once, for most of each is waiting for its turn in Slack.
        for line in (ByMail, ByChat, ByText, ByPhone):
            customer = line(demo, randrange(10_000, 99_999))
            group.create_task(talk(demo, customer, one_window), name=line.channel)


async def talk(demo: Outside, customer: Line, one_window: asyncio.Lock) -> None:
    """Question, automatic answer, follow-up, escalation, an agent's answer, resolution, rating."""
    agent = demo.contract["agent"]
    await customer.ask(customer.question)
    assert "password" in await customer.answer(1)
    await demo.card(customer.channel, customer.title, "Answered by itself")

    await customer.ask(FOLLOW_UP)
    assert "60 days" in await customer.answer(2)

    await customer.complain(COMPLAINT)
    card = await demo.card(customer.channel, customer.title, "Legal threat")
    assert COMPLAINT in said(card)
    assert [mark for mark in customer.evidence if mark not in said(card)] == []
    assert await escalated(demo, customer.title)

    async with one_window:
        await reply(demo, customer.channel, card, PROMISE)
    assert PROMISE in await customer.answer(3)
    card = await demo.card(customer.channel, customer.title, f"Sent by* <@{agent}>")

    await demo.click(customer.channel, card, "resolve", agent)
    await demo.card(customer.channel, customer.title, "Resolved")
    await customer.rate(4)
    await demo.card(customer.channel, customer.title, "Rated 4 of 5")
    assert await customer.count() == 3 + customer.questions
    assert len(await demo.cards(customer.channel, customer.title)) == 1


async def escalated(demo: Outside, title: str) -> Json:
    """Wait until the matter stands where the specialists look."""

    async def posted() -> list[Json]:
        history = await demo.slack.conversations_history(channel="C0ESCALATE1")
        return [m for m in history["messages"] if header(m) == title]

    return await until(posted)


async def reply(demo: Outside, channel: str, card: Json, text: str) -> None:
    """Write an answer in the window that *Reply* opens."""
    opened = await demo.window(channel, card, "reply", demo.contract["agent"])
    box = next(b for b in opened["blocks"] if b["type"] == "input")
    typed = {box["block_id"]: {box["element"]["action_id"]: text}}
    done = await demo.post(
        "/control/slack/submit", view_id=opened["id"], user=demo.contract["agent"], values=typed
    )
    assert done["ok"], json.dumps(done)
