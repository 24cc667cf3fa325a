"""What became of conversations that were answered by themselves, or took part in an experiment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.insights.facts import quarter_of
from bot.core.model import Action, Channel, DeliveryState, Sender
from bot.core.ports.insights import Listed
from bot.core.steering.outcomes import Outcome
from storage.case_lists import listed
from storage.keyring import keyring_of
from storage.rows import many, one_of
from storage.tables import (
    B_OF_AN_EXPERIMENT,
    case_facts,
    conversations,
    customers,
    decisions,
    deliveries,
    messages,
    ratings,
    reviews,
)

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

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
        return [Outcome(row[0], row[1], sent=True, reopened=bool(row[2]), score=row[3]) for row in rows]

    async def of_experiment(self, experiment: str) -> Sequence[Outcome]:
        """Return the conversations that took part in an experiment, the oldest first."""
        talk = decisions.c.conversation_id
        joined = (
            decisions.join(conversations, conversations.c.id == talk)
            .outerjoin(case_facts, _facts.conversation_id == talk)
            .outerjoin(ratings, ratings.c.conversation_id == talk)
            .outerjoin(reviews, _CHECKED)
        )
        query = (
            select(
                talk,
                conversations.c.created_at,
                decisions.c.action,
                _CAME_BACK.label("back"),
                ratings.c.score,
                reviews.c.right,
                decisions.c.variant,
            )
            .select_from(joined)
            .where(one_of(decisions.c.variant, (f"{experiment}:a", f"{experiment}:b")))
            .order_by(conversations.c.created_at, talk)
        )
        found: dict[str, Outcome] = {}
        for row in await self._connection.execute(query):
            found[row[0]] = _with(
                found.get(row[0]), Outcome(row[0], row[1], row[2] is Action.SEND, bool(row[3]), *row[4:])
            )
        return list(found.values())

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
            .where(found)
            .order_by(conversations.c.created_at.desc(), conversations.c.id)
        )
        return await many(self._connection, Listed, listed(named, limit, 0))


def _with(before: Outcome | None, row: Outcome) -> Outcome:
    """Add one more decision of a conversation to what is known of it: one wrong answer makes it wrong."""
    if before is None:
        return row
    judged = [one.right for one in (before, row) if one.right is not None]
    right = all(judged) if judged else None
    return Outcome(
        before.conversation_id,
        before.begun_at,
        before.sent or row.sent,
        before.reopened,
        before.score,
        right,
        before.variant,
    )
