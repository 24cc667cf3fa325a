"""Plays the day: customers write by the plan, agents work, and everything is counted until nobody waits any more."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from sandbox.day.agents import TEAM, Agent
from sandbox.day.customers import Customer
from sandbox.day.desk import Desk
from sandbox.day.ledger import Ledger
from sandbox.day.lines import World, line
from sandbox.day.manager import Manager
from sandbox.day.pace import Pace
from sandbox.day.plan import MOST, clock, plan
from sandbox.day.report import report
from sandbox.day.talk import Talk
from sandbox.slack.people import People
from sandbox.slack.traffic import Traffic
from sandbox.slack.workspace import Workspace
from sandbox.wire import Record

_LOOKS = 0.1
# In minutes of the day: agents close what is answered after some minutes.
_CLOSING = 20
# So long the day may stand still before it is given up, in seconds of the world and in minutes of the day.
_STANDSTILL = (60.0, 40.0)


@dataclass(frozen=True)
class DayOptions:
    """`speed` is how many times as fast as the world the day runs; `drift` is explained at `plan`.

    `closing` are the seconds of the world that are left, after the last answer, to close conversations and to rate.
    """

    speed: float = 60.0
    tickets: int = MOST
    seed: int = 1
    drift: float = 0.0
    closing: float = 40.0  # The app asks for ratings every 15 s.


@dataclass(frozen=True)
class Workplace:
    """The Slack stand-in, as far as the day needs it."""

    people: People
    workspace: Workspace
    traffic: Traffic


class Day:
    """One day, from the first question to the report."""

    def __init__(
        self, options: DayOptions, workplace: Workplace, world: Callable[[aiohttp.ClientSession], World]
    ) -> None:
        self._options, self._workplace, self._world = options, workplace, world
        tickets = plan(options.seed, options.tickets, options.drift)
        self.talks = [Talk(ticket) for ticket in tickets]
        self._pace = Pace(options.speed)
        self._desk = Desk(workplace.workspace, self.talks, self._pace)
        self._ledger = Ledger(workplace.traffic)
        self._manager: Manager | None = None
        self.report: Record | None = None
        self._began: dict[str, Customer] = {}

    async def play(self) -> Record:
        """Play the day to its end and return the report."""
        self._pace = self._desk.pace = Pace(self._options.speed)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as group:
            world = self._world(http)
            if self._options.drift:
                self._manager = Manager(
                    self._workplace.people, self._workplace.workspace, self._pace, self.talks
                )
                await self._manager.begin()
                self._pace.begin()
            agents = [group.create_task(agent.work(self._desk)) for agent in self._agents()]
            if self._manager is not None:
                agents.append(group.create_task(self._manager.work()))
            writing = [group.create_task(self._write(talk, world)) for talk in self.talks]
            await self._attend()
            for task in (*agents, *writing):
                task.cancel()
            await asyncio.gather(*(one.close() for one in self._began.values()))
        self._count()
        self.report = report(self.talks, self._ledger.calls, self._options.speed, self._pace.now())
        if self._manager is not None:
            self.report["steering"] = self._manager.report()
            self.report["problems"] += self._manager.troubles
        return self.report

    def progress(self) -> Record:
        """Return where the day stands, for the page and the terminal."""
        return {
            "clock": clock(self._pace.minute()),
            "planned": len(self.talks),
            "written": sum(talk.wrote_at is not None for talk in self.talks),
            "by_itself": sum(talk.by_itself is not None for talk in self.talks),
            "by_agents": sum(talk.by_agent is not None for talk in self.talks),
            "escalated": sum(talk.escalated_by_policy or talk.escalated_by_agent for talk in self.talks),
            "waiting": self._desk.waiting,
            "ratings": sum(talk.score is not None for talk in self.talks),
            "clicks": sum(talk.clicks for talk in self.talks),
        }

    def _agents(self) -> list[Agent]:
        users = self._workplace.workspace.users
        return [
            Agent(
                user,
                users[user]["real_name"],
                self._workplace.people,
                self._pace,
                random.Random(f"{self._options.seed} {user}"),  # noqa: S311
            )
            for user in TEAM
        ]

    async def _write(self, talk: Talk, world: World) -> None:
        await self._pace.until(talk.ticket.minute)
        lot = random.Random(f"{self._options.seed} {talk.ticket.id}")  # noqa: S311
        customer = Customer(talk, line(talk.ticket, world), self._pace, lot)
        self._began[talk.ticket.id] = customer
        await customer.begin()
        while True:
            await customer.look()
            await asyncio.sleep(_LOOKS)

    async def _attend(self) -> None:
        """Look at everything until nobody waits any more, or the day stands still."""
        seen, moved, closing = "", self._pace.now(), None
        while not self._is_over(moved, closing):
            self._desk.look()
            self._count()
            if self._manager is not None:
                self._manager.look()
            now = str([(t.wrote_at, len(t.arrivals), t.clicks, t.score, t.card) for t in self.talks])
            if now != seen:
                seen, moved = now, self._pace.now()
            if closing is None and all(talk.is_over for talk in self.talks):
                closing = self._pace.now()
            await asyncio.sleep(_LOOKS)

    def _count(self) -> None:
        self._ledger.look()
        for talk in self.talks:
            if not talk.closing and talk.score is None:
                talk.slack_calls_to_answer = self._ledger.calls.by_conversation[talk.conversation]

    def _is_over(self, moved: float, closing: float | None) -> bool:
        if any(talk.wrote_at is None for talk in self.talks):
            return False
        ends = (moved, *_STANDSTILL) if closing is None else (closing, self._options.closing, _CLOSING)
        since, seconds, minutes = ends
        return self._pace.now() - since > max(seconds, self._pace.world(minutes * 60))
