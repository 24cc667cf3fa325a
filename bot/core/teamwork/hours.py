"""Business hours: when a team answers, by the wall clock of one time zone.

A span opens and closes at the first moment at which the clock on the wall shows that time, or a later one. So what
begins in the hour that is left out in spring begins when that hour is skipped, and what falls into the hour that
comes twice in autumn happens at its first coming. Time that passes is counted as it passes: a night of 22:00 to 6:00
has 7 hours in spring and 9 in autumn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core.errors import InvalidInput

MIDNIGHT = 24 * 60
WEEK = 7 * MIDNIGHT
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
# Whoever is closed for so long does not open again as far as anybody can plan.
_HORIZON = 3_700


@dataclass(frozen=True, order=True)
class Span:
    """Open from `start` on a weekday (Monday is 0) to `end`, in minutes after midnight.

    `start` is below 1440 and `end` at most that. One that is not after `start` lies on the next day.
    """

    weekday: int
    start: int
    end: int

    @property
    def minutes(self) -> int:
        """For how long it is open on a day whose clock is not changed."""
        return self.end - self.start + (MIDNIGHT if self.end <= self.start else 0)


@dataclass(frozen=True)
class Hours:
    """A week of spans in one time zone. On a holiday nothing opens; what opened the day before closes as usual."""

    zone: str
    spans: tuple[Span, ...]
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Tell whether it is open at this moment; the moment of closing is not."""
        return self.opens(at) == at

    def opens(self, at: datetime) -> datetime | None:
        """Return the first moment from `at` on at which it is open, or None if there is none."""
        return next((max(at, begin) for begin, _ in self._periods(at)), None)

    def closes(self, at: datetime) -> datetime | None:
        """Return when it closes, after `at` and after it has opened; None if it never opens, or never closes."""
        until: datetime | None = None
        for begin, end in self._periods(at):
            if until is not None and begin > until:
                return until
            until = end
            if until - at > 2 * WEEK * _MINUTE:
                return None
        return until

    def add(self, start: datetime, length: timedelta) -> datetime | None:
        """Return when so much open time has passed since `start`; None if that never comes."""
        left = length
        for begin, end in self._periods(start):
            since = max(begin, start)
            if left <= end - since:
                return since + left
            left -= end - since
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time from `start` to `end` it is open."""
        total = timedelta(0)
        for begin, until in self._periods(start):
            if begin >= end:
                break
            total += min(until, end) - max(begin, start)
        return total

    def _periods(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield when it is open, in order and without overlaps, as far as that ends after `since`."""
        if not self.spans:
            return
        first = since.astimezone(ZoneInfo(self.zone)).date() - 2 * _DAY
        last = datetime.min.replace(tzinfo=UTC)
        for day in (first + number * _DAY for number in range(_HORIZON)):
            for span in self._on(day):
                begin, end = max(last, at(self.zone, day, span.start)), self._end(day, span)
                if begin < end and end > since:
                    yield begin, end
                last = max(last, end)

    def _on(self, day: date) -> Iterable[Span]:
        return () if day in self.holidays else sorted(s for s in self.spans if s.weekday == day.weekday())

    def _end(self, day: date, span: Span) -> datetime:
        return at(self.zone, day + _DAY if span.end <= span.start else day, span.end)


ALWAYS = Hours("UTC", tuple(Span(day, 0, MIDNIGHT) for day in range(7)))


@lru_cache(maxsize=4_096)
def at(zone: str, day: date, minute: int) -> datetime:
    """Return the first moment (UTC) at which the clock of a zone shows so many minutes after midnight, or more."""
    wall = datetime.combine(day, datetime.min.time()) + minute * _MINUTE
    there = ZoneInfo(zone)
    early, late = (wall.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (1, 0))
    if early >= late:  # Once, or twice: then the first time.
        return late
    # Never: the clock skips it between these two moments, which are as far apart as it skips.
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (early, middle) if _shows(middle, there) >= wall else (middle, late)
    return late.replace(microsecond=0)


def _shows(moment: datetime, there: ZoneInfo) -> datetime:
    return moment.astimezone(there).replace(tzinfo=None)


def check_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        InvalidInput: there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise InvalidInput(
            f"`{name.replace('`', '')[:60]}` is no time zone: write it like `Europe/Berlin` or `America/New_York`."
        ) from None
    return name


def overlap(one: Span, other: Span) -> bool:
    """Tell whether two spans of a week have a minute in common, also across the end of the week."""
    begins = [span.weekday * MIDNIGHT + span.start for span in (one, other)]
    after = (begins[1] - begins[0]) % WEEK
    return after < one.minutes or WEEK - after < other.minutes


def check_apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order.

    Raises:
        InvalidInput: two of them overlap.
    """
    found = tuple(sorted(set(spans)))
    for number, one in enumerate(found):
        if any(overlap(one, other) for other in found[number + 1 :]):
            raise InvalidInput("Two of these times overlap. Write each time once, like `mon-fri 9-12 13-17`.")
    return found
