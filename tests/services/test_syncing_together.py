"""Several processes keep one record system in step, on PostgreSQL: each thing is written once, whoever is stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.core.errors import TooLate, Unavailable
from bot.core.leases import Leases
from bot.core.model import Channel, Inbound
from bot.core.ports.engine import Lane
from bot.core.ports.records import Began, Written
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from bot.services.syncing import Syncing, by_system
from storage.database import SqlDatabase, open_database, utc_now
from storage.engine.procrastinate import ProcrastinateEngine
from storage.signals import LocalSignals
from tests.fakes import FakeClock, FakeRecords
from tests.storage.engines import Recorder, drained
from tests.waiting import until

LEASES = Leases(send=30.0, margin=60.0)


@dataclass
class SlowRecords(FakeRecords):
    """A record system that takes a while, and shows what was put there by how many hands."""

    there: list[tuple[str, str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, entry, deadline, *, doubtful):
        if doubtful and any(known == entry.id for known, _ in self.there):
            return Written(entry.id)
        self.reached.set()
        await self.gate.wait()
        deadline.check()
        record = entry.case.conversation.id if isinstance(entry, Began) else entry.record
        self.there.append((entry.id, record))
        return Written(record if isinstance(entry, Began) else entry.id)


@asynccontextmanager
async def processes(url: str, count: int, clock=utc_now) -> AsyncIterator[list[SqlDatabase]]:
    """Open the database as often as there are processes."""
    async with AsyncExitStack() as stack:
        opened = [
            open_database(url, LocalSignals(), clock, followers=("files",), sealing=OPEN)
            for _ in range(count)
        ]
        yield [await stack.enter_async_context(one) for one in opened]


async def said(database, clock, *texts):
    """Have a customer write all of this in one chat; return the conversation."""
    receipt = None
    for number, text in enumerate(texts):
        inbound = Inbound(Channel.CHAT, f"{texts[0]} {number}", texts[0], text)
        receipt = await Intake(database, clock).receive(inbound)
    return receipt.conversation_id


async def test_a_process_that_was_stopped_before_it_wrote_writes_no_more_when_another_has(postgres_url):
    """Neither is allowed to believe the other dead too early, nor to write after it was believed dead."""
    clock, ticks = FakeClock(), [0.0]
    sleeper_there, other_there = SlowRecords(), SlowRecords()
    other_there.there = sleeper_there.there
    other_there.gate.set()
    async with processes(postgres_url, 2, clock) as (one, other):
        talk = await said(one, clock, "visitor", "One")
        sleeper = Syncing(one, sleeper_there, clock, alone=False, leases=LEASES, monotonic=lambda: ticks[0])
        awake = Syncing(other, other_there, clock, alone=False, leases=LEASES)
        asleep = asyncio.create_task(sleeper(talk, retried=False))
        await sleeper_there.reached.wait()
        with pytest.raises(Unavailable) as refused:
            await awake(talk, retried=False)
        assert 89 < refused.value.retry_after <= 90
        assert sleeper_there.there == []
        clock.move(seconds=91)
        ticks[0] += 91
        await awake(talk, retried=False)
        written = list(other_there.there)
        sleeper_there.gate.set()
        with pytest.raises(TooLate):
            await asleep
        await awake(talk, retried=False)
        await sleeper(talk, retried=False)
    assert other_there.there == written
    assert len(written) == len(set(written)) == 3  # The record, the second message, the status.


async def test_what_certainly_was_not_written_is_free_for_the_others_at_once(postgres_url):
    clock, records = FakeClock(), FakeRecords(fail=[Unavailable("It asks for patience")])
    async with processes(postgres_url, 2, clock) as databases:
        talk = await said(databases[0], clock, "visitor")
        one, other = (Syncing(each, records, clock, alone=False, leases=LEASES) for each in databases)
        with pytest.raises(Unavailable, match="patience"):
            await one(talk, retried=False)
        await other(talk, retried=False)
    assert records.words() == ["Began visitor", "StatusChanged open"]


async def test_two_processes_at_once_write_each_thing_once_and_in_order(postgres_url):
    """Without the engine's lock per conversation, which keeps them apart as well."""
    records = SlowRecords()
    records.gate.set()
    async with processes(postgres_url, 2) as databases:
        talks = [await said(databases[0], utc_now, f"visitor {n}", "Two", "Three") for n in range(3)]
        syncings = [Syncing(each, records, utc_now, alone=False, leases=LEASES) for each in databases]

        async def keep_at_it(syncing, talk):
            with suppress(Unavailable):
                await syncing(talk, retried=False)

        for _ in range(3):
            await asyncio.gather(*(keep_at_it(syncing, talk) for syncing in syncings for talk in talks))
    for talk in talks:
        theirs = [entry for entry, record in records.there if record == talk]
        assert len(theirs) == len(set(theirs)) == 4
        assert (theirs[0], theirs[-1]) == (talk, f"status:{talk}")


async def test_two_engines_share_the_work_and_write_each_thing_once(postgres_url):
    records, running = SlowRecords(), []
    records.gate.set()
    async with processes(postgres_url, 2) as databases:
        talks = [await said(databases[0], utc_now, f"visitor {n}", "Two") for n in range(6)]
        for each in databases:
            sync = by_system({"files": Syncing(each, records, utc_now, alone=False)})
            work = ProcrastinateEngine(each, postgres_url).run({Lane.SYNC: sync, Lane.ADVANCE: Recorder()})
            running.append(asyncio.create_task(work))
        await until(lambda: len(records.there) >= 3 * len(talks))
        await drained(databases[0])
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert len(records.there) == len(set(records.there)) == 3 * len(talks)
