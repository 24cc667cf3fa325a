"""The dashboard on a real server, with a random week in a database in memory."""

import csv
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.model import Actor, Customer, Usage
from bot.core.ports.storage import DeskPost, Setting
from bot.core.sealing import OPEN
from bot.services.doorkeeping import Doorkeeper
from bot.services.insights import FactKeeper, Insights
from handlers.web.dashboard.routes import Dashboard
from storage.database import open_database
from storage.signals import LocalSignals
from tests.builders import draft, proposal
from tests.fakes import FakeClock
from tests.storage.insights.histories import NOW, random_week, store

KIM, BOSS = Actor("UKIM"), Actor("UBOSS", is_manager=True)
HOSTILE = '=HYPERLINK("http://evil.test")</title><script>alert(1)</script><a href="javascript:alert(1)">'
DESK = {"zone": "Europe/Berlin", "spans": [[day, 540, 1_020] for day in range(5)]}
NAMES = {"UKIM": "Kim <b>Rivera</b>"}  # Of the others Slack says nothing.
TITLES = {"returns": "Return an item"}
WORKSPACE = "https://northwind.slack.example/"


@dataclass
class World:
    client: TestClient
    dashboard: Dashboard
    clock: FakeClock
    week: object
    database: object

    def link(self, actor):
        """Return the path of somebody's way in."""
        return self.dashboard.way_in(actor).removeprefix("http://127.0.0.1:1")

    async def enter(self, actor=BOSS):
        """Come from Slack and press the button."""
        ticket = self.link(actor).partition("ticket=")[2]
        return await self.client.post("/dashboard/enter", data={"ticket": ticket}, allow_redirects=False)

    async def draft_by_model(self):
        """Let a model have written one more draft an hour ago."""
        usage = Usage("gpt-test", "v1", 900, 100, 1.5, 0.05)
        drafted = draft(
            conversation_id=self.week.conversations[0].id,
            turn=99,
            proposal=proposal(usage=usage),
            created_at=NOW - timedelta(hours=1),
        )
        async with self.database.transaction() as tx:
            await tx.drafts.add(drafted)

    async def csv(self, path):
        """Return the rows of a table, its head first."""
        return list(csv.reader(io.StringIO(await self.page(path))))

    async def page(self, path, status=200):
        answer = await self.client.get(path)
        assert answer.status == status, path
        return await answer.text()


@asynccontextmanager
async def running(number=25):
    clock = FakeClock(NOW)
    week = random_week(9, number)
    week.customers = [Customer(**{**vars(one), "name": HOSTILE}) for one in week.customers]
    newest = max(week.conversations, key=lambda one: one.created_at)
    week.conversations[week.conversations.index(newest)] = type(newest)(
        **{**vars(newest), "subject": HOSTILE}
    )
    async with open_database("sqlite+aiosqlite://", LocalSignals(), clock, sealing=OPEN) as database:
        await store(database, week)
        async with database.transaction() as tx:
            for n, one in enumerate(week.conversations):
                await tx.desk_posts.put(DeskPost(one.id, "root", "C0MAIL", f"{n}.000100", "d"))
            await tx.settings.set(Setting("hours.email", DESK, "UBOSS", NOW))
        await FactKeeper(database, clock).refresh()

        async def workspace():
            return WORKSPACE

        async def names(people):
            return {one: name for one, name in NAMES.items() if one in people}

        door = Doorkeeper(database, clock, "secret")
        dashboard = Dashboard(
            Insights(database, clock), door, workspace, "http://127.0.0.1:1", names, lambda: TITLES
        )
        pages = web.Application()
        pages.add_routes(dashboard.routes())
        async with TestClient(TestServer(pages)) as client:
            yield World(client, dashboard, clock, week, database)
