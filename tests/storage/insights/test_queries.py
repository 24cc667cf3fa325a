"""The lists behind the figures, how facts are kept up to date, and that every query reads an index."""

from datetime import timedelta

from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.insights import marks
from bot.core.insights.marks import EVERY, Mark
from bot.core.insights.scope import scope_of
from bot.core.model import Channel, Status
from bot.core.ports.storage import DeskPost
from bot.services.insights import FactKeeper
from storage import facts, insights, tables
from storage.driver import ASIDE
from tests.builders import AT, conversation, customer, message, stable_id
from tests.storage.insights.histories import NOW

SCOPE = scope_of(NOW, "30d")


async def test_every_figure_leads_to_its_cases(week, insights):
    for told in (await insights.overview(SCOPE)).figures:
        mark = marks.parse(told.measure.mark)
        listed = await insights.cases(SCOPE, mark, 1000)
        assert len(listed) == len({one.conversation_id for one in listed})
        assert [one.begun_at for one in listed] == sorted((one.begun_at for one in listed), reverse=True)
        assert bool(listed) is bool(told.n), told.measure.key
        if told.measure.key in ("automated", "durable", "escalated", "reopened", "repeated"):
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
    for typed in ("sent:own", "action:ignore", "verdict:good", "is:unsatisfied"):
        listed = {one.conversation_id for one in await insights.cases(SCOPE, marks.parse(typed), 1000)}
        assert listed
        assert listed < {c.id for c in week.conversations}


async def test_recorded_names_and_what_waits_now_lead_to_cases(week, insights):
    articles, reasons = await insights.articles(SCOPE)
    agents, _ = await insights.people(SCOPE)
    for kind, names in (
        ("article", [a.name for a in articles]),
        ("reason", [r.reason for r in reasons]),
        ("agent", [a.name for a in agents]),
    ):
        for name in names:
            assert await insights.cases(SCOPE, Mark(kind, name), 10)
        assert not await insights.cases(SCOPE, Mark(kind, "'; DROP TABLE case_facts --"), 10)
    waiting = await insights.cases(scope_of(NOW, "24h"), Mark("status", "waiting"), 1000)
    assert len(waiting) == sum(c.status is Status.WAITING for c in week.conversations)


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
    async with database.snapshot() as tx:
        counted = await tx.insights.counted(scope_of(clock(), "24h"), clock())
    assert (counted.cases.asked, counted.cases.escalated) == (1, 1)


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


COVERED = "CASE_SUMS TURN_SUMS WAITS APPROVALS EDITS RESOLUTIONS DAYS HOURS CONFIDENCES".split()
INDEXED = [*COVERED, *"REASONS ARTICLES AGENTS".split()]


def literal(name, dialect):
    values = insights.given(SCOPE) | {"held_since": 0, "most": 10}
    query = getattr(insights, name)
    known = query.compile().params
    bound = query.params(**{key: value for key, value in values.items() if key in known})
    return str(bound.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")


async def test_sums_read_nothing_but_an_index_on_sqlite(sqlite_database):
    for name in COVERED:
        sql = literal(name, sqlite.dialect())
        assert sql.rstrip().endswith(ASIDE)  # So that the driver takes it out of the event loop.
        async with sqlite_database.snapshot() as tx:
            plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
        covered = [step for step in plan if "USING COVERING INDEX" in step]
        assert covered
        assert "channel=? AND hour>? AND hour<?" in covered[0]


async def test_sums_read_an_index_on_postgresql(postgres_database):
    turn = {"turn": 1, "channel": "email", "first": True, "reason": "", "article": "", "agent": ""}
    case = dict.fromkeys("asked answered automated durable escalated reopened repeated".split(), True)
    case |= {"version": 1, "channel": "email", "begun_at": AT, "resolution_s": 5}
    begun = [{"conversation_id": f"{n:032d}", "hour": n} for n in range(3000)]
    async with postgres_database.transaction() as tx:
        await tx.connection.execute(insert(tables.turn_facts), [one | turn for one in begun])
        await tx.connection.execute(insert(tables.case_facts), [one | case for one in begun])
        await tx.connection.execute(text("ANALYZE"))
        for name in INDEXED:
            sql = literal(name, postgresql.dialect())
            plan = "\n".join(await tx.connection.scalars(text(f"EXPLAIN {sql}")))
            assert "Seq Scan" not in plan
            assert "Index" in plan


async def test_what_is_stale_is_found_by_an_index(sqlite_database):
    query = facts.stale(50).where(tables.conversations.c.updated_at >= AT)
    sql = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    async with sqlite_database.snapshot() as tx:
        plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert plan[0] == "SEARCH conversations USING INDEX ix_conversations_updated_at (updated_at>?)"
    assert not any("TEMP B-TREE" in step for step in plan)
