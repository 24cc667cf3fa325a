"""Insights: keep the facts up to date, and report what they add up to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.insights.facts import DURABLE, case_facts, moment_of, turn_facts
from bot.core.insights.marks import Mark
from bot.core.insights.measures import Counted, Figure, figures
from bot.core.insights.scope import Scope, scope_of
from bot.core.model import Channel, ModelWork, Status
from bot.core.ports.engine import Clock
from bot.core.ports.insights import DayVolume, HourVolume, Kind, Listed, Load, Open, Reasoned, SureTurns
from bot.core.ports.storage import Database

REFRESH_SECONDS = 5.0
_BATCH = 20  # Conversations that are summed up before others have their turn.
_ARTICLES = 50
# A change may be committed later than it says, and clocks differ.
_OVERLAP = timedelta(minutes=5)


class FactKeeper:
    """Sums up the conversations that have changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._upto: datetime | None = None  # Up to when all facts are known to be as they should be.

    async def refresh(self) -> int:
        """Make all facts that are stale anew; return how many conversations that were.

        Raises:
            Unavailable: the database failed; the next time goes on from here.
        """
        begun, number = self._clock(), 0
        while ids := await self._stale():
            number += len(ids)
            await self._sum_up(ids)
            await asyncio.sleep(0)
        self._upto = begun
        return number

    async def _stale(self) -> Sequence[str]:
        since = self._upto - _OVERLAP if self._upto else None
        async with self._database.snapshot() as tx:
            return await tx.facts.stale(since, _BATCH)

    async def _sum_up(self, ids: Sequence[str]) -> None:
        async with self._database.snapshot() as tx:
            earlier = await tx.facts.earlier(ids, self._clock() - DURABLE)
            histories = await tx.facts.histories({*ids, *earlier})
        cases = [case_facts(history) for history in histories]
        turns = [turn for history in histories for turn in turn_facts(history)]
        async with self._database.transaction() as tx:
            await tx.facts.put(cases, turns)


@dataclass(frozen=True)
class Overview:
    """All figures of a period and of the one before, what waits now, and the days of the period."""

    scope: Scope
    at: datetime
    figures: Sequence[Figure]
    before: Sequence[Figure]
    open: Sequence[Open]
    days: Sequence[DayVolume]


@dataclass(frozen=True)
class Volume:
    """When conversations of a period began, and what waits now."""

    days: Sequence[DayVolume]
    hours: Sequence[HourVolume]
    open: Sequence[Open]


@dataclass(frozen=True)
class Work:
    """What language models took for drafts, and how many conversations were automated in the same time."""

    models: Sequence[ModelWork]
    automated: int


class Insights:
    """Reports. Everything is as of the last refresh, a few seconds ago."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def scope(self, period: str, channel: Channel | None) -> Scope:
        """Return the scope of a period that ends now. Raises InvalidInput when there is no such period."""
        return scope_of(self._clock(), period, channel)

    def now(self) -> datetime:
        """Return the time by which ages are told."""
        return self._clock()

    async def overview(self, scope: Scope) -> Overview:
        """Return every figure, with that of the period before; both are counted at the same time."""
        now = self._clock()
        counted, before, (waiting, days) = await asyncio.gather(
            self._counted(scope, now), self._counted(scope.before, now), self._waiting(scope)
        )
        return Overview(scope, now, figures(counted), figures(before), waiting, days)

    async def _counted(self, scope: Scope, now: datetime) -> Counted:
        async with self._database.snapshot() as tx:
            return await tx.insights.counted(scope, now)

    async def _waiting(self, scope: Scope) -> tuple[Sequence[Open], Sequence[DayVolume]]:
        async with self._database.snapshot() as tx:
            return await tx.insights.open(scope.channels), await tx.insights.days(scope)

    async def volume(self, scope: Scope) -> Volume:
        """Return when conversations began, and what waits for us now, whenever it began."""
        async with self._database.snapshot() as tx:
            days, hours = await tx.insights.days(scope), await tx.insights.hours(scope)
            return Volume(days, hours, await tx.insights.open(scope.channels))

    async def quality(self, scope: Scope) -> tuple[Sequence[SureTurns], Sequence[Reasoned]]:
        """Return how sure drafts were and what became of them, and why the policy did what it did."""
        async with self._database.snapshot() as tx:
            return await tx.insights.confidences(scope), await tx.insights.reasons(scope)

    async def articles(self, scope: Scope) -> tuple[Sequence[Kind], Sequence[Reasoned]]:
        """Return how the articles fared, and why the policy did what it did."""
        async with self._database.snapshot() as tx:
            return await tx.insights.articles(scope, _ARTICLES), await tx.insights.reasons(scope)

    async def work(self, scope: Scope) -> Work:
        """Return what language models took for the drafts of a period, on all channels, and what came of it."""
        whole = replace(scope, channel=None)
        async with self._database.snapshot() as tx:
            models = await tx.drafts.model_work(moment_of(scope.since))
            counted = await tx.insights.counted(whole, self._clock())
        return Work(models, counted.cases.automated)

    async def people(self, scope: Scope) -> tuple[Sequence[Kind], Sequence[Load]]:
        """Return who answered how often, and who has how much in hand."""
        async with self._database.snapshot() as tx:
            return await tx.insights.agents(scope), await tx.insights.loads(scope.channels)

    async def cases(self, scope: Scope, mark: Mark, limit: int, offset: int = 0) -> Sequence[Listed]:
        """Return the conversations behind a figure, the newest first."""
        async with self._database.snapshot() as tx:
            return await tx.insights.cases(scope, mark, limit, offset)


def waiting_by_status(waiting: Sequence[Open]) -> Mapping[Status, int]:
    """Count what waits, by whose turn it is."""
    return {status: n for status in Status if (n := sum(one.status is status for one in waiting))}
