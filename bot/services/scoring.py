"""Quality review: answers that are looked at once more, scorecards, and what they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Actor, Channel, Sender, Source
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.steering.reviews import (
    AGENTS_KEY,
    LONGEST_NOTE,
    QUESTIONS,
    UNSURE,
    Agreement,
    Reviewable,
    Scorecard,
    agreement,
    pairs,
    queue,
)
from bot.services.controls import Controls, recalibration
from bot.services.settingbook import Change, values_of

LOOKED_AT = 400  # So many of those that wait are looked at; and of agents' answers, of the newest.
PERIOD = timedelta(days=30)
_REVIEWED_ONCE = 10_000  # More than people review in that time.
MOST_NOTES = 10
_ROUNDED = 1e-6  # What is selected is looked at exactly afterwards.
_GONE = "That answer is not there any more. Type `/cockpit review` for the next one."


@dataclass(frozen=True)
class Sheet:
    """An answer as its reviewer sees it: blind to how sure we were, and to what others said. `left` wait, with it."""

    draft_id: str
    channel: Channel
    question: str
    answer: str
    sources: Sequence[Source]
    left: int


@dataclass(frozen=True)
class Summary:
    """What reviewers said within the last 30 days: by question how many yes of how many, and how far they agree."""

    cards: int
    reviewers: int
    said: Mapping[str, tuple[int, int]]
    agreements: Mapping[str, Agreement]


class Scoring:
    """Hands out answers, and takes scorecards."""

    def __init__(self, database: Database, controls: Controls, clock: Clock) -> None:
        self._database = database
        self._controls = controls
        self._clock = clock

    async def next(self, actor: Actor) -> Sheet | None:
        """Return what somebody should review next, None for nothing."""
        async with self._database.snapshot() as tx:
            waiting = await _waiting(tx, actor.id, self._clock() - PERIOD)
            return await _sheet(tx, waiting[0], len(waiting)) if waiting else None

    async def score(self, card: Scorecard) -> None:
        """Keep a scorecard. An answer that went out by itself is right where all its reviewers say so.

        Raises:
            InvalidInput: the note is too long, or the answer is gone.
        """
        if len(card.note) > LONGEST_NOTE:
            raise InvalidInput(f"A note has at most {LONGEST_NOTE:,} characters.")
        async with self._database.transaction() as tx:
            draft = await tx.drafts.get(card.draft_id)
            if draft is None:
                raise InvalidInput(_GONE)
            payload = {"draft": card.draft_id} | {name: getattr(card, name) for name in QUESTIONS}
            await tx.audit.append(
                at=card.at,
                actor=card.reviewer,
                action="review",
                subject=draft.conversation_id,
                payload=payload,
            )
            await tx.scorecards.put(card)
            right = all(one.right for one in await tx.scorecards.of([card.draft_id]))
            if await tx.scorecards.is_automatic(card.draft_id):
                await tx.assessments.judge(card.draft_id, right=right, verdict="reviewed", at=card.at)

    def now(self) -> datetime:
        """Return the time by which scorecards are dated."""
        return self._clock()

    async def summary(self) -> Summary:
        """Return what reviewers said lately."""
        async with self._database.snapshot() as tx:
            cards = await tx.scorecards.since(self._clock() - PERIOD)
        said = {name: _counted(cards, name) for name in QUESTIONS}
        agreements = {name: agreement(pairs(cards, name)) for name in QUESTIONS}
        return Summary(len(cards), len({one.reviewer for one in cards}), said, agreements)

    async def notes(self, who: str, actor: Actor) -> Sequence[Scorecard]:
        """Return the newest coaching notes on somebody's answers; of somebody else's for managers only."""
        if who != actor.id and not actor.is_manager:
            raise NotAllowed("Only managers may read what was noted on somebody else's answers.")
        async with self._database.snapshot() as tx:
            theirs = {one.draft_id for one in await tx.scorecards.by_agents(LOOKED_AT) if one.agent == who}
            cards = await tx.scorecards.since(self._clock() - PERIOD)
        return [one for one in cards if one.note and one.draft_id in theirs][:MOST_NOTES]

    async def set_agents_share(self, share: float, actor: Actor) -> list[Change]:
        """Set what share of agents' own answers is reviewed."""
        if not 0 <= share <= 1:
            raise InvalidInput("A share lies between 0% and 100%, for example 5%.")
        return await self._controls.set_values({AGENTS_KEY: share or None}, actor)


async def _waiting(tx: Transaction, reviewer: str, since: datetime) -> list[Reviewable]:
    current = await tx.settings.current()
    shown = recalibration(current)
    below = shown.before(UNSURE) + _ROUNDED
    agents = float(values_of(current).get(AGENTS_KEY) or 0.0)
    found = [*await tx.scorecards.automatic(since, below, 0, LOOKED_AT)]
    found += await tx.scorecards.automatic(since, below, 1, _REVIEWED_ONCE)
    found += await tx.scorecards.by_agents(LOOKED_AT) if agents else ()
    cards: dict[str, list[str]] = {}
    for card in await tx.scorecards.of([one.draft_id for one in found]):
        cards.setdefault(card.draft_id, []).append(card.reviewer)
    return queue(found, cards, reviewer, shown, agents)


async def _sheet(tx: Transaction, one: Reviewable, left: int) -> Sheet:
    case, draft = await tx.conversations.case(one.conversation_id), await tx.drafts.get(one.draft_id)
    if case is None or draft is None:
        raise InvalidInput(_GONE)
    asked = [m.content for m in case.messages if m.sender is Sender.CUSTOMER and m.turn == draft.turn]
    sent = next((d.text for d in case.deliveries if d.draft_id == one.draft_id), draft.proposal.text)
    return Sheet(one.draft_id, one.channel, "\n\n".join(asked), sent, draft.proposal.sources, left)


def _counted(cards: Sequence[Scorecard], question: str) -> tuple[int, int]:
    said = [getattr(one, question) for one in cards if getattr(one, question) is not None]
    return said.count(True), len(said)
