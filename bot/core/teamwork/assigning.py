"""Who gets the next conversation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

USUAL_CAPACITY = 8
_NEVER = datetime.min.replace(tzinfo=UTC)


class Method(StrEnum):
    """How conversations find their agent."""

    OFF = "off"  # whoever takes it
    ROUND_ROBIN = "round-robin"
    LEAST_LOADED = "least-loaded"


@dataclass(frozen=True)
class Agent:
    """Somebody who may be given conversations: how many at a time, how many they have, and when they got the last."""

    id: str
    capacity: int = USUAL_CAPACITY
    load: int = 0
    given_at: datetime | None = None

    @property
    def has_room(self) -> bool:
        """Tell whether they can take one more."""
        return self.load < self.capacity


def choose(agents: Iterable[Agent], method: Method) -> Agent | None:
    """Return who gets the next conversation, or None when nobody has room.

    Round robin gives it to whoever waits longest for one, which stays fair when people come and go. Least loaded
    gives it to whoever has the smallest share of their capacity in hand; of those, to whoever waits longest.
    """
    if method is Method.OFF:
        return None
    free = [agent for agent in agents if agent.has_room]

    def rank(agent: Agent) -> tuple[float, datetime, str]:
        share = agent.load / agent.capacity if method is Method.LEAST_LOADED else 0.0
        return share, agent.given_at or _NEVER, agent.id

    return min(free, key=rank, default=None)
