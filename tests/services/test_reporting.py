"""Digests and alerts are said once, whatever crashes, and in the right Slack channel."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import InvalidInput, NotAllowed, OutcomeUnknown, Refused, Unavailable
from bot.core.insights.digest import Plan
from bot.core.model import Actor, Channel, Sender, Status, new_id
from bot.core.policy import default_rules
from bot.core.ports.reporting import Notice, NoticeState
from bot.core.ports.storage import Setting
from bot.core.sealing import OPEN
from bot.core.steering.reviews import AGENTS_KEY
from bot.core.steering.settingsfile import read
from bot.services import digests, watching
from bot.services.controls import Controls
from bot.services.digests import Digests
from bot.services.exchange import Exchange
from bot.services.insights import FactKeeper, Insights
from bot.services.notifying import Notifying
from bot.services.transitions import move
from bot.services.watching import Watching
from storage.database import open_database
from storage.signals import LocalSignals
from tests.builders import conversation, customer, message
from tests.fakes import FakeBoard, FakeClock

BOSS, KIM = Actor("UBOSS", is_manager=True), Actor("UKIM")
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 8:00 in Berlin.
PLAN = Plan("CLEADS", "Europe/Berlin", 9 * 60)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class FakePainter:
    fail: Exception | None = None

    async def paint(self, specs):
        if self.fail:
            raise self.fail
        return [PNG for _ in specs]


@dataclass
class World:
    database: object
    clock: FakeClock
    board: FakeBoard = field(default_factory=FakeBoard)
    painter: FakePainter = field(default_factory=FakePainter)
    announced: list = field(default_factory=list)

    def digests(self):
        """Return them as another process has them."""
        wording = digests.Wording(
            lambda told: (f"{'week' if told.due.weekly else 'day'}: {told.lines[0].value}", []),
            lambda picture: (f"table: {picture.title}", []),
        )
        insights = Insights(self.database, self.clock)
        tell = lambda who, changes: self.announced.append((who, changes))  # noqa: E731
        return Digests(self.database, insights, self.board, self.painter, self.clock, wording, tell)

    def watching(self):
        wording = watching.Wording(lambda said: (said, []), lambda said: (f"over: {said}", []))
        insights = Insights(self.database, self.clock)
        return Watching(self.database, insights, self.board, self.clock, wording, "CHELP")

    async def ask(self, number, channel=Channel.EMAIL, status=Status.WAITING):
        """Let customers begin so many conversations now, which wait for people."""
        now, ids = self.clock(), []
        async with self.database.transaction() as tx:
            for _ in range(number):
                who = customer(id=new_id(), channel=channel, address=f"{new_id()}@x.example")
                talk = conversation(
                    id=new_id(),
                    customer_id=who.id,
                    channel=channel,
                    status=status,
                    created_at=now,
                    updated_at=now,
                )
                await tx.customers.add(who)
                await tx.conversations.add(talk)
                asked = message(
                    id=new_id(),
                    conversation_id=talk.id,
                    created_at=now,
                    external_id=new_id(),
                    sender=Sender.CUSTOMER,
                )
                await tx.messages.add(asked, channel)
                ids.append(talk.id)
        await FactKeeper(self.database, self.clock).refresh()
        return ids

    async def resolve(self, ids):
        async with self.database.transaction() as tx:
            for one in ids:
                await move(tx, await tx.conversations.get(one), Status.RESOLVED, self.clock())

    async def move_on(self, looking, minutes):
        """Let time pass and look every five minutes."""
        for _ in range(minutes // 5):
            self.clock.move(minutes=5)
            await looking.look()

    async def notices(self):
        async with self.database.snapshot() as tx:
            return await tx.notices.all()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = FakeClock(MONDAY)
    async with open_database("sqlite+aiosqlite://", LocalSignals(), clock, sealing=OPEN) as database:
        yield World(database, clock)


async def planned(world):
    await world.digests().set_plan(PLAN, BOSS)
    return world.digests()


async def test_only_managers_set_digests_and_it_is_on_record(world):
    with pytest.raises(NotAllowed):
        await world.digests().set_plan(PLAN, KIM)
    with pytest.raises(InvalidInput, match="no time zone"):
        await world.digests().set_plan(replace(PLAN, zone="Mars/Base"), BOSS)
    assert await world.digests().set_plan(PLAN, BOSS) is None
    assert await world.digests().set_plan(None, BOSS) == PLAN
    async with world.database.snapshot() as tx:
        rows = await tx.audit.rows(0, 10)
    assert [(row.actor, row.subject) for row in rows] == [("UBOSS", "digest")] * 2
    assert [(who, change.old, change.new) for who, (change,) in world.announced] == [
        ("UBOSS", None, PLAN.as_value()),
        ("UBOSS", PLAN.as_value(), None),
    ]


async def test_digests_are_taken_back_and_go_out_and_in_with_all_settings(world):
    async def nothing():
        return []

    async def nobody(*_):
        """Nobody is handed a file here."""

    controls = Controls(world.database, world.clock, default_rules(), nothing)
    exchange = Exchange(world.database, controls, world.clock, nobody)
    await world.digests().set_plan(PLAN, BOSS)
    await controls.set_values({AGENTS_KEY: 0.05}, BOSS)
    file = await exchange.file()
    await controls.set_values({AGENTS_KEY: None}, BOSS)
    world.clock.move(seconds=1)
    await world.digests().set_plan(None, BOSS)
    await controls.revert(None, BOSS)
    assert await world.digests().plan() == PLAN
    world.clock.move(seconds=1)
    await world.digests().set_plan(None, BOSS)
    await exchange.take_in(file, BOSS, await controls.newest())
    assert await world.digests().plan() == PLAN
    assert await exchange.file() == file.replace("07:00:00", "07:00:02")


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Base"},
        {"minute": 1440},
        {"minute": "9"},
        {"days": []},
        {"days": [7]},
        {"channel": "help"},
    ],
)
def test_a_file_with_an_impossible_digest_is_refused(wrong):
    told = {"threadpilot_settings": 1, "settings": {"digest": PLAN.as_value() | wrong}}
    with pytest.raises(InvalidInput, match="Nothing was imported"):
        read(json.dumps(told), {}, {}.get)


async def test_without_a_plan_nothing_is_posted(world):
    world.clock.move(days=3)
    await world.digests().look()
    assert world.board.posts == []


async def test_the_first_is_the_next_one_that_is_due(world):
    world.clock.move(hours=3)  # It is 11:00 already.
    looking = await planned(world)
    await looking.look()
    assert world.board.posts == []
    world.clock.move(hours=22)
    await looking.look()
    assert world.board.said == ["day: 0"]


async def test_a_week_of_digests_is_five_posts_the_first_about_the_week(world):
    looking = await planned(world)
    for _ in range(7 * 24):
        world.clock.move(hours=1)
        await looking.look()
        await world.digests().look()  # Another process, and one after a restart.
    assert world.board.said == ["week: 0", *["day: 0"] * 4]
    assert {channel for channel, *_ in world.board.posts} == {"CLEADS"}


async def test_two_processes_at_the_same_moment_post_one(world):
    await planned(world)
    world.clock.move(hours=2)
    await asyncio.gather(*(world.digests().look() for _ in range(4)))
    assert world.board.said == ["week: 0"]


async def test_what_became_due_while_nothing_ran_is_posted_once(world):
    await planned(world)
    world.clock.move(days=3)
    await world.digests().look()
    await world.digests().look()
    assert world.board.said == ["day: 0"]


async def test_a_holiday_has_no_digest(world):
    looking = await planned(world)
    async with world.database.transaction() as tx:
        value = {"Europe/Berlin": ["2026-11-23"]}
        await tx.settings.set(Setting(key="holidays", value=value, actor="UBOSS", at=world.clock()))
    world.clock.move(hours=2)
    await looking.look()
    assert world.board.posts == []
    world.clock.move(days=1)
    await looking.look()
    assert world.board.said == ["week: 0"]


@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize("error", [OutcomeUnknown("broke"), Unavailable("down")])
async def test_a_post_that_was_cut_short_stands_once_in_the_end(world, error, stands):
    looking = await planned(world)
    world.board.fail, world.board.stands = [error], stands
    world.clock.move(hours=2)
    await looking.look()
    await world.digests().look()
    assert len(world.board.said) == stands  # Another process may be at it.
    world.clock.move(minutes=2)
    await world.digests().look()
    await world.digests().look()
    assert world.board.said == ["week: 0"]


async def test_a_post_that_was_cut_short_is_made_by_one_of_two_processes(world):
    looking = await planned(world)
    world.board.fail = [Unavailable("down")]
    world.clock.move(hours=2)
    await looking.look()
    world.clock.move(minutes=2)
    (notice,) = (await world.notices()).values()
    processes = [Notifying(world.database, world.board, world.clock) for _ in range(3)]
    await asyncio.gather(*(one.say(notice, ("hello", []), "C1", NoticeState.CALM) for one in processes))
    assert world.board.said == ["hello"]


async def test_a_post_before_which_the_process_died_is_made_by_the_next(world):
    await planned(world)
    world.board.fail = [asyncio.CancelledError()]
    world.clock.move(hours=2)
    with pytest.raises(asyncio.CancelledError):
        await world.digests().look()
    world.clock.move(minutes=2)
    await world.digests().look()
    assert world.board.said == ["week: 0"]


async def test_what_slack_refuses_is_not_tried_for_ever(world, caplog):
    looking = await planned(world)
    world.board.fail = [Refused("not_in_channel")]
    world.clock.move(hours=2)
    for _ in range(3):
        await looking.look()
    assert world.board.posts == []
    assert caplog.messages.count("notice_refused") == 1


async def test_beneath_a_weekly_digest_are_pictures_with_words(world):
    looking = await planned(world)
    await world.ask(3)
    world.clock.move(hours=2)
    await looking.look()
    assert world.board.said == ["week: 3"]
    ((thread, title, alt),) = world.board.pictures
    assert (thread, title) == ("1.0", "When customers write")
    assert "busiest: Mon from 7:00 UTC with 3" in alt


async def test_without_a_painter_there_are_tables(world):
    looking = await planned(world)
    world.painter.fail = Unavailable("not installed")
    await world.ask(3)
    world.clock.move(hours=2)
    await looking.look()
    assert world.board.posts[1][2:] == ("table: When customers write", "1.0")
    assert world.board.pictures == []


async def test_a_backlog_is_told_when_it_begins_and_beneath_that_when_it_is_over(world):
    looking = world.watching()
    ids = await world.ask(12)
    await looking.look()
    (post,) = world.board.posts
    assert post[0] == "CHELP"
    assert post[2].startswith("*12 conversations wait on email*; nobody answered any last week. Next: ")
    await world.move_on(world.watching(), 30)
    assert len([one for one in world.board.said if "wait on" in one]) == 1

    await world.resolve(ids)
    await world.move_on(looking, 20)
    over = [
        (text, thread) for _, _, text, thread in world.board.posts if text.startswith("over: The backlog")
    ]
    assert over == [("over: The backlog on email is worked off: 0 wait. It lasted 35 min.", "1.0")]
    await world.move_on(world.watching(), 20)
    assert len([one for one in world.board.said if "backlog" in one]) == 1


async def test_alerts_come_where_digests_do(world):
    await planned(world)
    await world.ask(12)
    await world.watching().look()
    assert {channel for channel, *_ in world.board.posts} == {"CLEADS"}


async def test_several_processes_tell_of_one_trouble_once(world):
    await world.ask(12)
    await asyncio.gather(*(world.watching().look() for _ in range(4)))
    assert len([one for one in world.board.said if "wait on email" in one]) == 1


async def test_a_spike_is_told_against_the_same_hours_of_other_weeks(world):
    now = world.clock()
    for week in range(1, 5):
        world.clock.now = now - timedelta(weeks=week)
        await world.ask(4, Channel.CHAT, Status.ANSWERED)
    world.clock.now = now
    await world.watching().look()
    assert world.board.posts == []
    await world.ask(25, Channel.CHAT, Status.ANSWERED)
    await world.watching().look()
    (said,) = world.board.said
    assert said.startswith("*25 new conversations on chat* in two hours; usual at this time are 4.")


async def test_an_end_without_a_beginning_in_slack_is_silent(world):
    world.board.fail = [Refused("archived")]
    ids = await world.ask(12)
    await world.watching().look()
    assert world.board.posts == []
    await world.resolve(ids)
    await world.move_on(world.watching(), 20)
    assert [one for one in world.board.said if "backlog" in one] == []
    assert (await world.notices())["backlog:email"].state is NoticeState.CALM


async def test_a_notice_of_a_channel_that_is_gone_stays_as_it_is(world):
    async with world.database.transaction() as tx:
        await tx.notices.put(
            Notice("backlog:fax", NoticeState.STANDS, MONDAY, "x", slack_channel="C", ts="1")
        )
    await world.watching().look()
    assert (await world.notices())["backlog:fax"].state is NoticeState.STANDS
