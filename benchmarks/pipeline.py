"""The pipeline's own speed with the embedded answerer, beside the floors of the same run.

`python -m benchmarks.pipeline [--database sqlite|postgres] [--messages 300] [--open 1000] [--workers 2]` prints

- own overhead: from the commit of a message to the moment its answer is handed to the channel, one at a time;
- the same with a language model that takes one second;
- commits per message that is answered by itself, cards in Slack included, and trips to PostgreSQL;
- conversations a second, of a backlog; on PostgreSQL by as many worker processes as asked for.

Floors are the median time of one durable commit, of one statement that reads a row (through bare SQLAlchemy; so it is
known how fast the processor is), and the pace of the engine with jobs that do nothing.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine as SqlEngine
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.machine import machine
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import load_articles
from bot.core.model import Channel, Inbound, Mode
from bot.core.policy import default_rules
from bot.core.ports.answering import Passage, Question, Writer, Written
from bot.core.ports.channels import Deadline, Left, Outgoing, Reconciled, Send
from bot.core.ports.engine import Handler, Lane
from bot.core.ports.tally import uncounted
from bot.core.sealing import OPEN
from bot.services.advancing import Advance
from bot.services.context import Context
from bot.services.delivery import Deliveries
from bot.services.dispatching import Dispatcher
from bot.services.drafting import Drafting
from bot.services.identify import Identify
from bot.services.intake import Intake
from bot.services.showing import Show
from bot.wiring.backend import Backend, open_backend
from integrations.slack.desk import SlackDesk
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.e2e.fleet import database_of

ARTICLES = Path(__file__).resolve().parent.parent / "sandbox" / "company" / "articles"
_SAID = ("begin", "before_cursor_execute", "commit", "rollback")
QUESTION = "How do I reset my password?"
RULES = default_rules(Mode.AUTO)


class Stopwatch:
    """A channel that only notes when an answer reached it."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[float]] = {}

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        async def send(deadline: Deadline) -> Left:
            deadline.check()
            if outgoing.delivery.address in self.waiting:
                self.waiting[outgoing.delivery.address].set_result(time.perf_counter())
            return Left(outgoing.delivery.id)

        yield send

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:  # noqa: ARG002
        return Reconciled.UNKNOWN

    def external_id(self, outgoing: Outgoing) -> str:
        return outgoing.delivery.id


class PaperSlack:
    """A Slack that takes everything at once."""

    def __init__(self) -> None:
        self.posts = 0

    async def post(self, *_: Any, **__: Any) -> str:
        self.posts += 1
        return f"{self.posts}.0"

    async def update(self, *_: Any, **__: Any) -> None: ...

    async def link_to(self, *_: Any) -> str:
        return "https://slack.example/"


class OneSecond:
    """A language model that always takes a second."""

    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:  # noqa: ARG002
        await asyncio.sleep(1.0)
        text = passages[0].text.partition("\n\n")[0]  # One paragraph: each has to name its source.
        return Written(f"{text} [1]", (1,), answered=True, model="paper")


async def advance_of(backend: Backend, watch: Stopwatch, writer: Writer | None = None) -> Advance:
    """Wire the pipeline to a stopwatch."""
    answerer = await EmbeddedAnswerer.build(load_articles(ARTICLES), brand="Northwind", writer=writer)
    drafting = Drafting(
        backend.database, Identify(backend.database, Context((), utc_now), utc_now), answerer, utc_now, RULES
    )
    deliveries = Deliveries(backend.database, {Channel.EMAIL: watch}, utc_now, RULES, alone=backend.alone)
    return Advance(backend.database, drafting, deliveries, utc_now)


@asynccontextmanager
async def working(backend: Backend, advance: Handler) -> AsyncIterator[None]:
    """Let the engine and the desk run."""

    async def nothing(sha256: str) -> bytes | None:  # noqa: ARG001 - nothing is attached.
        return None

    desk = SlackDesk(PaperSlack(), {"*": "C1"}, nothing)  # type: ignore[arg-type]
    show = Show(backend.database, desk, utc_now, RULES)
    dispatcher = Dispatcher(backend.database, show, backend.signals, utc_now, alone=backend.alone)
    engine = backend.engine(uncounted)
    tasks = [
        asyncio.create_task(engine.run({Lane.ADVANCE: advance})),
        asyncio.create_task(dispatcher.run()),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def commit_floor(backend: Backend, rounds: int = 200) -> float:
    """Return the median seconds of a transaction that writes one row."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        async with backend.database.transaction() as tx:
            await tx.audit.append(at=utc_now(), actor="bench", action="floor", subject="", payload={})
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


async def statement_floor(url: str, rounds: int = 500) -> float:
    """Return the median seconds of one statement on a connection of its own, without anything of ours."""
    engine = create_async_engine(url)
    taken = []
    try:
        async with engine.connect() as connection:
            for _ in range(rounds):
                begun = time.perf_counter()
                (await connection.execute(text("SELECT 1"))).scalar_one()
                taken.append(time.perf_counter() - begun)
    finally:
        await engine.dispose()
    return statistics.median(taken)


async def one(intake: Intake, watch: Stopwatch, address: str) -> float:
    """Return the seconds from the commit of a message to its answer."""
    watch.waiting[address] = asyncio.get_running_loop().create_future()
    await intake.receive(Inbound(Channel.EMAIL, f"<{address}>", address, QUESTION))
    committed = time.perf_counter()
    return await watch.waiting[address] - committed


async def overhead(backend: Backend, messages: int, name: str, writer: Writer | None = None) -> list[float]:
    """Return the seconds that each of some messages took, one after the other."""
    watch, intake = Stopwatch(), Intake(backend.database, utc_now)
    async with working(backend, await advance_of(backend, watch, writer)):
        return [await one(intake, watch, f"{name}{number}@customer.example") for number in range(messages)]


class Trips:
    """Counts what SQLAlchemy says to the database in this process while the block lasts: statements and their frames.

    Each is a trip to a server. What procrastinate says beside it is not counted.
    """

    def __enter__(self) -> "Trips":
        self.said: Counter[str] = Counter()
        self._listeners = {name: self._counter(name) for name in _SAID}
        for name, listener in self._listeners.items():
            event.listen(SqlEngine, name, listener)
        return self

    def __exit__(self, *_: object) -> None:
        for name, listener in self._listeners.items():
            event.remove(SqlEngine, name, listener)

    def _counter(self, name: str) -> Callable[..., None]:
        def count(*_: object) -> None:
            self.said[name] += 1

        return count


async def sent(backend: Backend) -> int:
    """Count the answers that have left."""
    async with backend.database.snapshot() as tx:
        return int(
            await tx.connection.scalar(text("SELECT count(*) FROM deliveries WHERE state = 'sent'")) or 0
        )


async def settled(backend: Backend) -> None:
    """Wait until nothing is queued and everything is shown."""
    while True:
        async with backend.database.snapshot() as tx:
            if not await tx.queue.queued() and not await tx.desk_runs.waiting():
                return
        await asyncio.sleep(0.05)


async def backlog(backend: Backend, messages: int, workers: int) -> float:
    """Return the conversations a second at which a backlog of messages is answered."""
    intake, before = Intake(backend.database, utc_now), await sent(backend)
    for number in range(messages):
        address = f"b{number}@customer.example"
        await intake.receive(Inbound(Channel.EMAIL, f"<{address}>", address, QUESTION))
    async with hands(backend, workers):
        while await sent(backend) == before:  # noqa: ASYNC110 - other processes; until the first one has loaded its articles.
            await asyncio.sleep(0.01)
        begun, first = time.perf_counter(), await sent(backend)
        while await sent(backend) < before + messages:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return (before + messages - first) / (time.perf_counter() - begun)


@asynccontextmanager
async def hands(backend: Backend, workers: int) -> AsyncIterator[None]:
    """Work in this process where it is alone, else in processes of their own."""
    if backend.alone:
        async with working(backend, await advance_of(backend, Stopwatch())):
            yield
        return
    command = (sys.executable, "-m", "benchmarks.pipeline", "--work", backend.url)
    processes = [await asyncio.create_subprocess_exec(*command) for _ in range(workers)]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            await process.wait()


async def work(url: str) -> None:
    """Be one of the workers."""
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        backend = Backend(url, database, LocalSignals())
        async with working(backend, await advance_of(backend, Stopwatch())):
            await asyncio.Event().wait()


async def empty_jobs(backend: Backend, number: int = 500) -> float:
    """Return how many jobs a second the engine does that do nothing: its floor."""

    async def nothing(key: str, *, retried: bool) -> None: ...

    async with backend.database.transaction() as tx:
        for n in range(number):
            await tx.defer(Lane.ADVANCE, f"empty{n}")
    begun = time.perf_counter()
    async with working(backend, nothing):
        await settled(backend)
    return number / (time.perf_counter() - begun)


def show(name: str, taken: Sequence[float], floor: float) -> None:
    """Print percentiles, and how many statements the median is."""
    cuts = statistics.quantiles(taken, n=100)
    figures = "  ".join(f"p{q} {cuts[q - 1] * 1000:.1f} ms" for q in (50, 95, 99))
    print(
        f"{name:34} {figures}  = {statistics.median(taken) / floor:.0f} statements  (n = {len(taken)})",
        flush=True,
    )


async def measure(options: argparse.Namespace, folder: Path) -> None:
    """Measure everything on one database."""
    async with database_of(options.database, folder) as url, open_backend(url) as backend:
        print(f"{machine()}, {options.database}")
        commit, floor = await commit_floor(backend), await statement_floor(url)
        print(
            f"floor: one commit {commit * 1000:.1f} ms; one statement {floor * 1000:.2f} ms; "
            f"{await empty_jobs(backend):.0f} empty jobs/s"
        )
        intake = Intake(backend.database, utc_now)
        for number in range(options.open):
            await intake.receive(Inbound(Channel.PHONE, f"open-{number}", f"+1555{number:07d}", "Hello?"))
        async with working(backend, await advance_of(backend, Stopwatch())):
            await settled(backend)
        with Trips() as trips:
            taken = await overhead(backend, options.messages, "a")
        show(f"own overhead, {options.open} open", taken, floor)
        show("with a model that takes 1 s", await overhead(backend, 20, "m", OneSecond()), floor)
        print(f"commits per message, one at a time: {trips.said['commit'] / options.messages:.1f}")
        if not backend.alone:
            print(f"trips to the server per message: {trips.said.total() / options.messages:.0f}")
        pace = await backlog(backend, 2 * options.messages, options.workers)
        hands = "in this process" if backend.alone else f"by {options.workers} workers"
        each = 1 / pace / floor
        print(
            f"backlog of {2 * options.messages}, {hands}: {pace:.0f} conversations/s = one in {each:.0f} statements"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--open", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        asyncio.run(work(options.work))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, Path(folder)))


if __name__ == "__main__":
    main()
