"""Every measure, from SQL over facts, equals the slow reference on random histories, on both databases.

By default a few dozen conversations; `INSIGHT_HISTORIES=1000` plays as many as one likes.
"""

import os
from collections import Counter
from datetime import UTC, datetime

import pytest

from bot.core.insights.measures import MEASURES
from bot.core.insights.scope import Scope, scope_of
from bot.core.model import Channel, Status
from bot.services.insights import FactKeeper, Insights
from tests.storage.insights.histories import NOW, random_week, store
from tests.storage.insights.reference import Reference

HISTORIES = int(os.environ.get("INSIGHT_HISTORIES", "40"))


ALL = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def moment(hour):
    return datetime.fromtimestamp(hour * 3600, UTC)


def told(figures):
    return {f.measure.key: (f.n, {name: one.value for name, one in f.estimates.items()}) for f in figures}


def expected(week, scope: Scope):
    since, until = moment(scope.since), moment(scope.until)
    return Reference(week, since, until, scope.channel, NOW).figures()


@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_equal_the_reference(database, clock, seed):
    clock.now = NOW
    week = random_week(seed, HISTORIES)
    await store(database, week)
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


async def test_what_adds_up_adds_up(week, insights):
    scope = scope_of(NOW, "30d")
    overview = told((await insights.overview(scope)).figures)
    volume = await insights.volume(scope)
    assert sum(v.asked for v in volume.days) == overview["conversations"][0]
    begun = Counter(
        (c.created_at.weekday(), c.created_at.hour) for c in Reference(week, *ALL, None, NOW).talks
    )
    assert {(v.weekday, v.hour): v.asked for v in volume.hours} == begun
    automated = sum(v.automated for v in volume.days)
    assert automated / overview["conversations"][0] == pytest.approx(overview["automated"][1][""])
    confidences, reasons = await insights.quality(scope)
    articles, same = await insights.articles(scope)
    agents, loads = await insights.people(scope)
    assert same == reasons
    fates = [(c.alone + c.approved + c.edited + c.own) for c in confidences]
    assert all(sent <= c.turns for sent, c in zip(fates, confidences, strict=True))
    assert sum(a.turns for a in articles) <= sum(r.turns for r in reasons)
    assert sum(a.approved + a.edited for a in agents) == overview["edited"][0]
    opened = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
    waiting = [c for c in week.conversations if c.status in opened]
    assert len(volume.open) == len(waiting)
    assert sum(one.open for one in loads) == sum(1 for c in waiting if c.assignee)
