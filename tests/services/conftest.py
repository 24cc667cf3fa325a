"""The services wired to a real SQLite database in memory, and to fakes of the outside."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from blocks.digest import alert
from bot.core.audit import AuditRow
from bot.core.errors import Unavailable
from bot.core.model import Action, Actor, Case, Channel, Inbound, Mode
from bot.core.policy import default_rules
from bot.core.ports.engine import Lane
from bot.core.ports.storage import Database, DeskRun
from bot.core.ports.tally import Counted
from bot.core.sealing import OPEN
from bot.services.advancing import Advance
from bot.services.context import Context
from bot.services.controls import Controls
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.escalation import Escalation
from bot.services.identify import Identify
from bot.services.intake import Intake, Receipt
from bot.services.notes import Notes
from bot.services.notifying import Telling
from bot.services.quality import Quality
from bot.services.review import Review
from bot.services.showing import Show, record
from bot.services.sweeping import Sweep
from storage.database import open_database
from storage.rows import put
from storage.signals import LocalSignals
from storage.tables import desk_runs
from tests.fakes import FakeAnswerer, FakeBoard, FakeChannel, FakeClock, FakeDesk, FakeSource

KIM = Actor("UKIM")
RIVERA = Actor("URIVERA")
BOSS = Actor("UBOSS", is_manager=True)


class FlakyDatabase:
    """A database that fails its next writing transaction when told to, at its beginning or its end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.fail_next = False
        self.fail_next_commit = False

    def transaction(self):
        if self.fail_next:
            self.fail_next = False
            raise Unavailable("The database failed")
        return self._failing_at_the_end() if self.fail_next_commit else self._database.transaction()

    @asynccontextmanager
    async def _failing_at_the_end(self):
        self.fail_next_commit = False
        async with self._database.transaction() as tx:
            yield tx
            raise Unavailable("The database could not commit")

    def snapshot(self):
        return self._database.snapshot()

    def taking_along(self, board):
        return self._database.taking_along(board)  # type: ignore[attr-defined]


@dataclass
class World:
    """Everything a test needs to play a conversation through."""

    database: Database
    clock: FakeClock
    answerer: FakeAnswerer
    channel: FakeChannel
    source: FakeSource
    context: Context
    identify: Identify
    desk: FakeDesk
    intake: Intake
    advance: Advance
    shows: Show
    sweep: Sweep
    deliveries: Deliveries
    review: Review
    escalation: Escalation
    notes: Notes
    controls: Controls
    quality: Quality
    board: FakeBoard
    telling: Telling
    counted: Counter[tuple[str, ...]]
    arrived: int = 0

    async def alarms(self) -> list[str]:
        """Have posted what was left to be said, and return all that was said so far."""
        await self.telling.look()
        return self.board.said

    async def receive(self, text: str = "How do I return my shoes?", **values: Any) -> Receipt:
        self.arrived += 1
        given = {
            "channel": Channel.EMAIL,
            "external_id": f"<{self.arrived}@customer.example>",
            "address": "ada@customer.example",
            "name": "Ada Quill",
            "text": text,
        } | values
        return await self.intake.receive(Inbound(**given))

    async def arrive(self, text: str = "How do I return my shoes?", **values: Any) -> Case:
        """Receive a message and advance as far as it goes by itself."""
        receipt = await self.receive(text, **values)
        return await self.go_on(receipt.conversation_id)

    async def go_on(self, conversation_id: str) -> Case:
        await self.advance(conversation_id, retried=False)
        return await self.case(conversation_id)

    async def case(self, conversation_id: str) -> Case:
        return await self.review.case(conversation_id)

    async def waiting(self) -> Case:
        """Return a case whose draft waits for an agent."""
        self.answerer.proposal = replace(self.answerer.proposal, confidence=0.80)
        case = await self.arrive()
        assert case.decision is not None
        assert case.decision.action is Action.REVIEW
        return case

    async def show(self, conversation_id: str, *, doubtful: bool = False) -> None:
        """Show a conversation and put on record what came of it; raise what went wrong."""
        until = self.clock() + timedelta(minutes=2)
        run = DeskRun(conversation_id, until, doubtful=doubtful)
        await self._claim(run)
        shown = await self.shows.show(run)
        try:
            async with self.database.transaction() as tx:
                await record(tx, shown, self.clock())
        finally:
            if shown.error is not None:
                raise shown.error

    async def _claim(self, run: DeskRun) -> None:
        """Claim this conversation, whichever would be due."""
        row = {"conversation_id": run.conversation_id, "until": run.until, "running": True, "tries": 0}
        async with self.database._database.transaction() as tx:  # type: ignore[attr-defined]
            if await tx.conversations.get(run.conversation_id):
                await put(tx.connection, desk_runs, row, ("conversation_id",))

    async def unshown(self) -> int:
        """Count the conversations that the desk does not show as they are."""
        async with self.database.snapshot() as tx:
            return await tx.desk_runs.waiting()

    async def jobs(self) -> set[tuple[Lane, str]]:
        async with self.database.snapshot() as tx:
            return set(await tx.jobs.queued())  # type: ignore[attr-defined]

    async def audit(self) -> list[AuditRow]:
        async with self.database.snapshot() as tx:
            return list(await tx.audit.rows(0, 1_000))  # type: ignore[attr-defined]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with made() as world:
        yield world


@asynccontextmanager
async def made(url: str = "sqlite+aiosqlite://", real_answerer: Any = None) -> AsyncIterator[World]:
    """Wire the services to the database of `url`, and to a fake answerer where no real one is given."""
    clock, signals, defaults = FakeClock(), LocalSignals(), default_rules(Mode.AUTO)
    async with open_database(url, signals, clock, sealing=OPEN) as real:
        database = FlakyDatabase(real)
        answerer = real_answerer or FakeAnswerer()
        channel, source, desk = FakeChannel(), FakeSource(), FakeDesk()
        channels, counted = (
            dict.fromkeys((Channel.EMAIL, Channel.CHAT, Channel.SMS, Channel.PHONE), channel),
            Counter[tuple[str, ...]](),
        )

        def tally(what: Counted, *labels: str) -> None:
            counted[what, *labels] += 1

        deliveries = Deliveries(database, channels, clock, defaults, tally)
        context = Context([source], clock, budget=0.5)
        identify = Identify(database, context, clock)
        board = FakeBoard()

        async def integrations() -> list[tuple[str, str]]:
            return [("slack", "ok")]

        controls = Controls(database, clock, defaults, integrations)
        yield World(
            database=database,
            clock=clock,
            answerer=answerer,
            channel=channel,
            source=source,
            context=context,
            identify=identify,
            desk=desk,
            intake=Intake(database, clock, tally),
            advance=Advance(
                database,
                Drafting(database, identify, answerer, clock, defaults, tally),
                deliveries,
                clock,
                tally,
            ),
            shows=Show(database, desk, clock, defaults),
            sweep=Sweep(database, clock),
            deliveries=deliveries,
            review=Review(database, deliveries, clock, defaults),
            escalation=Escalation(database, clock),
            notes=Notes(database, clock),
            controls=controls,
            quality=Quality(database, controls),
            board=board,
            telling=Telling(database, board, clock, alert, "C0ESC"),
            counted=counted,
        )
        await context.aclose()
