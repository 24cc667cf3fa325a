"""Drafts as statistics see them: how sure they were, and what people made of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.assessing import ORDINARY, Assessed, Beside
from bot.core.insights.facts import quarter_of
from bot.core.model import Action, Channel, Sender
from bot.core.ports.answering import Lesson
from storage.rows import changed, many, row_of, select_as
from storage.tables import B_OF_AN_EXPERIMENT, decisions, drafts, messages, reviews, turn_facts

_ADD = insert(reviews)
_ASKED = and_(
    messages.c.conversation_id == drafts.c.conversation_id,
    messages.c.turn == drafts.c.turn,
    messages.c.sender == Sender.CUSTOMER,
)
_TRIED = exists().where(decisions.c.draft_id == reviews.c.draft_id, B_OF_AN_EXPERIMENT)
# The verdict is empty where nobody has judged, so that this is never unknown.
_FOUND_RIGHT = and_(reviews.c.verdict.in_(("good", "reviewed")), reviews.c.right.is_(True))
_LESSONS = (
    select(drafts.c.id, drafts.c.proposal, messages.c.content)
    .select_from(reviews.join(drafts, drafts.c.id == reviews.c.draft_id).join(messages, _ASKED))
    .where(reviews.c.right.is_(True))
    .order_by(reviews.c.judged_at.desc())
)
_t = turn_facts.c
_TOO_UNSURE = and_(_t.action == Action.ESCALATE, _t.reason == "confidence")
# The facts know the first reason only. That is enough: what is ordinary comes behind all else but a pause.
_HELD = or_(
    and_(_t.action == Action.REVIEW, _t.reason.not_in(ORDINARY)),
    and_(_t.action == Action.ESCALATE, _t.reason != "confidence"),
)


class SqlAssessments:
    """One row per draft whose fate the confidence decided."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, assessed: Assessed) -> None:
        """Insert."""
        await self._connection.execute(_ADD, row_of(assessed))

    async def judge(self, draft_id: str, *, right: bool, verdict: str, at: datetime) -> bool:
        """Keep what a person made of a draft, the newest word; False when the confidence did not decide on it."""
        row = update(reviews).where(reviews.c.draft_id == draft_id)
        return await changed(self._connection, row.values(right=right, verdict=verdict, judged_at=at))

    async def disapprove(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that somebody did otherwise than a draft said, unless a person has said that it was right."""
        row = update(reviews).where(reviews.c.draft_id == draft_id, ~_FOUND_RIGHT)
        return await changed(self._connection, row.values(right=False, verdict=verdict, judged_at=at))

    async def doubt(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that a draft was not right, unless somebody has said so before, or nobody checked what left by itself.

        A pick that comes into the sample only where it was wrong would make it unfair.
        """
        approved = or_(reviews.c.right.is_(True), and_(~reviews.c.sent, reviews.c.right.is_(None)))
        row = update(reviews).where(reviews.c.draft_id == draft_id, approved)
        return await changed(self._connection, row.values(right=False, verdict=verdict, judged_at=at))

    async def judged(self, channel: Channel, limit: int, *, tried: bool = True) -> Sequence[Assessed]:
        """Return the drafts of a channel that people have judged, the newest judgement first.

        Without `tried` those that variant B of an experiment decided on are left out.
        """
        newest = select_as(Assessed, reviews).where(
            reviews.c.channel == channel, reviews.c.judged_at.is_not(None)
        )
        newest = newest if tried else newest.where(~_TRIED)
        return await many(
            self._connection, Assessed, newest.order_by(reviews.c.judged_at.desc()).limit(limit)
        )

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        """Return what people found right, the newest first: messages answered from one article."""
        found = (await self._connection.execute(_LESSONS.limit(limit))).all()
        turns = Counter(
            row.id for row in found
        )  # Of a burst of messages nobody knows which one was answered.
        return [
            Lesson(row.content, row.proposal.sources[0].slug)
            for row in found
            if turns[row.id] == 1 and len(row.proposal.sources) == 1
        ]

    async def confidences(self, channel: Channel, limit: int) -> Sequence[float]:
        """Return how sure the newest drafts of a channel were, judged or not."""
        newest = select(reviews.c.confidence).where(reviews.c.channel == channel)
        rows = await self._connection.execute(newest.order_by(reviews.c.decided_at.desc()).limit(limit))
        return [float(confidence) for confidence in rows.scalars()]

    async def beside(self, channel: Channel, limit: int) -> Beside:
        """Return what else was drafted on a channel since the oldest draft that `confidences` tells of."""
        newest = select(reviews.c.decided_at).where(reviews.c.channel == channel)
        oldest = newest.order_by(reviews.c.decided_at.desc()).offset(limit - 1).limit(1)
        since = await self._connection.scalar(oldest)  # None: all of them count, so all else does.
        drafted = and_(_t.channel == channel, _t.confidence.is_not(None))
        drafted = and_(drafted, _t.quarter >= quarter_of(since)) if since else drafted
        unsure = await self._connection.scalars(select(_t.confidence).where(drafted, _TOO_UNSURE))
        held = await self._connection.scalar(select(func.count()).where(drafted, _HELD))
        return Beside([one / 1000 for one in unsure], held or 0)
