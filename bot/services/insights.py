"""Insights: keep the facts and the sums of days up to date, and report what they add up to."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.core.insights.counted import Counted, Promised, together
from bot.core.insights.days import days_of, whole_day
from bot.core.insights.facts import DURABLE, HELD, case_facts, moment_of, quarter_of, turn_facts
from bot.core.insights.figures import Figure, figures
from bot.core.insights.marks import Mark, day_of
from bot.core.insights.office import NO_OFFICE, Office, office_of
from bot.core.insights.scope import Scope, longest_scope, scope_of
from bot.core.model import Actor, Channel, ModelWork, Status
from bot.core.ports.engine import Clock
from bot.core.ports.insights import (
    DaySums,
    DayVolume,
    Due,
    Gap,
    HourVolume,
    Kept,
    Kind,
    Listed,
    Load,
    Open,
    Rated,
    Reasoned,
    Settled,
    SureTurns,
)
from bot.core.ports.storage import Database, Transaction
from bot.services.team_rules import rules_in_force

REFRESH_SECONDS = 5.0
_EPOCH = date(1970, 1, 1)
_BATCH = 20  # Conversations that are summed up before others have their turn.
_FOUND = 1_000  # To find them, all that changed is looked through.
_ARTICLES, _GAPS, _DUE, _CHOICES = 50, 50, 100, 300
# A change may be committed later than it says, and clocks differ.
_OVERLAP = timedelta(minutes=5)
_UNKNOWN = tuple(replace(one, estimates={}) for one in figures(Counted()))


class FactKeeper:
    """Sums up the conversations that have changed, and the days of which any did."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._upto: datetime | None = None  # Up to when all facts are known to be as they should be.
        self._office = NO_OFFICE

    async def refresh(self) -> int:
        """Make all facts that are stale anew; return how many conversations that were.

        Raises:
            Unavailable: the database failed; the next time goes on from here.
        """
        begun, number = self._clock(), 0
        await self._look_at_hours()
        while ids := await self._stale():
            number += len(ids)
            for first in range(0, len(ids), _BATCH):
                await self._sum_up(ids[first : first + _BATCH])
                await asyncio.sleep(0)
        await self._fill_days()
        self._upto = begun
        return number

    async def _look_at_hours(self) -> None:
        """Learn the business hours; when they are others, all facts are looked at again."""
        async with self._database.snapshot() as tx:
            office = await _office(tx)
        if office != self._office:
            self._office, self._upto = office, None

    async def _stale(self) -> Sequence[str]:
        since = self._upto - _OVERLAP if self._upto else None
        async with self._database.snapshot() as tx:
            return await tx.facts.stale(since, _FOUND, self._office.stamp)

    async def _sum_up(self, ids: Sequence[str]) -> None:
        async with self._database.snapshot() as tx:
            earlier = await tx.facts.earlier(ids, self._clock() - DURABLE)
            histories = await tx.facts.histories({*ids, *earlier})
        cases = [case_facts(history, self._office) for history in histories]
        turns = [turn for history in histories for turn in turn_facts(history, self._office)]
        async with self._database.transaction() as tx:
            await tx.facts.put(cases, turns)

    async def _fill_days(self) -> None:
        """Add up the days that are over and of which something changed, or which belong to no other zone's days."""
        scope, zone = longest_scope(self._clock()), self._office.zone
        async with self._database.snapshot() as tx:
            missing = await tx.day_sheets.missing(days_of(scope, zone))
        for day in reversed(missing):
            async with self._database.transaction() as tx:
                await tx.day_sheets.fill(day, zone)
        if missing:
            async with self._database.transaction() as tx:
                await tx.day_sheets.forget_before(scope.quarters[0])


async def _office(tx: Transaction) -> Office:
    return office_of(rules_in_force(await tx.settings.current()))


@dataclass(frozen=True)
class Overview:
    """All figures of a period and of the one before, what waits now, and the days of the period.

    Where the scope is not compared, the figures before have no values.
    """

    scope: Scope
    at: datetime
    figures: Sequence[Figure]
    before: Sequence[Figure]
    open: Sequence[Open]
    sums: Sequence[DaySums]

    @property
    def days(self) -> Sequence[DayVolume]:
        """Return how many conversations began on each day on each channel, where any did."""
        return _day_volumes(self.sums)


def _day_volumes(sums: Iterable[DaySums]) -> Sequence[DayVolume]:
    begun = ((one, one.counted.cases) for one in sums)
    return [
        DayVolume((one.day.date - _EPOCH).days, one.channel, cases.asked, cases.automated)
        for one, cases in begun
        if cases.asked
    ]


@dataclass(frozen=True)
class Volume:
    """When conversations of a period began and came to rest, in the team's own days, and what waits now."""

    sums: Sequence[DaySums]
    settled: Sequence[Settled]
    open: Sequence[Open]

    @property
    def days(self) -> Sequence[DayVolume]:
        """Return how many conversations began on each day on each channel, where any did."""
        return _day_volumes(self.sums)

    @property
    def hours(self) -> Sequence[HourVolume]:
        """Return how many conversations began in each hour of the week, where any did."""
        grid: Counter[tuple[int, int]] = Counter()
        for one in self.sums:
            weekday = one.day.date.weekday()
            for hour, number in Counter(one.counted.times.begun_hour).items():
                grid[weekday, hour] += number
        return [HourVolume(*place, number) for place, number in sorted(grid.items())]


@dataclass(frozen=True)
class ServiceLevels:
    """How promises to customers were kept, which were broken, and which are about to be."""

    kept: Sequence[Kept]
    broken: Sequence[Due]
    at_risk: Sequence[Due]


@dataclass(frozen=True)
class Choices:
    """What figures can be told of, by name: articles that drafts rested on, and people who answered.

    `titles` are those of articles, by name, as far as there still is the article.
    """

    topics: Sequence[str]
    people: Sequence[str]
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def are_many(self) -> bool:
        """Tell whether there are more topics than stand here."""
        return len(self.topics) == _CHOICES


@dataclass(frozen=True)
class Knowledge:
    """How the articles fared, why the policy did what it did, and what nothing was found for."""

    articles: Sequence[Kind]
    reasons: Sequence[Reasoned]
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class People:
    """Who answered, who has what in hand, and how each treated customers: how long they waited, what they rated."""

    agents: Sequence[Kind]
    loads: Sequence[Load]
    first_waits: Mapping[str, Sequence[int]]
    ratings: Sequence[Rated]


@dataclass(frozen=True)
class Work:
    """What language models took for drafts, and how many conversations were automated in the same time."""

    models: Sequence[ModelWork]
    automated: int


@dataclass(frozen=True)
class _Period:
    days: Sequence[DaySums]
    promised: Promised
    young: int

    @property
    def figures(self) -> Sequence[Figure]:
        return figures(counted(self.days), self.promised, self.young)


def counted(days: Iterable[DaySums]) -> Counted:
    """Return what was counted on some days as one."""
    return together(one.counted for one in days)


class Insights:
    """Reports. Everything is as of the last refresh, a few seconds ago."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def scope(self, period: str, channel: Channel | None, topic: str = "", who: str = "") -> Scope:
        """Return the scope of a period that ends now. Raises InvalidInput when there is no such period or name."""
        return scope_of(self._clock(), period, channel, topic, who)

    async def choices(self) -> "Choices":
        """Return the topics and people that figures can be told of, as many as anybody reads."""
        async with self._database.snapshot() as tx:
            return Choices(await tx.insights.topics(_CHOICES), await tx.insights.people(_CHOICES))

    def now(self) -> datetime:
        """Return the time by which ages are told."""
        return self._clock()

    async def zone(self) -> str:
        """Return the time zone whose days and hours are counted: that of the business hours."""
        async with self._database.snapshot() as tx:
            return (await _office(tx)).zone

    async def overview(self, scope: Scope) -> Overview:
        """Return every figure, with that of the period before."""
        now = self._clock()
        async with self._database.snapshot() as tx:
            zone = (await _office(tx)).zone
            this = await _period(tx, scope, zone, now)
            before = (await _period(tx, scope.before, zone, now)).figures if scope.is_compared else _UNKNOWN
            waiting = await tx.insights.open(scope)
        return Overview(scope, now, this.figures, before, waiting, this.days)

    async def volume(self, scope: Scope) -> Volume:
        """Return when conversations began, and what waits for us now, whenever it began."""
        async with self._database.snapshot() as tx:
            zone = (await _office(tx)).zone
            days = await tx.day_sheets.read(days_of(scope, zone), scope, zone)
            return Volume(days, await tx.insights.settled(scope), await tx.insights.open(scope))

    async def service_levels(self, scope: Scope) -> ServiceLevels:
        """Return how promises were kept, and which are about to be broken."""
        async with self._database.snapshot() as tx:
            kept, broken = await tx.insights.kept(scope), await tx.insights.broken(scope, _DUE)
            return ServiceLevels(kept, broken, await tx.insights.at_risk(scope, _DUE))

    async def quality(self, scope: Scope) -> tuple[Sequence[SureTurns], Sequence[Reasoned]]:
        """Return how sure drafts were and what became of them, and why the policy did what it did."""
        async with self._database.snapshot() as tx:
            return await tx.insights.confidences(scope), await tx.insights.reasons(scope)

    async def knowledge(self, scope: Scope) -> Knowledge:
        """Return how the articles fared, and what is missing."""
        async with self._database.snapshot() as tx:
            articles = await tx.insights.articles(scope, _ARTICLES)
            return Knowledge(articles, await tx.insights.reasons(scope), await tx.insights.gaps(scope, _GAPS))

    async def work(self, scope: Scope) -> Work:
        """Return what language models took for the drafts of a period, on all channels, and what came of it."""
        async with self._database.snapshot() as tx:
            models = await tx.drafts.model_work(moment_of(scope.since))
            zone = (await _office(tx)).zone
            days = await tx.day_sheets.read(days_of(scope, zone), scope.whole, zone)
        return Work(models, sum(one.counted.cases.automated for one in days))

    async def people(self, scope: Scope) -> "People":
        """Return who answered how often and how well, and who has how much in hand."""
        async with self._database.snapshot() as tx:
            return People(
                await tx.insights.agents(scope),
                await tx.insights.loads(scope),
                await tx.insights.first_waits(scope),
                await tx.insights.ratings(scope),
            )

    async def find(self, text: str, limit: int, actor: Actor) -> tuple[Sequence[Listed], bool]:
        """Return the newest conversations with somebody, or about a word, and whether messages could be searched.

        That it was asked is on record.
        """
        async with self._database.transaction() as tx:
            found = await tx.outcomes.find(text, limit)
            await tx.audit.append(
                at=self._clock(),
                actor=actor.id,
                action="find",
                subject="conversations",
                payload={"text": text, "found": len(found)},
            )
        return found, tx.outcomes.reads_messages

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int = 0) -> Sequence[Listed]:
        """Return the conversations behind a figure, the newest first."""
        async with self._database.snapshot() as tx:
            day = day_of(mark)
            if day is not None:
                begun = whole_day(day, (await _office(tx)).zone)
                return await tx.insights.begun_on(begun, scope, limit, offset)
            return await tx.insights.cases(scope, mark, limit, offset)


async def _period(tx: Transaction, scope: Scope, zone: str, now: datetime) -> _Period:
    return _Period(
        await tx.day_sheets.read(days_of(scope, zone), scope, zone),
        await tx.insights.promised(scope),
        await tx.insights.young(scope, quarter_of(now - HELD)),
    )


def waiting_by_status(waiting: Sequence[Open]) -> Mapping[Status, int]:
    """Count what waits, by whose turn it is; what sleeps does not."""
    awake = [one for one in waiting if not one.asleep]
    return {status: n for status in Status if (n := sum(one.status is status for one in awake))}
