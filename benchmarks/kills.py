"""kill -9 at random moments under load, again and again; then every customer is asked what they received.

`python -m benchmarks.kills [--kills 200] [--database sqlite|postgres] [--rate 4] [--seed 1]`. Mails come in by SMTP,
as a mail server sends them (again and again until they are taken), and chat messages over WebSockets that reconnect
and resend as the widget does. On PostgreSQL a web process, two workers and a scheduler run; each kill takes one.
"""

import argparse
import asyncio
import collections
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import aiohttp
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException

from benchmarks.machine import machine
from tests.e2e.fleet import ROLES, Fleet, database_of
from tests.e2e.harness import Outside, actions, header
from tests.e2e.processes import far_side
from tests.waiting import until

QUESTION = "How do I reset my password?"
PAUSE = 0.2  # Between two tries of somebody who is not let in.
AT_ONCE = 40  # More that try again and again would keep a slow machine from starting the app.
LINE_FAULTS = (aiohttp.ClientError, SMTPException, OSError, TimeoutError, TypeError, ValueError, KeyError)


class Customers:
    """Everybody who wrote and was told that it arrived: mails by number, chats by session."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.mails: list[int] = []
        self.chats: list[str] = []

    async def mail(self, number: int) -> None:
        """Hand over a mail, as often as it takes."""
        host, port = self.outside.contract["smtp"].split(":")
        message = EmailMessage()
        message["From"] = f"Customer {number} <c{number}@customer.example>"
        message["To"], message["Subject"] = self.outside.contract["support"], f"Killed {number}"
        message["Message-ID"] = f"<killed-{number}@customer.example>"
        message.set_content(QUESTION)
        while number not in self.mails:
            with contextlib.suppress(*LINE_FAULTS):
                async with SMTP(hostname=host, port=int(port), timeout=5) as smtp:
                    await smtp.send_message(message)
                    self.mails.append(number)
            await asyncio.sleep(PAUSE)

    async def chat(self, number: int) -> None:
        """Ask in the chat: connect and send until it is acknowledged."""
        session = ""
        while not session or session not in self.chats:
            with contextlib.suppress(*LINE_FAULTS):
                session = session or await self._open_session()
                async with asyncio.timeout(5), self._socket(session) as socket:
                    await socket.send_json({"type": "msg", "cid": f"m{number}", "text": QUESTION})
                    while (await socket.receive_json())["type"] != "ack":
                        pass
                    self.chats.append(session)
            await asyncio.sleep(PAUSE)

    async def answers_in(self, session: str) -> int:
        """Come back to a chat with an empty page, and count the answers in it."""
        while True:
            seen, complete = 0, False
            with contextlib.suppress(*LINE_FAULTS):
                async with asyncio.timeout(5), self._socket(session) as socket:
                    cursor = (await socket.receive_json())["cursor"]
                    for _ in range(cursor):
                        event = await socket.receive_json()
                        seen += event.get("kind") == "message" and event.get("sender") != "customer"
                    complete = True
            if complete:
                return seen

    async def _open_session(self) -> str:
        url = f"{self.outside.contract['app']}/chat/v1/session"
        async with self.outside.session.post(url, json={}) as answer:
            return str((await answer.json())["session"])

    @asynccontextmanager
    async def _socket(self, session: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.outside.session.ws_connect(f"{self.outside.contract['app']}/chat/v1/ws") as socket:
            await socket.send_json({"type": "hello", "session": session, "after": 0})
            yield socket


async def write(customers: Customers, per_second: float, stop: asyncio.Event) -> None:
    """Let customers write, every third in the chat; return once all of them were told that it arrived."""
    queue = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with queue:
            if stop.is_set():
                return
            await (customers.chat(number) if number % 3 == 0 else customers.mail(number))

    async with asyncio.TaskGroup() as writing:
        for number in itertools.count():
            if stop.is_set():
                return
            writing.create_task(one(number))
            await asyncio.sleep(1 / per_second)


async def unanswered(customers: Customers) -> set[str]:
    """Return the addresses and sessions of those who have no answer yet."""
    reached = {str(mail["to"]) for mail in await customers.outside.get("/control/mail")}
    without = {f"c{n}@customer.example" for n in customers.mails if not any(f"c{n}@" in to for to in reached)}
    return without | {session for session in customers.chats if not await customers.answers_in(session)}


async def asked_about(outside: Outside) -> set[str]:
    """Return the addresses of mails of which a person is asked whether the answer went out."""
    messages = (await outside.get("/control/slack/state"))["messages"]
    numbers = [header(m).removeprefix("Killed ") for m in messages if "went_out" in actions(m)]
    return {f"c{number}@customer.example" for number in numbers}


async def measure(options: argparse.Namespace, folder: Path) -> None:
    """Kill, and count at the customers' end."""
    chance, stop = random.Random(options.seed), asyncio.Event()
    async with database_of(options.database, folder) as url, far_side(folder) as (outside, env):
        roles = ("all",) if options.database == "sqlite" else ROLES
        env |= {"DATABASE_URL": url, "THREADPILOT_MODE": "auto", "THREADPILOT_SECRET_KEY": "k" * 32}
        customers, began = Customers(outside), time.monotonic()
        async with Fleet(outside, env, roles) as fleet:
            writing = asyncio.create_task(write(customers, options.rate, stop))
            for number in range(1, options.kills + 1):
                await asyncio.sleep(
                    chance.uniform(0.0, 1.0)
                )  # The moment of the crash, not a wait for anything.
                await fleet.kill(chance.randrange(len(roles)))
                if number % 20 == 0:
                    print(
                        f"{number} kills, {len(customers.mails) + len(customers.chats)} messages", flush=True
                    )
            stop.set()
            await writing

            async def settled() -> bool:
                return await unanswered(customers) <= await asked_about(outside)

            with contextlib.suppress(AssertionError):  # What is missing is told by the report.
                await until(settled, 300)
            await report(customers, options, time.monotonic() - began)


async def report(customers: Customers, options: argparse.Namespace, seconds: float) -> None:
    """Print what every customer received."""
    mails = collections.Counter(str(mail["to"]) for mail in await customers.outside.get("/control/mail"))
    chats = [await customers.answers_in(session) for session in customers.chats]
    without, asked = await unanswered(customers), await asked_about(customers.outside)
    doubled = sum(1 for count in (*mails.values(), *chats) if count > 1)
    print(machine())
    print(f"{options.database}: {options.kills} kill -9 within {seconds:.0f} s, seed {options.seed}")
    print(f"acknowledged: {len(customers.mails)} mails, {len(customers.chats)} chat messages")
    print(f"answered once: {sum(1 for count in (*mails.values(), *chats) if count == 1)}")
    print(f"a person is asked whether it went out: {len(without & asked)}")
    print(f"lost {len(without - asked)}, doubled {doubled}")
    raise SystemExit(1 if doubled or without - asked else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, Path(folder)))


if __name__ == "__main__":
    main()
