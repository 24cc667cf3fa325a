"""Service levels: by when a customer is to have an answer, when that is warned of, and when it is broken.

Three clocks run, all of them in business hours only:

- first answer: from the customer's first message to our first answer, whoever or whatever wrote it;
- next answer: from their first message that is still unanswered to our answer to it, after the first;
- resolution: from their first message until the matter is closed, standing still while the customer's answer is
  waited for. It runs once; what is opened again is measured by answers alone.

What asks for no answer (a machine's mail, a word of thanks, a matter that was closed or held) starts no clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import Case, Message, Sender, Status
from bot.core.speech import is_aside
from bot.core.teamwork.hours import ALWAYS, Hours

WARN_AT = 0.8  # Of the time that a target gives.
LONGEST = 60 * 24 * 90  # Minutes that a target may have.


class Kind(StrEnum):
    """What is promised."""

    FIRST = "first"
    NEXT = "next"
    RESOLUTION = "resolution"


@dataclass(frozen=True)
class Targets:
    """What is promised: minutes of open time by kind. Only what began `since` then counts."""

    minutes: dict[Kind, int] = field(default_factory=dict)
    since: datetime | None = None
    hours: Hours = ALWAYS

    def length(self, kind: Kind) -> timedelta | None:
        """Return how long it may take, or None where nothing is promised."""
        minutes = self.minutes.get(kind)
        return None if minutes is None else timedelta(minutes=minutes)


@dataclass(frozen=True)
class Clock:
    """One promise to one customer. `ended_at` is when it was kept or, too late, fulfilled.

    While it stands still, `due_at` and `warn_at` are None, as they are where it never opens again.
    """

    kind: Kind
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    ended_at: datetime | None = None

    def is_breached(self, now: datetime) -> bool:
        """Tell whether the promise is broken; what happens at the last moment is in time."""
        return self.due_at is not None and (self.ended_at or now) > self.due_at

    def is_near(self, now: datetime) -> bool:
        """Tell whether it is still running and most of its time is over."""
        return self.ended_at is None and self.warn_at is not None and now >= self.warn_at


@dataclass(frozen=True)
class _Wait:
    """From when to when a customer waited for us; `until` None says that they still do."""

    since: datetime
    until: datetime | None


def clocks(case: Case, targets: Targets) -> tuple[Clock, ...]:
    """Return all clocks that run or ran in a conversation, the oldest first."""
    if case.merged_into is not None:
        return ()
    waits = tuple(_waits(case))
    found = [
        _answer_clock(Kind.NEXT if number else Kind.FIRST, wait, targets) for number, wait in enumerate(waits)
    ]
    resolution = _resolution(case, waits, targets) if waits else None
    began = [clock for clock in (*found, resolution) if clock is not None]
    return tuple(c for c in began if targets.since is None or c.started_at >= targets.since)


def running(found: Sequence[Clock]) -> Clock | None:
    """Return the clock that is due first, of those that run."""
    open_ones = (clock for clock in found if clock.ended_at is None and clock.due_at is not None)
    return min(open_ones, key=lambda clock: clock.due_at or clock.started_at, default=None)


def _answer_clock(kind: Kind, wait: _Wait, targets: Targets) -> Clock | None:
    length = targets.length(kind)
    if length is None:
        return None
    due, warn = (targets.hours.add(wait.since, share * length) for share in (1, WARN_AT))
    return Clock(kind, wait.since, due, warn, wait.until)


def _resolution(case: Case, waits: Sequence[_Wait], targets: Targets) -> Clock | None:
    length = targets.length(Kind.RESOLUTION)
    if length is None:
        return None
    due, warn = (_when_used(waits, share * length, targets.hours) for share in (1, WARN_AT))
    return Clock(Kind.RESOLUTION, waits[0].since, due, warn, case.conversation.closed_at)


def _when_used(waits: Sequence[_Wait], length: timedelta, hours: Hours) -> datetime | None:
    """Return when the customer has waited for so long in all, or None while the clock stands still before that."""
    for wait in waits:
        due = hours.add(wait.since, length)
        if wait.until is None or due is None or due <= wait.until:
            return due
        length -= hours.between(wait.since, wait.until)
    return None


def _waits(case: Case) -> Iterator[_Wait]:
    """Yield the times in which the customer waited for us.

    Turns, not order of arrival, tell what was answered: what comes while an answer is on its way is not.
    """
    asked = [m for m in case.messages if _asks(m)]
    answered = 0
    for answer in (m for m in case.messages if m.sender is not Sender.CUSTOMER):
        waited = [m.created_at for m in asked if answered < m.turn <= answer.turn]
        if waited:
            yield _Wait(min(waited), max(answer.created_at, min(waited)))
        answered = max(answered, answer.turn)
    left = [m.created_at for m in asked if m.turn > answered]
    if left and case.conversation.status not in (Status.HELD, Status.RESOLVED):
        yield _Wait(min(left), None)


def _asks(message: Message) -> bool:
    is_customer = message.sender is Sender.CUSTOMER
    return is_customer and not message.automatic and message.rating is None and not is_aside(message)
