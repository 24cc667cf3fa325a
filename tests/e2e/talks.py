"""Customers who write by mail and chat, some of them twice, and what of it has to stand in Slack in the end."""

import asyncio
import contextlib
import itertools
import smtplib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

from tests.e2e.harness import Outside, actions, header
from tests.e2e.test_chat import Visitor
from tests.waiting import until

T = TypeVar("T")

FIRST, SECOND = "How do I reset my password?", "How do I return an item?"
FOR_A_PERSON = "My lawyer will write to you about this tent."
# What whoever writes meets while the app is not there.
LINE_FAULTS = (
    aiohttp.ClientError,
    smtplib.SMTPException,
    OSError,
    TimeoutError,
    TypeError,
    ValueError,
    KeyError,
)
IS_LATE = "450 4.2.0 the mailbox is busy"
_LOOK = 0.2  # So exact are the delays of mails.
_ALIKE = 60  # So many letters and digits of an answer are compared: its signature is not on the card.


@dataclass
class Talk:
    """One customer: what they wrote, what reached them, and after how many seconds each time."""

    number: int
    written: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    _visitor: Visitor | None = None

    @property
    def address(self) -> str:
        return f"t{self.number}@customer.example"

    @property
    def by_chat(self) -> bool:
        return self.number % 3 == 0

    @property
    def for_a_person(self) -> bool:
        return self.number % 5 == 0

    @property
    def mark(self) -> str:
        return f"No. {self.number:05d}"

    @property
    def questions(self) -> Sequence[str]:
        """Return what this customer asks; every second one comes back with another question."""
        if self.for_a_person:
            return (f"{FOR_A_PERSON} {self.mark}",)
        return (f"{FIRST} {self.mark}", f"{SECOND} {self.mark}")[: 1 + self.number % 2]

    @property
    def reported_late(self) -> bool:
        """Tell whether this customer's mail server reports the last answer as late."""
        return self.number % 10 == 1 and not self.by_chat

    @property
    def told(self) -> list[str]:
        """Return what was said and what happened, in order, as far as it can be compared."""
        turns = itertools.zip_longest(self.written, self.answers, fillvalue="")
        late = [IS_LATE] if self.reported_late else []
        return [plain(text)[:_ALIKE] for turn in turns for text in turn if text] + [
            plain(text) for text in late
        ]

    async def hold(self, outside: Outside, letters: "Letters") -> None:
        """Write, as often as it takes to be told that it was kept; write again once the answer has come."""
        for question in self.questions:
            self._wrote(question)
            await (self._chat(outside, question) if self.by_chat else self._mail(outside, question))
            if not self.for_a_person:
                self._got(
                    await (self._read() if self.by_chat else letters.to(self.address, len(self.written)))
                )
        if self.reported_late:
            await patiently(lambda: outside.raw_mail(late(letters.newest(self.address)), sender=""))

    async def _mail(self, outside: Outside, question: str) -> None:
        """Write as a mail server does, which tries again until the mail is taken."""
        number = len(self.written)
        headers = {"message_id": self._message_id(number)}
        if number > 1:
            headers |= dict.fromkeys(("In_Reply_To", "References"), self._message_id(number - 1))
        await patiently(lambda: outside.mail(self.mark, question, sender=self.address, **headers))

    def _message_id(self, number: int) -> str:
        return f"<{number}.{self.address}>"

    async def _chat(self, outside: Outside, question: str) -> None:
        self._visitor = self._visitor or Visitor(outside)

        async def say() -> None:
            await self._connected()
            await self._line.send(type="msg", cid=f"q{len(self.written)}", text=question)
            await self._line.next("ack", 5.0)

        await patiently(say)

    async def _read(self) -> str:
        """Read the next answer in the chat; whoever is cut off comes back and is shown what was missed."""

        async def answer() -> str:
            await self._connected()
            while len(self._line.texts("ai")) < len(self.written):
                await self._line.next("event", 5.0)
            return self._line.texts("ai")[-1]

        return await patiently(answer)

    async def _connected(self) -> None:
        if self._line.open:
            return
        try:
            await self._line.connect()
        except BaseException:
            await self._line.leave()  # It may be open, and not have been welcomed.
            raise

    @property
    def _line(self) -> Visitor:
        assert self._visitor is not None
        return self._visitor

    async def answers_in_chat(self, outside: Outside) -> list[str]:
        """Come back with an empty page, and return the answers that stand in the chat."""

        async def read() -> list[str]:
            again = Visitor(outside)
            again.session = self._line.session
            cursor = (await again.connect()).cursor
            while again.after < cursor:
                await again.next("event", 5.0)
            await again.ws.close()
            return again.texts("ai")

        return await patiently(read)

    def _wrote(self, question: str) -> None:
        self.written.append(question)
        self._at = time.monotonic()

    def _got(self, answer: str) -> None:
        self.answers.append(answer)
        self.delays.append(time.monotonic() - self._at)


async def patiently(act: Callable[[], Awaitable[T]], seconds: float = 300.0) -> T:
    """Do what the app may not be there for at this moment, again and again."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(*LINE_FAULTS):
                return await act()
            await asyncio.sleep(_LOOK)


def late(answer: Any) -> bytes:
    """Return what a mail server reports of an answer that it has not passed on yet (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mail.customers.example\r\nTo: {answer['envelope_from']}\r\nSubject: Delayed\r\n"
        f"Message-ID: <late.{answer['headers']['Message-ID'].strip('<>')}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nIt is tried again.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.customers.example\r\n\r\n"
        f"Final-Recipient: rfc822; {answer['to']}\r\nAction: delayed\r\nDiagnostic-Code: smtp; {IS_LATE}\r\n\r\n"
        f"--B\r\nContent-Type: message/rfc822-headers\r\n\r\nMessage-ID: {answer['headers']['Message-ID']}\r\n\r\n"
        "--B--\r\n"
    ).encode()


def plain(text: str) -> str:
    """Return the letters and digits of a text: what is left of it in every markup."""
    return "".join(letter for letter in text if letter.isalnum())


class Letters:
    """What has arrived at the customers' mail server, looked at for all of them at once."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._arrived: dict[str, list[Any]] = {}

    async def watch(self) -> None:
        while True:
            arrived: dict[str, list[Any]] = {}
            for mail in await self._outside.get("/control/mail"):
                arrived.setdefault(str(mail["to"]), []).append(mail)
            self._arrived = arrived
            await asyncio.sleep(_LOOK)

    def all_to(self, address: str) -> list[Any]:
        return self._arrived.get(address, [])

    def newest(self, address: str) -> Any:
        return self._arrived[address][-1]

    async def to(self, address: str, number: int) -> str:
        """Wait for the answer of this number to an address."""

        async def arrived() -> bool:
            return len(self.all_to(address)) >= number

        await until(arrived, 300)
        return str(self.all_to(address)[number - 1]["text"])


class Agent:
    """Somebody in Slack who is asked whether a mail went out, and looks into the customer's mail box."""

    def __init__(self, outside: Outside, letters: Letters, talks: Iterable[Talk]) -> None:
        self._outside = outside
        self._letters = letters
        self._talks = talks
        self.asked = 0

    async def watch(self) -> None:
        while True:
            by_mark = {talk.mark: talk for talk in self._talks}
            for card in (await self._outside.get("/control/slack/state"))["messages"]:
                if "went_out" in actions(card) and header(card) in by_mark:
                    await self._tell(card, by_mark[header(card)])
            await asyncio.sleep(
                2
            )  # A card needs its turn in Slack before it can show that a press was heard.

    async def _tell(self, card: Any, talk: Talk) -> None:
        arrived = len(self._letters.all_to(talk.address)) >= len(talk.written)
        agent = self._outside.contract["agent"]
        answer = await self._outside.click("email", card, "went_out" if arrived else "resend", agent)
        self.asked += bool(answer.get("ok"))


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Let this be done meanwhile; what fails of it fails the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


@dataclass
class Load:
    """Customers who write while something happens to the app."""

    outside: Outside
    talks: list[Talk] = field(default_factory=list)
    asked: int = 0

    async def hold(self, numbers: Iterable[int], per_second: float, stop: Callable[[], bool]) -> None:
        """Let customers begin to write until told to stop; return once each has what answers come by themselves."""
        letters, began = Letters(self.outside), time.monotonic()
        agent = Agent(self.outside, letters, self.talks)
        async with beside(letters.watch(), agent.watch()), asyncio.TaskGroup() as talking:
            for place, number in enumerate(itertools.takewhile(lambda _: not stop(), numbers), 1):
                self.talks.append(Talk(number))
                talking.create_task(self.talks[-1].hold(self.outside, letters))
                await asyncio.sleep(began + place / per_second - time.monotonic())
        self.asked += agent.asked


async def hold_talks(
    outside: Outside, numbers: Iterable[int], per_second: float, seconds: float
) -> list[Talk]:
    """Let customers begin to write for so many seconds."""
    load, end = Load(outside), time.monotonic() + seconds
    await load.hold(numbers, per_second, lambda: time.monotonic() > end)
    return load.talks


async def miscounted(outside: Outside, talks: Sequence[Talk]) -> list[str]:
    """Return which customers have another number of answers than of questions."""
    mails = Counter(str(mail["to"]) for mail in await outside.get("/control/mail"))
    wrong = []
    for talk in talks:
        wanted = 0 if talk.for_a_person else len(talk.questions)
        count = len(await talk.answers_in_chat(outside)) if talk.by_chat else mails[talk.address]
        if count != wanted:
            wrong.append(f"{talk.mark} has {count} answers instead of {wanted}")
    return wrong
