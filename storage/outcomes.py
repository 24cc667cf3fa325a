"""What became of conversations that were answered by themselves, or took part in an experiment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.facts import quarter_of
from bot.core.model import Action, Channel, DeliveryState, Sender
from bot.core.ports.insights import Listed
from bot.core.steering.experiments import Arm, Share
from bot.core.steering.outcomes import SATISFIED, Outcome
from storage.case_lists import listed
from storage.driver import ASIDE
from storage.keyring import keyring_of
from storage.rows import many
from storage.tables import (
    B_OF_AN_EXPERIMENT,
    IN_EXPERIMENT,
    case_facts,
    conversations,
    customers,
    decisions,
    deliveries,
    messages,
    ratings,
    reviews,
)
from storage.within import EVERYWHERE, Within

_facts = case_facts.c
_CAME_BACK = or_(_facts.reopened, _facts.repeated)
_ALONE = exists().where(
    deliveries.c.conversation_id == _facts.conversation_id,
    deliveries.c.sender == Sender.AI,
    deliveries.c.author == "",
    deliveries.c.state == DeliveryState.SENT,
)
_TRIED = exists().where(decisions.c.conversation_id == _facts.conversation_id, B_OF_AN_EXPERIMENT)
_CHECKED = and_(
    reviews.c.draft_id == decisions.c.draft_id, reviews.c.sent.is_(True), reviews.c.seen.is_(True)
)


class SqlOutcomes:
    """Outcomes of conversations, for steering."""

    def __init__(self, connection: AsyncConnection, within: Within = EVERYWHERE) -> None:
        self._connection = connection
        self._within = within

    async def automatic(self, channel: Channel, since: datetime | None, limit: int) -> Sequence[Outcome]:
        """Return the newest conversations of a channel, begun `since`, in which an answer went out by itself.

        What variant B of an experiment answered is left out: that is on the experiment, not on the channel.
        """
        rated = case_facts.outerjoin(ratings, ratings.c.conversation_id == _facts.conversation_id)
        query = (
            select(_facts.conversation_id, _facts.begun_at, _CAME_BACK.label("back"), ratings.c.score)
            .select_from(rated)
            .where(_facts.channel == channel, _ALONE, ~_TRIED)
            .order_by(_facts.quarter.desc(), _facts.begun_at.desc())
            .limit(limit)
        )
        if since is not None:
            query = query.where(_facts.quarter >= quarter_of(since), _facts.begun_at >= since)
        rows = await self._connection.execute(query)
        return [Outcome(row[0], row[1], reopened=bool(row[2]), score=row[3]) for row in rows]

    async def of_experiment(self, experiment: str) -> tuple[Arm, Arm]:
        """Return what came of the conversations that took part in an experiment, for A and for B."""
        rows = await self._connection.execute(ARMS, {"variants": [f"{experiment}:a", f"{experiment}:b"]})
        arms = {variant[-1]: _arm(*sums) for variant, *sums in rows}
        return arms.get("a", NO_ARM), arms.get("b", NO_ARM)

    async def newest_of_b(self, experiment: str, limit: int) -> Sequence[Outcome]:
        """Return the newest conversations in which B answered by itself, the newest first."""
        rows = await self._connection.execute(NEWEST, {"variants": [f"{experiment}:b"], "most": limit})
        return [
            Outcome(talk, begun, bool(back), score, right=not wrong if checked else None)
            for talk, begun, back, score, checked, wrong in rows
        ]

    @property
    def reads_messages(self) -> bool:
        """Tell whether the words of messages are searched: where there are keys, they may be encrypted."""
        return keyring_of(self._connection.dialect).is_empty

    async def find(self, text: str, limit: int) -> Sequence[Listed]:
        """Return the newest conversations with this in their subject, messages, or customer's name or address."""
        told = conversations.c.subject, customers.c.name, customers.c.address, customers.c.email
        said = exists().where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.content.icontains(text, autoescape=True),
        )
        searched = [column.icontains(text, autoescape=True) for column in told]
        found = or_(*searched, said) if self.reads_messages else or_(*searched)
        named = (
            select(conversations.c.id, conversations.c.created_at.label("at"))
            .select_from(conversations.join(customers))
            .where(found, self._within.here())
            .order_by(conversations.c.created_at.desc(), conversations.c.id)
        )
        return await many(self._connection, Listed, listed(named, limit, 0))


def _arm(n: int, sent: int, checked: int, wrong: int, back: int, rated: int, unhappy: int) -> Arm:
    return Arm(
        sent=Share(sent, n),
        wrong=Share(wrong, checked),
        reopened=Share(back, sent),
        unhappy=Share(unhappy, rated),
    )


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


def _talks() -> Subquery:
    """Select each conversation of some variants once: one wrong answer makes it wrong."""
    talk = decisions.c.conversation_id
    joined = (
        decisions.join(conversations, conversations.c.id == talk)
        .outerjoin(case_facts, _facts.conversation_id == talk)
        .outerjoin(ratings, ratings.c.conversation_id == talk)
        .outerjoin(reviews, _CHECKED)
    )
    query = select(
        talk.label("talk"),
        func.min(conversations.c.created_at).label("begun"),
        func.min(decisions.c.variant).label("variant"),
        _any(decisions.c.action == Action.SEND).label("sent"),
        _any(_CAME_BACK).label("back"),
        func.max(ratings.c.score).label("score"),
        _any(reviews.c.right.is_not(None)).label("checked"),
        _any(reviews.c.right.is_(False)).label("wrong"),
    )
    of = decisions.c.variant.in_(bindparam("variants", expanding=True))
    return query.select_from(joined).where(of, text(IN_EXPERIMENT)).group_by(talk).subquery()


def _arms() -> Select[Any]:
    one = _talks().c
    of_sent = (
        *(one.checked == 1, one.wrong == 1, one.back == 1),
        *(one.score.is_not(None), one.score < SATISFIED),
    )
    sums = (func.count().filter(one.sent == 1, condition) for condition in of_sent)
    query = select(one.variant, func.count(), func.count().filter(one.sent == 1), *sums)
    return query.group_by(one.variant).suffix_with(ASIDE)


def _newest() -> Select[Any]:
    one = _talks().c
    query = select(one.talk, one.begun, one.back, one.score, one.checked, one.wrong)
    newest = query.where(one.sent == 1).order_by(one.begun.desc(), one.talk.desc())
    return newest.limit(bindparam("most", type_=Integer)).suffix_with(ASIDE)


NO_ARM = _arm(0, 0, 0, 0, 0, 0, 0)
ARMS, NEWEST = _arms(), _newest()
