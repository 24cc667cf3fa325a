"""How far a rate limit is used up, wherever the processes that share it keep that."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass
class Line:
    """A rate limit: up to when it is booked, and until when the far side has closed it. None: never used."""

    booked: datetime | None = None
    closed: datetime | None = None


class Lines(Protocol):
    """Hands out lines by key, to one caller at a time."""

    def hold(self, key: str) -> AbstractAsyncContextManager[Line]:
        """Yield a line that nobody else holds; what the caller changes of it is kept.

        Raises:
            Unavailable: it cannot be had now.
        """
        ...
