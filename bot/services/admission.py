"""Who may come in, and how often: limits for anonymous visitors of the chat.

Three things a stranger can do cost us something: opening a session, beginning a conversation (a Slack thread and an
answer), and writing more. Each has a limit for one client and, where inventing new visitors would get around it, one
for everybody together. Counts live in memory, so a restart forgives. They are kept by the monotonic clock: one that
is set back must not shut visitors out for as long.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from bot.core.errors import Rejected, Unavailable

_TEN_MINUTES = timedelta(minutes=10)


class SlowDown(Rejected):
    """Too much in a short time; `retry_after` says in how many seconds there is room again."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Rate:
    """At most `limit` times in any `window`."""

    limit: int
    window: timedelta = _TEN_MINUTES


@dataclass(frozen=True)
class ChatLimits:
    """How much the chat takes, and how long it remembers whom it gave a token.

    A client is a network address: a household, an office, or a reverse proxy with everybody behind it.
    """

    sessions_per_client: Rate = Rate(300)
    sessions: Rate = Rate(3_000)
    beginnings_per_client: Rate = Rate(300)
    beginnings: Rate = Rate(3_000)
    messages_per_client: Rate = Rate(3_000)
    messages_per_visitor: Rate = Rate(20, timedelta(minutes=1))
    remarks_per_visitor: Rate = Rate(10, timedelta(minutes=1))
    files_per_visitor: Rate = Rate(10)
    files_per_client: Rate = Rate(60)
    session_age: timedelta = timedelta(days=30)
    visitor_age: timedelta = timedelta(days=365)


class Admission:
    """Counts what visitors do against the limits; every method counts once, or raises SlowDown."""

    def __init__(self, limits: ChatLimits, ticks: Callable[[], float] = monotonic) -> None:
        self._ticks = ticks
        mine, busy = "Too many chats were opened from your network.", "The chat is very busy right now."
        self._sessions_per_client = Throttle(limits.sessions_per_client, mine)
        self._sessions = Throttle(limits.sessions, busy)
        self._beginnings_per_client = Throttle(limits.beginnings_per_client, mine)
        self._beginnings = Throttle(limits.beginnings, busy)
        self._messages_per_client = Throttle(
            limits.messages_per_client, "Too many messages came from your network."
        )
        self._messages_per_visitor = Throttle(limits.messages_per_visitor, "That was quick.")
        self._remarks_per_visitor = Throttle(limits.remarks_per_visitor, "That was quick.")
        self._files_per_visitor = Throttle(limits.files_per_visitor, "Those were many files.")
        self._files_per_client = Throttle(limits.files_per_client, "Too many files came from your network.")

    @contextmanager
    def session(self, client: str) -> Iterator[None]:
        """Admit one more session; one that could not be opened for want of a database does not count."""
        now = self._ticks()
        self._sessions_per_client.admit(client, now)
        self._sessions.admit("", now)
        try:
            yield
        except Unavailable:
            self._sessions_per_client.forgive(client)
            self._sessions.forgive("")
            raise

    def message(self, visitor: str, client: str, *, begins: bool) -> None:
        """Admit one more message; `begins` when the visitor has said nothing before."""
        now = self._ticks()
        self._messages_per_visitor.admit(visitor, now)
        self._messages_per_client.admit(client, now)
        if begins:
            self._beginnings_per_client.admit(client, now)
            self._beginnings.admit("", now)

    def remark(self, visitor: str) -> None:
        """Admit what a visitor says besides messages: their address, a rating."""
        self._remarks_per_visitor.admit(visitor, self._ticks())

    def file(self, visitor: str, client: str) -> None:
        """Admit one more file."""
        now = self._ticks()
        self._files_per_visitor.admit(visitor, now)
        self._files_per_client.admit(client, now)


class Throttle:
    """Applies a rate to each key; the keys used longest ago are forgotten when there are too many."""

    MEMORY = 10_000

    def __init__(self, rate: Rate, complaint: str = "") -> None:
        self._rate = rate
        self._complaint = complaint
        self._recent: dict[str, deque[float]] = {}
        self._window = rate.window.total_seconds()

    def forgive(self, key: str) -> None:
        """Take back the last count of a key."""
        if recent := self._recent.get(key):
            recent.pop()

    def admit(self, key: str, now: float) -> None:
        """Count one at `now` seconds, or raise SlowDown."""
        recent = self._recent[key] = self._recent.pop(key, deque(maxlen=self._rate.limit))
        if len(self._recent) > self.MEMORY:
            del self._recent[next(iter(self._recent))]
        if len(recent) == self._rate.limit and now - recent[0] < self._window:
            wait = math.ceil(recent[0] + self._window - now)
            raise SlowDown(f"{self._complaint} Please wait {_spoken(wait)}.", retry_after=wait)
        recent.append(now)


def _spoken(seconds: int) -> str:
    return f"{seconds} s" if seconds <= 90 else f"{math.ceil(seconds / 60)} minutes"
