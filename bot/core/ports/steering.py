"""What managers look at to steer: outcomes of automatic answers and of experiments, and what is found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Channel
from bot.core.ports.insights import Listed
from bot.core.steering.experiments import Arm
from bot.core.steering.outcomes import Outcome
from bot.core.steering.reviews import Reviewable, Scorecard


class Outcomes(Protocol):
    """What became of conversations that were answered by themselves, or took part in an experiment."""

    async def automatic(self, channel: Channel, since: datetime | None, limit: int) -> Sequence[Outcome]:
        """Return the newest conversations of a channel, begun `since`, in which an answer went out by itself.

        What variant B of an experiment answered is left out: that is on the experiment, not on the channel.
        """
        ...

    async def of_experiment(self, experiment: str) -> tuple[Arm, Arm]:
        """Return what came of the conversations of an experiment, for A and for B."""
        ...

    async def newest_of_b(self, experiment: str, limit: int) -> Sequence[Outcome]:
        """Return the newest conversations in which B answered by itself, the newest first."""
        ...

    @property
    def reads_messages(self) -> bool:
        """Tell whether `find` reads what is written in messages: not where they are encrypted."""
        ...

    async def find(self, text: str, limit: int) -> Sequence[Listed]:
        """Return the newest conversations with this in their subject, messages, or customer's name or address."""
        ...


class Scorecards(Protocol):
    """What reviewers say of answers, and the answers they may be asked about."""

    async def put(self, card: Scorecard) -> None:
        """Insert, or replace what the same reviewer said of the same answer."""
        ...

    async def of(self, draft_ids: Collection[str]) -> Sequence[Scorecard]: ...

    async def since(self, at: datetime) -> Sequence[Scorecard]:
        """Return all that was said since then, the newest first."""
        ...

    async def automatic(self, since: datetime, below: float, cards: int, limit: int) -> Sequence[Reviewable]:
        """Return the answers that went out by themselves and have so many cards, the oldest first.

        Of these, such that were picked for a check, or less sure than `below`.
        """
        ...

    async def is_automatic(self, draft_id: str) -> bool:
        """Tell whether an answer went out by itself."""
        ...

    async def by_agents(self, limit: int) -> Sequence[Reviewable]:
        """Return the newest answers that agents sent."""
        ...
