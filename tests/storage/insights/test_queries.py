"""The lists behind the figures, how facts are kept up to date, and that every query reads an index."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from sqlalchemy import delete, event, func, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Engine

from benchmarks.dashboard import Filling, fill
from bot.core.insights import marks
from bot.core.insights.days import days_of
from bot.core.insights.facts import case_facts, quarter_of
from bot.core.insights.marks import EVERY, Mark
from bot.core.insights.scope import scope_of
from bot.core.model import Channel, Status
from bot.core.ports.storage import DeskPost
from bot.services.insights import FactKeeper, Insights
from storage import facts, tables
from storage import insights as insights_of
from storage.database import utc_now
from storage.day_sheets import forget_days
from storage.driver import ASIDE
from storage.erasing import erase
from storage.personal import belongings
from storage.rows import row_of
from storage.sieve import EVERYTHING
from tests.builders import AT, conversation, customer, message, stable_id
from tests.storage.insights.histories import NOW
from tests.storage.insights.reference import Reference
from tests.storage.insights.test_reference import ALL

SCOPE = scope_of(NOW, "30d")


async def test_every_figure_leads_to_its_cases(week, insights):
    for told in (await insights.overview(SCOPE)).figures:
        mark = marks.parse(told.measure.mark)
        listed = await insights.cases(SCOPE, mark, 1000)
        assert len(listed) == len({one.conversation_id for one in listed})
        assert [one.at for one in listed] == sorted((one.at for one in listed), reverse=True)
        assert bool(listed) is bool(told.n), told.measure.key
        if told.measure.key in ("automated", "durable", "escalated", "reopened", "repeated", "rated"):
            assert len(listed) == round(told.main.value * told.n)


async def test_lists_come_in_pages_and_name_the_card(week, database, insights):
    first = (await insights.cases(SCOPE, EVERY, 1))[0]
    async with database.transaction() as tx:
        await tx.desk_posts.put(DeskPost(first.conversation_id, "root", "C1", "1.2", "d"))
        await tx.desk_posts.put(DeskPost(first.conversation_id, "message:1", "C1", "1.3", "d"))
    again, second = await insights.cases(SCOPE, EVERY, 2)
    assert (again.slack_channel, again.ts, second.ts) == ("C1", "1.2", "")
    assert list(await insights.cases(SCOPE, EVERY, 1, offset=1)) == [second]
    whole = {c.id: c for c in week.conversations}
    assert (again.subject, again.channel) == (whole[again.conversation_id].subject, again.channel)


async def test_marks_name_what_they_say(week, insights):
    of_turns = "sent:own action:ignore verdict:good needless: missed:".split()
    for typed in (*of_turns, "is:unsatisfied", "sla:broken", "sla:at_risk", "asleep:"):
        listed = {one.conversation_id for one in await insights.cases(SCOPE, marks.parse(typed), 1000)}
        assert listed
        assert listed < {c.id for c in week.conversations}


async def test_recorded_names_and_what_waits_now_lead_to_cases(week, insights):
    knowledge = await insights.knowledge(SCOPE)
    articles, reasons = knowledge.articles, knowledge.reasons
    agents = (await insights.people(SCOPE)).agents
    for kind, names in (
        ("article", [a.name for a in articles]),
        ("reason", [r.reason for r in reasons]),
        ("agent", [a.name for a in agents]),
    ):
        for name in names:
            assert await insights.cases(SCOPE, Mark(kind, name), 10)
        assert not await insights.cases(SCOPE, Mark(kind, "'; DROP TABLE case_facts --"), 10)
    waiting = await insights.cases(scope_of(NOW, "24h"), Mark("status", "waiting"), 1000)
    awake = [c for c in week.conversations if c.snoozed_until is None]
    assert len(waiting) == sum(c.status is Status.WAITING for c in awake)


async def test_a_day_leads_to_what_began_on_it(week, insights):
    days = Counter(c.created_at.date() for c in Reference(week, *ALL, None, NOW).talks)
    for day, number in days.items():
        listed = await insights.cases(scope_of(NOW, "24h"), marks.of_day(day), 1000)
        assert {one.at.date() for one in listed} == {day}
        assert len(listed) == number


async def begin(database, number, **values):
    identity = stable_id("talk", number)
    async with database.transaction() as tx:
        kept = await tx.customers.add(customer())
        await tx.conversations.add(conversation(id=identity, customer_id=kept.id, version=0, **values))
        said = message(conversation_id=identity, created_at=values["created_at"])
        await tx.messages.add(said, Channel.EMAIL)
    return identity


async def test_facts_follow_every_change_and_nothing_else(database, clock):
    keeper = FactKeeper(database, clock)
    identity = await begin(database, 1, created_at=AT, updated_at=AT)
    assert [await keeper.refresh(), await keeper.refresh()] == [1, 0]
    clock.advance(3600)
    async with database.transaction() as tx:
        await tx.conversations.change(identity, at=clock(), escalated=True)
    assert [await keeper.refresh(), await keeper.refresh()] == [1, 0]
    told = {
        f.measure.key: f for f in (await Insights(database, clock).overview(scope_of(clock(), "24h"))).figures
    }
    assert (told["conversations"].n, told["escalated"].main.value) == (1, 1)


async def test_who_begins_another_conversation_changes_the_facts_of_the_earlier_one(
    database, clock, insights
):
    keeper = FactKeeper(database, clock)
    first = await begin(database, 1, created_at=AT, updated_at=AT)
    async with database.transaction() as tx:
        said = message(conversation_id=first, seq=2, sender="ai", created_at=AT + timedelta(minutes=1))
        await tx.messages.add(said, Channel.EMAIL)
    await keeper.refresh()
    assert {f.measure.key: f for f in (await insights.overview(scope_of(AT))).figures}[
        "automated"
    ].main.value == 1
    clock.advance(7200)
    await begin(database, 2, created_at=clock(), updated_at=clock())
    await keeper.refresh()
    told = {f.measure.key: f for f in (await insights.overview(scope_of(clock()))).figures}
    assert (told["automated"].n, told["automated"].main.value, told["repeated"].main.value) == (2, 0, 0.5)


async def test_what_was_changed_late_is_found_again(database, clock):
    """A commit may come after the refresh that its time lies before."""
    keeper = FactKeeper(database, clock)
    await keeper.refresh()
    early = clock() - timedelta(minutes=4)
    await begin(database, 1, created_at=early, updated_at=early)
    assert await keeper.refresh() == 1


BIG = "case_facts turn_facts day_sheets conversations messages promises model_uses drafts customers".split()
MARKS = "all: is:automated is:unsatisfied first: sent:edited article:article-1 reason:sure agent:U01".split()


@contextmanager
def noted():
    """Collect the statements that run meanwhile, with their parameters."""
    found = []

    def note(_connection, _cursor, sql, given, *_):
        if sql.startswith("SELECT") and (sql, given) not in found:
            found.append((sql, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def every_page(insights):
    """Ask for all that the pages show."""
    choices = await insights.choices()
    topic, who = choices.topics[0], choices.people[0]
    for given in ({}, {"topic": topic}, {"who": who}, {"topic": topic, "who": who}):
        await every_page_of(insights, scope_of(utc_now(), "7d", **given))


async def every_page_of(insights, scope):
    for read in (insights.overview, insights.volume, insights.quality, insights.knowledge, insights.people):
        await read(scope)
    await insights.service_levels(scope)
    await insights.work(scope)
    for typed in (*MARKS, "sla:broken", "sla:at_risk", "status:waiting", "asleep:"):
        await insights.cases(scope, marks.parse(typed), 50)


async def explained(database, prefix):
    """Fill a database as a year would, read every page, and return how each statement is run."""
    async with database.transaction() as tx:
        await fill(tx.connection, Filling(2_000, 365, utc_now()))
        talks = (await tx.connection.scalars(select(tables.conversations.c.id))).all()
        said = [
            row_of(message(id=f"b{one[1:]}", conversation_id=one, seq=2, external_id=None)) for one in talks
        ]
        await tx.connection.execute(insert(tables.messages), [one | {"channel": "email"} for one in said])
    await FactKeeper(database, utc_now).refresh()
    async with database.transaction() as tx:
        if database_is_postgres(tx):
            await tx.connection.execute(text("ANALYZE"))
    with noted() as found:
        await every_page(Insights(database, utc_now))
    async with database.snapshot() as tx:
        if database_is_postgres(tx):  # Tables of a few thousand rows it reads whole, index or not.
            await tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        return [
            (sql, [row[-1] for row in await tx.connection.exec_driver_sql(f"{prefix} {sql}", given)])
            for sql, given in found
        ]


def database_is_postgres(tx):
    return tx.connection.dialect.name == "postgresql"


async def test_no_page_reads_a_whole_table_on_sqlite(sqlite_database):
    plans = await explained(sqlite_database, "EXPLAIN QUERY PLAN")
    assert len(plans) > 30
    for sql, steps in plans:
        assert not [step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in BIG))], (
            sql,
            steps,
        )


async def test_no_page_reads_a_whole_table_on_postgresql(postgres_database):
    plans = await explained(postgres_database, "EXPLAIN")
    assert len(plans) > 30
    for sql, steps in plans:
        whole = [step for step in steps if "Seq Scan" in step]
        assert not [step for step in whole if step.split(" on ")[1].split()[0] in BIG], (sql, steps)


async def test_sums_read_nothing_but_an_index(sqlite_database):
    given = {"channels": ["email"], "since": 0, "until": 9, "held_since": 0, "most": 10}
    sums = (*(insights_of.confidences, insights_of.reasons, insights_of.articles, insights_of.agents),)
    for query in (one(EVERYTHING) for one in sums):
        known = query.compile().params
        bound = query.params(**{key: value for key, value in given.items() if key in known})
        sql = str(bound.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        assert sql.rstrip().endswith(ASIDE)  # So that the driver takes it out of the event loop.
        async with sqlite_database.snapshot() as tx:
            plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
        covered = [step for step in plan if "USING COVERING INDEX" in step]
        assert covered, (sql, plan)
        assert "channel=? AND quarter>? AND quarter<?" in covered[0]


async def test_ten_thousand_names_are_listed_as_far_as_people_read(database, clock):
    clock.now = NOW
    quarter = scope_of(NOW).quarters[1] - 1
    turn = {
        "channel": "email",
        "quarter": quarter,
        "hour": quarter // 4,
        "first": True,
        "missed": False,
        "action": "review",
    }
    names = [f"name-{n:05d}" for n in range(10_000)]
    rows = [
        turn | {"conversation_id": f"{n:032d}", "turn": 1, "reason": name, "article": name, "agent": name}
        for n, name in enumerate(names)
    ]
    async with database.transaction() as tx:
        await tx.connection.execute(insert(tables.turn_facts), rows)
    insights = Insights(database, clock)
    knowledge, people = await insights.knowledge(scope_of(NOW)), await insights.people(scope_of(NOW))
    assert [one.name for one in knowledge.articles] == names[:50]
    assert [one.reason for one in knowledge.reasons] == names[:100]
    assert [one.name for one in people.agents] == names[:1000]
    choices = await insights.choices()
    assert (choices.topics, choices.people, choices.are_many) == (names[:300], names[:300], True)


async def test_what_is_stale_is_found_by_an_index(sqlite_database):
    query = facts.changed(50).where(tables.conversations.c.updated_at >= AT)
    sql = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    async with sqlite_database.snapshot() as tx:
        plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert plan[0] == "SEARCH conversations USING INDEX ix_conversations_updated_at (updated_at>?)"
    assert not any("TEMP B-TREE" in step for step in plan)


@asynccontextmanager
async def beside(database, change):
    """Make a change in another transaction once the block is done, before ours is committed; it has ended after."""

    async def make():
        async with database.transaction() as tx:
            await change(tx)

    async with database.transaction() as tx:
        yield tx
        task = asyncio.create_task(make())
        while not (task.done() or await waits(tx)):  # noqa: ASYNC110 - the database tells nobody.
            await asyncio.sleep(0.01)
    await task


async def waits(tx):
    return await tx.connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_facts_that_change_while_a_day_is_added_up_count(postgres_database, clock):
    database, keeper = postgres_database, FactKeeper(postgres_database, clock)
    insights = Insights(database, clock)
    begun = AT - timedelta(days=3)
    first = await begin(database, 1, created_at=begun, updated_at=begun)
    await keeper.refresh()
    scope = scope_of(clock(), "30d")
    day = next(one for one in days_of(scope, "UTC") if one.since <= quarter_of(begun) < one.until)
    second = await begin(database, 2, created_at=begun, updated_at=begun)
    async with database.snapshot() as tx:
        cases = [case_facts(history) for history in await tx.facts.histories([first, second])]
    async with database.transaction() as tx:
        await tx.connection.execute(delete(tables.day_sheets))

    async with beside(database, lambda tx: tx.facts.put(cases, [])) as tx:
        await tx.day_sheets.fill(day, "UTC")
    told = {f.measure.key: f for f in (await insights.overview(scope)).figures}
    assert told["conversations"].n == len(await insights.cases(scope, EVERY, 10)) == 2


async def test_two_keepers_add_up_one_day(postgres_database, clock):
    day = next(iter(days_of(scope_of(clock(), "30d"), "UTC")))
    async with beside(postgres_database, lambda tx: tx.day_sheets.fill(day, "UTC")) as tx:
        await tx.day_sheets.fill(day, "UTC")
    async with postgres_database.snapshot() as tx:
        count = await tx.connection.scalar(select(func.count()).select_from(tables.day_sheets))
    assert count == len(Channel)


async def test_facts_of_thousands_of_moments_change_at_once(database, clock):
    many = [(channel, number) for channel in Channel for number in range(300)]
    async with database.transaction() as tx:
        for day in days_of(scope_of(clock(), "7d"), "UTC"):
            await tx.day_sheets.fill(day, "UTC")
        await forget_days(tx.connection, [*many, *((c, quarter_of(clock()) - 96) for c in Channel)])
        kept = await tx.connection.scalar(select(func.count()).select_from(tables.day_sheets))
        assert kept == len(Channel) * (len(days_of(scope_of(clock(), "7d"), "UTC")) - 1)


async def test_figures_equal_the_lists_once_somebody_is_erased(week, database, insights, clock):
    people = [one for one in week.customers if one.id == week.conversations[0].customer_id]
    async with database.transaction() as tx:
        theirs = await belongings(tx.connection, people)
        await erase(tx, theirs, at=clock(), actor="UBOSS", why="asked")
    scope = scope_of(NOW, "30d")
    told = {f.measure.key: f for f in (await insights.overview(scope)).figures}
    left = await insights.cases(scope, EVERY, 1000)
    assert 0 < len(left) < len(week.conversations)
    assert told["conversations"].n == len(left)
