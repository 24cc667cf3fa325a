"""Own overhead: from a committed inbound message to the answer handed to the channel, with the embedded answerer.

`python -m benchmarks.overhead [--messages 300] [--open 1000]` prints percentiles, and their ratio to the floor of the
same run: the median time of one durable commit (SQLite, WAL, synchronous=FULL) on this machine.
"""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.machine import machine
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import load_articles
from bot.core.model import Channel, Inbound, Mode
from bot.core.policy import default_rules
from bot.core.ports.channels import Deadline, Outgoing, Reconciled, Send
from bot.core.ports.engine import Lane
from bot.core.ports.storage import Database
from bot.services.advancing import Advance
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.identify import Identify
from bot.services.intake import Intake
from integrations.directory import CsvDirectory
from storage import migrate
from storage.database import open_database, utc_now
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals

ARTICLES = Path(__file__).resolve().parent.parent / "sandbox" / "company" / "articles"
QUESTION = "How do I reset my password?"


class Stopwatch:
    """A channel that only notes when an answer reached it."""

    def __init__(self) -> None:
        self.handed: dict[str, asyncio.Future[float]] = {}

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        async def send(deadline: Deadline) -> str:
            deadline.check()
            self.handed[outgoing.conversation.address].set_result(time.perf_counter())
            return outgoing.delivery.id

        yield send

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:  # noqa: ARG002
        return Reconciled.UNKNOWN

    def external_id(self, outgoing: Outgoing) -> str:
        return outgoing.delivery.id


async def commit_floor(database: Database, rounds: int = 200) -> float:
    """Return the median seconds of a transaction that writes one row."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        async with database.transaction() as tx:
            await tx.audit.append(at=utc_now(), actor="bench", action="floor", subject="", payload={})
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


async def measure(messages: int, open_conversations: int, folder: Path) -> tuple[float, list[float]]:
    """Return the floor and the seconds each message took."""
    url, signals, watch = f"sqlite+aiosqlite:///{folder}/bench.db", LocalSignals(), Stopwatch()
    await migrate.upgrade(url)
    rules = default_rules(Mode.AUTO)
    answerer = await EmbeddedAnswerer.build(load_articles(ARTICLES), brand="Northwind")
    async with open_database(url, signals) as database:
        intake = Intake(database, utc_now)
        for number in range(open_conversations):
            await intake.receive(Inbound(Channel.PHONE, f"open-{number}", f"+1555{number:07d}", "Hello?"))
        advance = Advance(
            database,
            Identify(database, CsvDirectory.empty(), utc_now),
            Drafting(database, answerer, utc_now, rules),
            Deliveries(database, {Channel.EMAIL: watch}, utc_now, rules),
            utc_now,
        )

        async def only_mail(key: str, *, retried: bool) -> None:
            async with database.snapshot() as tx:
                conversation = await tx.conversations.get(key)
            if conversation is not None and conversation.channel is Channel.EMAIL:
                await advance(key, retried=retried)

        engine = asyncio.create_task(SqliteEngine(database, signals).run({Lane.ADVANCE: only_mail}))
        floor = await commit_floor(database)
        taken = [await one(intake, watch, number) for number in range(messages)]
        engine.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await engine
    return floor, taken


async def one(intake: Intake, watch: Stopwatch, number: int) -> float:
    address = f"c{number}@customer.example"
    watch.handed[address] = asyncio.get_running_loop().create_future()
    await intake.receive(Inbound(Channel.EMAIL, f"<{number}@bench>", address, QUESTION))
    committed = time.perf_counter()
    return await watch.handed[address] - committed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--open", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        floor, taken = asyncio.run(measure(options.messages, options.open, Path(folder)))
    cuts = statistics.quantiles(taken, n=100)
    print(machine())
    print(f"n = {len(taken)} messages, {options.open} open conversations; one commit {floor * 1000:.1f} ms")
    for name, seconds in (("p50", cuts[49]), ("p95", cuts[94]), ("p99", cuts[98])):
        print(f"{name}  {seconds * 1000:6.1f} ms  = {seconds / floor:4.1f} commits")


if __name__ == "__main__":
    main()
