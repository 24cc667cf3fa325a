"""Drafts: proposals kept for a turn, and what a model took for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.statistics import Spread
from bot.core.model import Cited, Draft, ModelWork
from storage.driver import ASIDE
from storage.rows import one, row_of, select_as
from storage.tables import drafts, model_uses

_ADD = insert(drafts)
_MOST_LOOKED_AT = 20_000
_ADD_USE = insert(model_uses)


class SqlDrafts:
    """Drafts by id; the newest of a conversation comes with its case."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, draft: Draft) -> None:
        """Insert a draft, and what a model took for it."""
        await self._connection.execute(_ADD, row_of(draft))
        usage = draft.proposal.usage
        if usage is not None:
            took = asdict(usage) | {"draft_id": draft.id, "at": draft.created_at}
            await self._connection.execute(_ADD_USE, took)

    async def get(self, draft_id: str) -> Draft | None:
        """Return a draft."""
        return await one(self._connection, Draft, select_as(Draft, drafts).where(drafts.c.id == draft_id))

    async def cited(self, since: datetime) -> Cited:
        """Return what the drafts since then, at most the newest 20,000, rested on."""
        newest = select(drafts.c.proposal, drafts.c.created_at).where(drafts.c.created_at >= since)
        query = newest.order_by(drafts.c.created_at.desc()).limit(_MOST_LOOKED_AT)
        rows = (await self._connection.execute(query)).all()
        slugs = frozenset(source.slug for row in rows for source in row.proposal.sources)
        return Cited(slugs, len(rows), rows[-1].created_at if rows else None)

    async def model_work(self, since: datetime) -> Sequence[ModelWork]:
        """Return what each model took for the drafts since then, the busiest first."""
        used = model_uses.c
        drafted = func.count(used.draft_id)
        sums = (
            func.sum(used.tokens_in),
            func.sum(used.tokens_out),
            func.avg(used.seconds),
            func.sum(used.cost),
        )
        query = (
            select(used.model, drafted, *sums)
            .where(used.at >= since)
            .group_by(used.model)
            .order_by(drafted.desc(), used.model)
        )
        works = [ModelWork(*row) for row in await self._connection.execute(query.suffix_with(ASIDE))]
        slow = await self._slow(since)
        return [replace(work, p95=slow[work.model]) for work in works]

    async def _slow(self, since: datetime) -> Mapping[str, float]:
        """Return which time 95 % of each model's drafts did not exceed, in tenths of a second."""
        used, tenths = model_uses.c, func.round(model_uses.c.seconds * 10)
        query = select(used.model, tenths, func.count()).where(used.at >= since).group_by(used.model, tenths)
        seen: dict[str, Counter[int]] = defaultdict(Counter)
        for model, tenth, times in await self._connection.execute(query.suffix_with(ASIDE)):
            seen[model][int(tenth)] += times
        spreads = {model: Spread(times.elements()).percentile(95) for model, times in seen.items()}
        return {model: one.value / 10 for model, one in spreads.items() if one is not None}
