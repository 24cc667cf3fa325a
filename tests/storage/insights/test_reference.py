"""Every measure, from SQL over facts, equals the slow reference on random histories, on both databases.

By default a few dozen conversations; `INSIGHT_HISTORIES=1000` plays as many as one likes.
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select

from bot.core.insights import marks
from bot.core.insights.measures import MEASURES, Unit
from bot.core.insights.scope import Scope, scope_of
from bot.core.insights.statistics import Spread
from bot.core.model import Channel, Status
from bot.core.ports.storage import Setting
from bot.services.insights import FactKeeper, Insights
from storage import tables
from tests.storage.insights.histories import NOW, random_week, store
from tests.storage.insights.reference import Reference

HISTORIES = int(os.environ.get("INSIGHT_HISTORIES", "40"))

ALL = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
KOLKATA, BERLIN = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin")
OFFICES = {
    Channel.EMAIL: (KOLKATA, 9, 17),
    Channel.CHAT: (KOLKATA, 7, 20),
    Channel.SMS: (BERLIN, 8, 12),
}


def moment(hour):
    return datetime.fromtimestamp(hour * 3600, UTC)


def told(figures):
    return {f.measure.key: (f.n, {name: one.value for name, one in f.estimates.items()}) for f in figures}


def reference(week, scope: Scope):
    since, until = moment(scope.since), moment(scope.until)
    return Reference(week, since, until, scope.channel, NOW, OFFICES, scope.topic, scope.who)


def expected(week, scope: Scope):
    return reference(week, scope).figures()


async def set_hours(database):
    async with database.transaction() as tx:
        for channel, (zone, opens, closes) in OFFICES.items():
            spans = [[day, opens * 60, closes * 60] for day in range(5)]
            value = {"zone": str(zone), "spans": spans}
            await tx.settings.set(Setting(f"hours.{channel}", value, "UBOSS", NOW))


@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_equal_the_reference(database, clock, seed):
    clock.now = NOW
    week = random_week(seed, HISTORIES)
    await store(database, week)
    await set_hours(database)
    keeper = FactKeeper(database, clock)
    assert await keeper.refresh() > 0
    assert await keeper.refresh() == 0
    insights = Insights(database, clock)
    seen = set()
    for scope in (*(scope_of(NOW, p) for p in ("24h", "7d", "30d")), scope_of(NOW, "30d", Channel.EMAIL)):
        overview = await insights.overview(scope)
        for figures, part in ((overview.figures, scope), (overview.before, scope.before)):
            assert [f.measure for f in figures] == list(MEASURES)
            for key, (n, values) in expected(week, part).items():
                assert (n, values) == (told(figures)[key][0], pytest.approx(told(figures)[key][1])), key
                seen |= {key} if n else set()
            for figure in figures:
                assert all(one.low <= one.value <= one.high for one in figure.estimates.values())
    assert seen == {measure.key for measure in MEASURES}


FILTERS = [
    {"topic": "delivery"},
    {"topic": "returns", "channel": Channel.EMAIL},
    {"who": "UKIM"},
    {"topic": "delivery", "who": "URIVERA"},
    {"topic": "nothing"},
    {"topic": "delivery", "period": "7d"},
    {"who": "UMORGAN", "period": "7d"},
]


@pytest.mark.parametrize("seed", [3, 6])
async def test_filtered_figures_equal_the_reference(database, clock, seed):
    """By topic and by who answered: all figures, what waits, what came to rest, people, and the Brier score."""
    clock.now = NOW
    week = random_week(seed, HISTORIES)
    await store(database, week)
    await set_hours(database)
    await FactKeeper(database, clock).refresh()
    insights = Insights(database, clock)
    seen = set()
    for given in map(dict, FILTERS):
        scope = scope_of(NOW, given.pop("period", "30d"), **given)
        wanted, overview = reference(week, scope), await insights.overview(scope)
        before = reference(week, scope.before).figures()
        for key, now in wanted.figures().items():
            for figures, (n, values) in ((overview.figures, now), (overview.before, before[key])):
                figure = told(figures)[key]
                assert (n, values) == (figure[0], pytest.approx(figure[1])), (given, key)
                seen |= {key} if n else set()
        assert len(overview.open) == len(wanted.waiting())
        volume = await insights.volume(scope)
        assert sum(one.counted.cases.asked for one in volume.sums) == len(wanted.talks)
        assert sum(one.n for one in volume.settled) == wanted.rested()
        assert await brier_of(insights, scope) == pytest.approx(wanted.brier()[1].get("", 0))
        assert await people_of(insights, scope) == wanted.people()
        await lists_agree(insights, scope, overview)
    assert seen == {measure.key for measure in MEASURES}


async def brier_of(insights, scope):
    sure, _ = await insights.quality(scope)
    judged = sum(one.good + one.wrong for one in sure)
    return sum(one.squares for one in sure) / judged / 1e6 if judged else 0


async def people_of(insights, scope):
    told = await insights.people(scope)
    waits = {
        who: (len(seen), {f"p{p}": Spread(seen).percentile(p).value for p in (50, 90, 95)})
        for who, seen in told.first_waits.items()
    }
    return waits, {one.agent: (one.rated, {"": one.satisfied / one.rated}) for one in told.ratings}


async def lists_agree(insights, scope, overview):
    """Hold that a figure of conversations leads to as many as it says."""
    for figure in overview.figures:
        listed = await insights.cases(scope, marks.parse(figure.measure.mark), 1_000)
        assert bool(listed) is bool(figure.n) or figure.measure.unit is not Unit.COUNT
        if figure.measure.key in (
            "conversations",
            "automated",
            "durable",
            "escalated",
            "reopened",
            "repeated",
        ):
            number = (
                figure.n
                if figure.measure.unit is Unit.COUNT
                else (figure.main.value if figure.n else 0) * figure.n
            )
            assert len(listed) == round(number), figure.measure.key


async def kept_days(database):
    async with database.snapshot() as tx:
        return await tx.connection.scalar(select(func.count()).select_from(tables.day_sheets))


async def test_sums_of_days_say_what_the_facts_say(week, database, clock, insights):
    whole = await insights.overview(scope_of(NOW, "30d"))
    number = await kept_days(database)
    first = min(c.created_at for c in week.conversations).date()
    assert number == len(Channel) * (NOW.date() - first).days
    async with database.transaction() as tx:
        await tx.connection.execute(delete(tables.day_sheets))
    again = await insights.overview(scope_of(NOW, "30d"))
    assert (again.figures, again.before, again.days) == (whole.figures, whole.before, whole.days)
    await FactKeeper(database, clock).refresh()
    assert await kept_days(database) == number


async def test_a_late_change_is_counted_at_once_and_the_day_added_up_again(week, database, clock, insights):
    scope = scope_of(NOW, "30d")
    keeper = FactKeeper(database, clock)
    await keeper.refresh()
    number, before = await kept_days(database), told((await insights.overview(scope)).figures)
    calm = next(c for c in week.conversations if is_calm(c, week))
    async with database.transaction() as tx:
        await tx.conversations.change(calm.id, at=NOW, escalated=True)
    await keeper.refresh()
    after = told((await insights.overview(scope)).figures)
    n = before["conversations"][0]
    assert after["escalated"][1][""] == pytest.approx(before["escalated"][1][""] + 1 / n)
    assert await kept_days(database) == number


def is_calm(talk, week):
    """Tell whether a conversation counts, began some days ago, and was never escalated."""
    reference = Reference(week, *ALL, None, NOW)
    is_old = talk.created_at < NOW - timedelta(days=3)
    return is_old and talk in reference.talks and not reference._escalated(talk)


async def test_other_hours_have_all_facts_made_anew(week, database, clock, insights):
    keeper = FactKeeper(database, clock)
    assert await keeper.refresh() == 0
    await set_hours(database)
    assert await keeper.refresh() == len(week.conversations)
    assert await keeper.refresh() == 0
    assert await insights.zone() == str(KOLKATA)
    figures = told((await insights.overview(scope_of(NOW, "30d"))).figures)
    wanted = Reference(week, NOW - timedelta(days=30), NOW, None, NOW, OFFICES).figures()
    assert figures["first_response_open"] == (
        wanted["first_response_open"][0],
        wanted["first_response_open"][1],
    )
    assert figures["first_response_open"] != figures["first_response"]


@pytest.mark.parametrize("zone", [None, KOLKATA])
async def test_what_adds_up_adds_up(week, database, clock, insights, zone):
    if zone:
        await set_hours(database)
        await FactKeeper(database, clock).refresh()
    scope = scope_of(NOW, "30d")
    overview = told((await insights.overview(scope)).figures)
    volume = await insights.volume(scope)
    sums = [one.counted.cases for one in volume.sums]
    assert sum(one.asked for one in sums) == overview["conversations"][0]
    automated = sum(one.automated for one in sums)
    assert automated / overview["conversations"][0] == pytest.approx(overview["automated"][1][""])
    begun, there = (
        Counter(),
        [c.created_at.astimezone(zone or UTC) for c in Reference(week, *ALL, None, NOW).talks],
    )
    for one in volume.sums:
        begun.update((one.day.date, hour) for hour in one.counted.times.begun_hour)
    assert begun == Counter((at.date(), at.hour) for at in there)
    assert sum(one.asked for one in volume.days) == sum(one.asked for one in volume.hours) == len(there)
    waits = [one.counted.times for one in volume.sums]
    assert all(len(one.first) == len(one.first_hour) for one in waits)
    assert sum(one.n for one in volume.settled) > 0


async def test_tables_add_up(week, insights):
    scope = scope_of(NOW, "30d")
    overview = told((await insights.overview(scope)).figures)
    volume = await insights.volume(scope)
    confidences, reasons = await insights.quality(scope)
    knowledge = await insights.knowledge(scope)
    people = await insights.people(scope)
    agents, loads = people.agents, people.loads
    assert knowledge.reasons == reasons
    fates = [(c.alone + c.approved + c.edited + c.own) for c in confidences]
    assert all(sent <= c.turns for sent, c in zip(fates, confidences, strict=True))
    assert sum(a.turns for a in knowledge.articles) <= sum(r.turns for r in reasons)
    assert sum(a.approved + a.edited for a in agents) == overview["edited"][0]
    missing = sum(r.turns for r in reasons if r.reason == "no_answer")
    assert sum(gap.turns for gap in knowledge.gaps) == missing > 0
    opened = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
    waiting = [c for c in week.conversations if c.status in opened]
    assert len(volume.open) == len(waiting)
    assert sum(one.asleep for one in volume.open) == sum(c.snoozed_until is not None for c in waiting) > 0
    assert sum(one.open for one in loads) == sum(1 for c in waiting if c.assignee)


async def test_service_levels_add_up(week, insights):
    scope = scope_of(NOW, "30d")
    levels, sla = await insights.service_levels(scope), told((await insights.overview(scope)).figures)["sla"]
    assert sum(one.n for one in levels.kept) == sla[0]
    broken = [p for p in week.promises if p.breached]
    assert sum(one.breached for one in levels.kept) == len(broken)
    assert {(d.conversation_id, d.kind) for d in levels.broken} == {
        (p.conversation_id, p.kind) for p in broken
    }
    at_risk = [p for p in week.promises if p.warned_at and p.due_at and not p.ended_at and not p.breached]
    assert {(d.conversation_id, d.kind) for d in levels.at_risk} == {
        (p.conversation_id, p.kind) for p in at_risk
    }
    assert [d.due_at for d in levels.at_risk] == sorted(d.due_at for d in levels.at_risk)
