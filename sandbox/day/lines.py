"""The customers' side of each channel: how they write, what reaches them, and how they rate what they got."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import aiosmtplib

from sandbox.day.plan import Ticket
from sandbox.mail import MailSink, compose, post
from sandbox.twilio.customers import Customers
from sandbox.twilio.state import MESSAGE
from sandbox.twilio.state import State as Phones
from sandbox.wire import Record
from sandbox.zendesk import AGENT, INTEGRATION
from sandbox.zendesk.service import ZendeskService

_TRIES = 5
_AGAIN_AFTER = 0.5
_RATING_LINK = re.compile(r"https?://\S+/rate/[^\s>)\"]+")
_RATING_TEXT = "from 1 (bad) to 5"
_SURE = 0.97
_FAULTS = (aiosmtplib.SMTPException, aiohttp.ClientError, OSError, TimeoutError, ConnectionError)


class NotTakenError(Exception):
    """The app did not take what a customer wrote; the message says how it refused."""


class HoldOnError(NotTakenError):
    """The app asks a customer's program to come again after so many seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Line(Protocol):
    """One customer on their channel. `rating` tells whether a message asks how it was."""

    async def write(self, text: str) -> None: ...

    def received(self) -> list[str]:
        """Return everything that has reached the customer, the oldest first, questions for a rating left out."""
        ...

    def may_rate(self) -> bool: ...

    async def rate(self, score: int) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class World:
    """The far sides that customers use, and where the app is."""

    http: aiohttp.ClientSession
    sink: MailSink
    phones: Phones
    customers: Customers
    zendesk: ZendeskService
    app: str
    smtp: tuple[str, int]
    support: str


def line(ticket: Ticket, world: World) -> Line:
    return _LINES[ticket.channel](ticket, world)


async def _insist(act: Callable[[], object], channel: str) -> None:
    """Do what may fail once: customers' programs try again, and not before they are asked to."""
    why = ""
    for _ in range(_TRIES):
        try:
            done = act()
            if asyncio.iscoroutine(done):
                await done
        except (*_FAULTS, NotTakenError) as fault:
            why = f"{type(fault).__name__}: {fault}"
            await asyncio.sleep(fault.seconds if isinstance(fault, HoldOnError) else _AGAIN_AFTER)
        else:
            return
    raise NotTakenError(f"The app did not take what was written by {channel}: {why}.")


class _ByMail:
    def __init__(self, ticket: Ticket, world: World) -> None:
        self._ticket, self._world = ticket, world
        self._references: list[str] = []

    async def write(self, text: str) -> None:
        subject = self._ticket.subject if not self._references else f"Re: {self._ticket.subject}"
        mail = compose(
            self._ticket.address,
            self._ticket.name,
            self._world.support,
            subject,
            text,
            self._references + [str(one["headers"]["Message-ID"]) for one in self._mails()][-1:],
        )
        self._references.append(str(mail["Message-ID"]))
        host, port = self._world.smtp
        await _insist(lambda: post(mail, self._ticket.address, self._world.support, host, port), "mail")

    def received(self) -> list[str]:
        return [one["text"] for one in self._mails() if not _RATING_LINK.search(one["text"])]

    def may_rate(self) -> bool:
        return self._link() is not None

    async def rate(self, score: int) -> None:
        link = self._link()
        if link is None:
            return
        async with self._world.http.post(link, data={"score": str(score)}) as page:
            if page.status != 200:
                raise NotTakenError(f"The page of a rating answered {page.status}.")

    async def close(self) -> None:
        """Nothing is open."""

    def _mails(self) -> list[Record]:
        return [one for one in self._world.sink.received if one["to"] == self._ticket.address]

    def _link(self) -> str | None:
        found = (_RATING_LINK.search(one["text"]) for one in reversed(self._mails()))
        return next((one.group() for one in found if one), None)


class _ByPhone:
    """Texts, and calls that are answered by text."""

    def __init__(self, ticket: Ticket, world: World) -> None:
        self._ticket, self._world = ticket, world

    async def write(self, text: str) -> None:
        await _insist(lambda: self._say(text), self._ticket.channel)

    async def _say(self, text: str) -> None:
        _, said = await self._world.customers.text(self._ticket.address, text, "", [])
        if said.status != 200:
            raise NotTakenError(f"status {said.status}")

    def received(self) -> list[str]:
        return [body for body in self._bodies() if _RATING_TEXT not in body]

    def may_rate(self) -> bool:
        return any(_RATING_TEXT in body for body in self._bodies())

    async def rate(self, score: int) -> None:
        await _ByPhone._say(self, str(score))

    async def close(self) -> None:
        """Nothing is open."""

    def _bodies(self) -> list[str]:
        mine = (one for one in self._world.phones.all(MESSAGE) if one["to"] == self._ticket.address)
        return [str(one["body"]) for one in mine]


class _ByCall(_ByPhone):
    async def _say(self, text: str) -> None:
        call = await self._world.customers.call(self._ticket.address)
        if not call["awaits"]:
            raise NotTakenError("nobody asks for a question")
        await self._world.customers.say(call["sid"], text, _SURE, "completed")


class _ByForm:
    """Zendesk's form: answers are public comments of the team."""

    def __init__(self, ticket: Ticket, world: World) -> None:
        self._ticket, self._desk, self._state = ticket, world.zendesk.desk, world.zendesk.state
        self._number: int | None = None

    async def write(self, text: str) -> None:
        said = {"body": text, "public": True}
        if self._number is not None:
            requester = self._desk.ticket(self._number)["requester_id"]
            self._desk.update(self._number, {"comment": said}, requester, "web")
            return
        requester = self._state.requester(self._ticket.address, self._ticket.name)["id"]
        given = {"subject": self._ticket.subject, "comment": said, "requester_id": requester}
        self._number = self._desk.create(given, requester, "web")[0]["id"]

    def received(self) -> list[str]:
        if self._number is None:
            return []
        staff = (AGENT, INTEGRATION)
        said = [one for one in self._state.comments(self._number) if one["author_id"] in staff]
        return [str(one["body"]) for one in said if one["public"]]

    def may_rate(self) -> bool:
        return False  # Zendesk asks by its own mail, which is not part of the day.

    async def rate(self, score: int) -> None:
        """Is not asked."""

    async def close(self) -> None:
        """Nothing is open."""


class _ByChat:
    def __init__(self, ticket: Ticket, world: World) -> None:
        self._ticket, self._world = ticket, world
        self._session, self._after, self._number = "", 0, 0
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._listening: asyncio.Task[None] | None = None
        self._events: list[Record] = []
        self._acknowledged: set[str] = set()
        self._refused: dict[str, Record] = {}

    async def write(self, text: str) -> None:
        self._number += 1
        await self._sent({"type": "msg", "cid": f"q{self._number}", "text": text})

    async def _sent(self, frame: Record) -> None:
        """Send until it is acknowledged; the app knows a frame by its `cid` when it comes twice."""

        async def once() -> None:
            ws = await self._open()
            await ws.send_json(frame)
            async with asyncio.timeout(10):
                while frame["cid"] not in self._acknowledged:
                    if refusal := self._refused.pop(frame["cid"], None):
                        raise _refusal(refusal, refusal.get("retry"))
                    if ws.closed:
                        raise NotTakenError("the line was closed")
                    await asyncio.sleep(0.02)

        await _insist(once, "chat")

    def received(self) -> list[str]:
        return [
            _shown(one) for one in self._events if one["kind"] == "message" and one["sender"] != "customer"
        ]

    def may_rate(self) -> bool:
        return any(one["kind"] == "state" and one.get("state") == "resolved" for one in self._events)

    async def rate(self, score: int) -> None:
        await self._sent({"type": "rate", "cid": "r1", "score": score})

    async def close(self) -> None:
        if self._ws is not None:
            await self._ws.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        if self._ws is not None and not self._ws.closed:
            return self._ws
        await self.close()
        if not self._session:
            self._session = await self._begin()
        self._ws = await self._world.http.ws_connect(f"{self._world.app}/chat/v1/ws", heartbeat=15)
        await self._ws.send_json({"type": "hello", "session": self._session, "after": self._after})
        self._listening = asyncio.create_task(self._listen(self._ws))
        return self._ws

    async def _begin(self) -> str:
        async with self._world.http.post(f"{self._world.app}/chat/v1/session", json={}) as answer:
            said: Record = await answer.json()
            if not answer.ok:
                raise _refusal(said, answer.headers.get("Retry-After"))
            return str(said["session"])

    async def _listen(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.json())

    def _take(self, frame: Record) -> None:
        if frame["type"] == "ack":
            self._acknowledged.add(frame["cid"])
        elif frame["type"] == "error" and "cid" in frame:
            self._refused[frame["cid"]] = frame
        elif frame["type"] == "event" and frame["seq"] > self._after:
            self._after = frame["seq"]
            self._events.append(frame)


def _refusal(frame: Record, seconds: str | float | None) -> NotTakenError:
    """Return how the app refused, with its word on when to come again."""
    said = f"{frame.get('code')}: {frame.get('message')}"
    return NotTakenError(said) if seconds is None else HoldOnError(said, float(seconds))


def _shown(event: Record) -> str:
    """Return a message of the chat with its sources, as the widget shows it."""
    sources: Iterable[Record] = event.get("sources", [])
    return "\n".join([str(event["text"]), *(f"[{one['number']}] {one['url']}" for one in sources)])


_LINES: dict[str, Callable[[Ticket, World], Line]] = {
    "email": _ByMail,
    "chat": _ByChat,
    "sms": _ByPhone,
    "phone": _ByCall,
    "zendesk": _ByForm,
}
