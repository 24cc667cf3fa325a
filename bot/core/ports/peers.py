"""What the processes on one database know of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Peer:
    """A process: what it does ("web", "worker", "scheduler"), and which parts are down where it is, in words."""

    name: str
    duties: tuple[str, ...]
    down: Mapping[str, str]
    at: datetime


class Processes(Protocol):
    """Who was there when."""

    async def put(self, peer: Peer) -> None:
        """Insert, or replace what the process of this name said before."""
        ...

    async def since(self, at: datetime) -> Sequence[Peer]:
        """Return whoever has said something since."""
        ...

    async def drop(self, name: str, *, before: datetime) -> None:
        """Forget one, and all that have said nothing since `before`."""
        ...
