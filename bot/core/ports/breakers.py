"""What keeps calls away from a far side that is down."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Outage:
    """A far side that fails: since when, why, and until when it is left alone (None: calls still go out)."""

    since: datetime
    why: str
    until: datetime | None = None


@dataclass
class Call:
    """A call that a breaker let through; set `told` to False when it ended well without asking the far side."""

    told: bool = True


class Breaker(Protocol):
    """Counts how calls to one far side end, and holds them back while it is down."""

    @property
    def outage(self) -> Outage | None:
        """Return what is wrong since the last call that worked, or None."""
        ...

    def check(self) -> None:
        """Raises NotTried while a call would not be let through."""
        ...

    def guard(self) -> AbstractAsyncContextManager[Call]:
        """Make a call inside of this context.

        Raises:
            NotTried: the far side is left alone just now; `retry_after` says when it is tried again.
        """
        ...
