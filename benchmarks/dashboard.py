"""How long the dashboard's pages take on the server, over many conversations, and how late the event loop gets.

`python -m benchmarks.dashboard [--database sqlite|postgres] [--conversations 20000] [--days 365] [--rounds 10]`.
Conversations are spread evenly over the days; each page is asked for with every period, one request at a time.
`cpu` is what this process took of the processor: on SQLite that is all of it, whatever else the machine is doing.
Last it tells how many real histories are summed up into facts per second.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from benchmarks.machine import machine
from bot.core.insights.facts import CaseFacts, Sent, TurnFacts, quarter_of
from bot.core.insights.scope import PERIODS
from bot.core.insights.statistics import rounded
from bot.core.model import (
    Action,
    Actor,
    Channel,
    Conversation,
    Customer,
    Draft,
    Message,
    Proposal,
    Sender,
    Status,
    Usage,
)
from bot.core.priority import Priority
from bot.core.sealing import Sealing
from bot.core.teamwork.sla import Kind
from bot.core.teamwork.state import Promise
from bot.services.doorkeeping import Doorkeeper
from bot.services.insights import FactKeeper, Insights
from handlers.web.dashboard.places import PAGES
from handlers.web.dashboard.routes import Dashboard
from storage import migrate, tables
from storage.database import SqlDatabase, open_database, utc_now
from storage.facts import facts_row
from storage.rows import row_of
from storage.signals import LocalSignals
from storage.tables import promises
from tests.postgres import running_server
from tests.storage.insights.histories import random_week, store

PAGE = 2_000
CHANNELS = (Channel.EMAIL,) * 5 + (Channel.CHAT,) * 3 + (Channel.SMS, Channel.ZENDESK)
OPEN = 0.005
ZIPF = [1 / (n + 1) for n in range(200)]  # How often each article is asked for: the first by one in six.
TOO_LATE = 0.3  # Seconds: the target of the design for p95.


class Filling:
    """Makes rows as a busy year would leave them."""

    def __init__(self, number: int, days: int, now: datetime) -> None:
        self.random = Random(8)
        self.number = number
        self.now = now
        self.step = timedelta(days=days) / number

    def pages(self) -> Iterator[dict[Any, list[dict[str, Any]]]]:
        """Yield rows by table, some thousand conversations at a time."""
        for first in range(0, self.number, PAGE):
            rows: dict[Any, list[dict[str, Any]]] = {}
            for n in range(first, min(first + PAGE, self.number)):
                self._conversation(n, rows)
            yield rows

    def _conversation(self, n: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
        random, at = self.random, self.now - n * self.step
        identity, channel = f"{random.getrandbits(128):032x}", random.choice(CHANNELS)
        status = (
            random.choice((Status.WAITING, Status.ESCALATED)) if random.random() < OPEN else Status.ANSWERED
        )
        customer = Customer(identity, channel, f"c{n}@customer.example", f"Customer {n}", created_at=at)
        talk = Conversation(
            identity, identity, channel, customer.address, status, at, at, f"Question {n}", turn=1
        )
        asked = Message(f"{identity[:-1]}a", identity, 1, 1, Sender.CUSTOMER, "Where is my parcel?", at)
        rows.setdefault(tables.customers, []).append(row_of(customer))
        rows.setdefault(tables.conversations, []).append(row_of(talk))
        if status is not Status.ANSWERED:  # Of the others no message is looked at.
            kept = row_of(asked) | {"channel": channel, "external_id": None}
            rows.setdefault(tables.messages, []).append(kept)
        post = {
            "conversation_id": identity,
            "sheet": "root",
            "slack_channel": "C1",
            "ts": f"{n}.1",
            "digest": "",
        }
        rows.setdefault(tables.desk_posts, []).append(post)
        turns = [self._turn(talk, turn) for turn in range(1, random.choice((2, 2, 3)))]
        rows.setdefault(tables.turn_facts, []).extend(facts_row(turn) for turn in turns)
        rows.setdefault(tables.case_facts, []).append(facts_row(self._case(talk, turns)))
        rows.setdefault(promises, []).extend(row_of(self._promise(talk, kind)) for kind in Kind)
        self._drafted(talk, rows)

    def _promise(self, talk: Conversation, kind: Kind) -> Promise:
        due = talk.created_at + timedelta(hours=4)
        is_open = talk.status is not Status.ANSWERED
        return Promise(
            conversation_id=talk.id,
            kind=kind,
            started_at=talk.created_at,
            channel=talk.channel,
            priority=self.random.choice(tuple(Priority)),
            due_at=due,
            warned_at=due if is_open else None,
            breached=self.random.random() < 0.05,
            ended_at=None if is_open else due,
            assignee=self.random.choice((None, "U1", "U2")),
        )

    def _drafted(self, talk: Conversation, rows: dict[Any, list[dict[str, Any]]]) -> None:
        usage = Usage("gpt-test", "v1", 900, 100, self.random.lognormvariate(0.5, 0.5), 0.002)
        draft = Draft(f"{talk.id[:-1]}d", talk.id, 1, 1, Proposal("", 0.5), talk.created_at)
        rows.setdefault(tables.drafts, []).append(row_of(draft))
        took = asdict(usage) | {"draft_id": draft.id, "at": draft.created_at}
        rows.setdefault(tables.model_uses, []).append(took)

    def _case(self, talk: Conversation, turns: list[TurnFacts]) -> CaseFacts:
        random = self.random
        resolution = rounded(random.lognormvariate(7, 2))
        automated = all(turn.sent is Sent.ALONE for turn in turns) and random.random() < 0.9
        return CaseFacts(
            conversation_id=talk.id,
            version=talk.version,
            channel=talk.channel,
            quarter=quarter_of(talk.created_at),
            begun_at=talk.created_at,
            asked=random.random() < 0.97,
            answered=True,
            automated=automated,
            durable=automated and random.random() < 0.9,
            escalated=random.random() < 0.2,
            reopened=random.random() < 0.05,
            repeated=random.random() < 0.05,
            ended_quarter=quarter_of(talk.created_at) + 4,
            resolution_s=resolution,
            resolution_open_s=resolution // 2,
            score=random.choice((None,) * 8 + (1, 5)),
            hours="",
        )

    def _turn(self, talk: Conversation, turn: int) -> TurnFacts:
        random = self.random
        sent = random.choice((*[Sent.ALONE] * 5, *Sent, None))
        wait, approval = rounded(random.lognormvariate(4, 2)), rounded(random.lognormvariate(5, 1))
        by_hand = sent in (Sent.APPROVED, Sent.EDITED)
        return TurnFacts(
            conversation_id=talk.id,
            turn=turn,
            channel=talk.channel,
            quarter=quarter_of(talk.created_at),
            first=turn == 1,
            action=random.choice((Action.SEND, Action.REVIEW, Action.ESCALATE)),
            reason=random.choice(("sure", "confidence", "assist", "no_answer")),
            confidence=random.randrange(1000),
            article=f"article-{random.choices(range(200), ZIPF)[0]}",
            sent=sent,
            agent=f"U0{random.randrange(40)}" if sent not in (None, Sent.ALONE) else "",
            wait_s=wait if sent else None,
            wait_open_s=wait // 2 if sent else None,
            approval_s=approval if by_hand else None,
            approval_open_s=approval // 2 if by_hand else None,
            edit=random.randrange(1000) if sent is Sent.EDITED else 0 if by_hand else None,
            good=random.random() < 0.9 if random.random() < 0.05 else None,
            missed=sent is Sent.ALONE and random.random() < 0.02,
        )


async def fill(connection: AsyncConnection, filling: Filling) -> None:
    for rows in filling.pages():
        for table in tables.metadata.sorted_tables:
            if table in rows:
                await connection.execute(insert(table), rows[table])


@asynccontextmanager
async def serving(database: SqlDatabase) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """Serve the dashboard and let a manager in."""

    async def workspace() -> str:
        return "https://northwind.slack.example/"

    async def names(_people: Sequence[str]) -> Mapping[str, str]:
        return {}

    door = Doorkeeper(database, utc_now, "secret")
    dashboard = Dashboard(Insights(database, utc_now), door, workspace, "http://127.0.0.1", names, dict)
    pages = web.Application()
    pages.add_routes(dashboard.routes())
    visit = await door.admit(door.ticket(Actor("UBOSS", is_manager=True)))
    async with TestServer(pages) as server, aiohttp.ClientSession() as browser:
        browser.cookie_jar.update_cookies({"threadpilot_dashboard": visit.token})
        yield str(server.make_url("")).rstrip("/"), browser


class Lateness:
    """How late the event loop was at worst."""

    worst = 0.0

    async def watch(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.perf_counter() - begun - 0.002)


async def measure(database: SqlDatabase, rounds: int) -> None:
    paths = [f"/dashboard/{name}".rstrip("/") for name in PAGES]
    lists = [
        "/dashboard/cases?of=all:",
        "/dashboard/cases?of=is:automated",
        "/dashboard/cases?of=sent:edited",
        "/dashboard/cases?of=is:unsatisfied",
        "/dashboard/cases?of=sla:broken",
    ]
    sifted = [
        f"{path}{'&' if '?' in path else '?'}{given}"
        for given in ("topic=article-0", "agent=U01", "topic=article-0&agent=U01")
        for path in (*paths, lists[1], lists[2])
    ]
    async with serving(database) as (root, browser):
        for path in (*paths, *lists, *sifted):
            for period in PERIODS:
                address = f"{root}{path}{'&' if '?' in path else '?'}period={period}"
                print(await timed(browser, path, period, address, rounds))


async def timed(browser: aiohttp.ClientSession, path: str, period: str, address: str, rounds: int) -> str:
    taken: list[float] = []
    busy = time.process_time()
    late = Lateness()
    watching = asyncio.create_task(late.watch())
    for _ in range(rounds):
        begun = time.perf_counter()
        async with browser.get(address) as answer:
            assert answer.status == 200, address
            await answer.read()
        taken.append(time.perf_counter() - begun)
    watching.cancel()
    busy = (time.process_time() - busy) / rounds
    ordered = sorted(taken)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    mark = "" if p95 <= TOO_LATE else "   above the target"
    return (
        f"{path:<62} {period:>4}   p50 {statistics.median(taken) * 1000:5.0f} ms   p95 {p95 * 1000:5.0f} ms   "
        f"cpu {busy * 1000:4.0f} ms   loop late by {late.worst * 1000:4.0f} ms{mark}"
    )


async def vacuum(url: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def measure_refresh(url: str) -> None:
    """Tell how many histories are summed up per second."""
    async with open_database(url, LocalSignals(), sealing=Sealing()) as database:
        week = random_week(1, 1_000)
        await store(database, week)
        begun = time.perf_counter()
        number = await FactKeeper(database, utc_now).refresh()
        print(f"facts: {number / (time.perf_counter() - begun):.0f} conversations/s made anew")


async def run(url: str, spare: str, options: argparse.Namespace) -> None:
    await migrate.upgrade(url)
    await migrate.upgrade(spare)
    begun = time.perf_counter()
    async with open_database(url, LocalSignals(), sealing=Sealing()) as database:
        async with database.transaction() as tx:
            await fill(tx.connection, Filling(options.conversations, options.days, datetime.now(UTC)))
        print(f"filled in {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        await FactKeeper(database, utc_now).refresh()
        print(f"days added up in {time.perf_counter() - begun:.1f} s")
        if options.database == "postgres":  # Which does so by itself now and then.
            await vacuum(url)
        await measure(database, options.rounds)
    await measure_refresh(spare)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    print(f"{machine()}; {options.database}, {options.conversations:,} conversations in {options.days} days")
    with ExitStack() as stack:
        if options.database == "postgres":
            server = stack.enter_context(running_server(durable=True))
            url, spare = (server.url(server.create()) for _ in range(2))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url, spare = (f"sqlite+aiosqlite:///{Path(folder) / name}.db" for name in ("full", "spare"))
        asyncio.run(run(url, spare, options))


if __name__ == "__main__":
    main()
