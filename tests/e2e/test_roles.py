"""Several processes on one PostgreSQL: one web, two workers, one scheduler, and a worker that is killed."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Outside, actions, end, gone, kill_group, start
from tests.e2e.processes import far_side, run
from tests.e2e.test_chat import Visitor
from tests.e2e.test_kill import QUESTION
from tests.postgres import Server
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

MAILS = 10


class Processes:
    """The app in four processes with one environment."""

    def __init__(self, outside: Outside, env: dict[str, str]) -> None:
        self.outside = outside
        self.env = env
        self.started: dict[str, Process] = {}

    async def begin(self) -> None:
        # All at once on an empty database: whoever is first makes the schema.
        for name, role in (("one", "worker"), ("two", "worker"), ("scheduler", "scheduler")):
            self.started[name] = await start("run", "--role", role, "--env-file", "/dev/null", env=self.env)
        self.started["web"] = await run(self.outside, self.env, "--role", "web")

    async def kill(self, name: str) -> None:
        process = self.started.pop(name)
        kill_group(process)
        await gone(process)

    async def end(self) -> dict[str, int]:
        """End all politely; return their exit codes."""
        codes = await asyncio.gather(*(end(process) for process in self.started.values()))
        return dict(zip(self.started, codes, strict=True))


@pytest.fixture
async def processes(tmp_path: Path, postgres_server: Server) -> AsyncIterator[Processes]:
    name = postgres_server.create()
    shared = {"DATABASE_URL": postgres_server.url(name), "THREADPILOT_SECRET_KEY": "the same for all"}
    async with far_side(tmp_path, **shared) as (outside, env):
        app = Processes(outside, env)
        try:
            await app.begin()
            yield app
        finally:
            await app.end()
    postgres_server.drop(name)


async def test_a_worker_is_killed_and_every_customer_is_answered_once(processes: Processes) -> None:
    outside = processes.outside
    for number in range(MAILS // 2):
        await outside.mail(f"Shared {number}", QUESTION, sender=f"s{number}@customer.example")
    await outside.received("s0@customer.example", "Shared 0")
    await processes.kill("one")
    for number in range(MAILS // 2, MAILS):
        await outside.mail(f"Shared {number}", QUESTION, sender=f"s{number}@customer.example")
    visitor = await Visitor(outside).connect()
    await visitor.send(type="msg", cid="q1", text=QUESTION)
    # Another process writes the answer than the one that holds the socket.
    answer = await visitor.next("event", kind="message", sender="ai")
    assert "password" in answer["text"].lower()

    settled = [await until(lambda n=number: outcome(outside, n), 150) for number in range(MAILS)]
    # Only a mail that was being sent at the moment of the kill may be left to a person.
    assert all(mails == 1 or (mails == 0 and asked) for mails, asked in settled)
    assert sum(mails for mails, _ in settled) >= MAILS // 2
    assert visitor.texts("ai") == [answer["text"]]
    assert await processes.end() == {"two": 0, "scheduler": 0, "web": 0}
    for number in range(MAILS):
        assert len(await outside.inbox(f"s{number}@customer.example")) <= 1
        assert len(await outside.cards("email", f"Shared {number}")) == 1


async def outcome(outside: Outside, number: int) -> tuple[int, bool] | None:
    """Return how many answers a customer has, and whether a person is asked if it went out; None while it is open."""
    mails = len(await outside.inbox(f"s{number}@customer.example"))
    cards = await outside.cards("email", f"Shared {number}")
    asked = any("went_out" in actions(card) for card in cards)
    return (mails, asked) if cards and (mails or asked) else None
