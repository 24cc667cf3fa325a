"""Business hours over changes of the clock, holidays and midnight, and against a slow reference."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import InvalidInput
from bot.core.teamwork.hours import ALWAYS, MIDNIGHT, Hours, Span, at, check_apart, check_zone, overlap

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
OFFICE = tuple(Span(day, 9 * 60, 17 * 60) for day in range(5))
NIGHTS = tuple(Span(day, 22 * 60, 6 * 60) for day in range(7))
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "spans", "holidays", "start", "end", "minutes"),
    [
        # A day, a weekend, a holiday.
        (BERLIN, OFFICE, (), "2026-11-23 00:00", "2026-11-24 00:00", 480),
        (BERLIN, OFFICE, (), "2026-11-27 15:00", "2026-11-30 09:00", 60 + 60),
        (BERLIN, OFFICE, ("2026-12-25",), "2026-12-24 00:00", "2026-12-29 00:00", 2 * 480),
        # Closed on the first of May there, open elsewhere.
        (NEW_YORK, OFFICE, (), "2026-05-01 00:00", "2026-05-02 00:00", 480),
        # A night across the change of the clock: 8 hours, 7 in spring, 9 in autumn.
        (BERLIN, NIGHTS, (), "2026-03-21 12:00", "2026-03-22 12:00", 8 * 60),
        (BERLIN, NIGHTS, (), "2026-03-28 12:00", "2026-03-29 12:00", 7 * 60),
        (BERLIN, NIGHTS, (), "2026-10-24 12:00", "2026-10-25 12:00", 9 * 60),
        (NEW_YORK, NIGHTS, (), "2026-03-07 17:00", "2026-03-08 17:00", 7 * 60),
        # What begins in the hour that is left out begins when it is skipped; what is twice counts from the first.
        (BERLIN, (Span(6, 150, 240),), (), "2026-03-29 00:00", "2026-03-29 12:00", 60),
        (BERLIN, (Span(6, 120, 180),), (), "2026-03-29 00:00", "2026-03-29 12:00", 0),
        (BERLIN, (Span(6, 150, 240),), (), "2026-10-25 00:00", "2026-10-25 12:00", 150),
        (BERLIN, (Span(6, 60, 150),), (), "2026-10-25 00:00", "2026-10-25 12:00", 30),
        # Half an hour (Lord Howe), and a whole day that never was (Apia, 30 December 2011).
        ("Australia/Lord_Howe", NIGHTS, (), "2026-04-04 02:00", "2026-04-05 02:00", 8 * 60 + 30),
        ("Pacific/Apia", OFFICE, (), "2011-12-29 10:00", "2012-01-01 10:00", 480),
        # A night that begins on a holiday does not; one that began before ends as usual.
        (BERLIN, NIGHTS, ("2026-12-25",), "2026-12-24 12:00", "2026-12-26 12:00", 8 * 60),
        # A whole day, and around the clock.
        (BERLIN, (Span(0, 0, MIDNIGHT),), (), "2026-11-22 00:00", "2026-11-25 00:00", 24 * 60),
        (BERLIN, (Span(0, 540, 540),), (), "2026-11-22 00:00", "2026-11-25 00:00", 24 * 60),
    ],
)
def test_open_time_is_counted_as_it_passes(
    zone: str, spans: tuple[Span, ...], holidays: tuple[str, ...], start: str, end: str, minutes: int
) -> None:
    hours = Hours(zone, spans, frozenset(map(date.fromisoformat, holidays)))
    assert hours.between(utc(start), utc(end)) == minutes * MINUTE


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-23 09:00", 60, "2026-11-23 10:00"),
        ("2026-11-23 05:00", 60, "2026-11-23 09:00"),  # written before it opens at 08:00 UTC
        ("2026-11-27 15:30", 60, "2026-11-30 08:30"),  # over the weekend
        ("2026-11-27 15:00", 60, "2026-11-27 16:00"),  # to the very end of the day
        ("2026-11-27 16:00", 0, "2026-11-30 08:00"),
        ("2026-03-27 15:30", 60, "2026-03-30 07:30"),  # summer time has begun in between
        ("2026-12-24 15:30", 60, "2026-12-28 08:30"),  # over Christmas
    ],
)
def test_when_open_time_is_over(start: str, minutes: int, due: str) -> None:
    hours = Hours(BERLIN, OFFICE, frozenset({date(2026, 12, 25)}))
    assert hours.add(utc(start), minutes * MINUTE) == utc(due)


def test_when_it_opens_and_closes() -> None:
    hours = Hours(BERLIN, OFFICE)
    friday, monday = utc("2026-11-27 16:00"), utc("2026-11-30 08:00")
    assert not hours.is_open(friday)
    assert hours.is_open(friday - MINUTE)
    assert hours.opens(friday) == monday
    assert hours.closes(friday - MINUTE) == friday
    assert hours.closes(friday) == utc("2026-11-30 16:00")
    assert ALWAYS.is_open(friday)
    assert ALWAYS.closes(friday) is None


def test_who_never_opens_is_never_due() -> None:
    closed = Hours(BERLIN, ())
    assert closed.opens(utc("2026-11-27 16:00")) is None
    assert closed.closes(utc("2026-11-27 16:00")) is None
    assert closed.add(utc("2026-11-27 16:00"), MINUTE) is None
    assert closed.between(utc("2026-11-27 16:00"), utc("2027-11-27 16:00")) == timedelta(0)
    # Opens only in an hour that is left out: on other Sundays it does, on that one not.
    gap = Hours(BERLIN, (Span(6, 120, 180),))
    assert gap.closes(utc("2026-03-29 00:30")) == utc("2026-04-05 01:00")
    swallowed = Hours(BERLIN, (Span(6, 120, 180),), frozenset(date(y, 3, 22) for y in range(2026, 2027)))
    assert swallowed.opens(utc("2026-03-16 00:00")) == utc("2026-04-05 00:00")


def test_the_far_future_is_not_planned() -> None:
    years = frozenset(date(2026, 1, 5) + timedelta(weeks=week) for week in range(600))
    assert Hours(BERLIN, (Span(0, 540, 600),), years).opens(utc("2026-01-01 00:00")) is None
    assert Hours(BERLIN, (Span(0, 540, 600),), years).closes(utc("2026-01-01 00:00")) is None


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "x" * 300, "Eu\0rope"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="Europe/Berlin"):
        check_zone(name)
    assert check_zone(BERLIN) == BERLIN


def test_times_that_overlap_are_refused() -> None:
    with pytest.raises(InvalidInput, match="overlap"):
        check_apart([Span(0, 540, 720), Span(0, 700, 800)])
    with pytest.raises(InvalidInput, match="overlap"):
        check_apart([Span(6, 1320, 360), Span(0, 300, 400)])  # Sunday night and Monday morning
    assert check_apart([Span(0, 780, 1020), Span(0, 540, 720)]) == (Span(0, 540, 720), Span(0, 780, 1020))
    assert check_apart([Span(0, 540, 720), Span(0, 720, 800)])


# --- against a reference that counts minute by minute ----------------------------------------------------------

ZONES = st.sampled_from(
    [BERLIN, NEW_YORK, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"]
)
# Around the changes of the clock in these zones, and days on which nothing changes.
DAYS = st.sampled_from(
    [
        date.fromisoformat(f"2026-{day}")
        for day in ("03-07", "03-28", "04-04", "07-01", "10-03", "10-24", "10-31", "12-31")
    ]
)
MINUTES = st.integers(0, MIDNIGHT // 15 - 1).map(lambda quarter: quarter * 15)
SPANS = st.lists(
    st.builds(Span, st.integers(0, 6), MINUTES, MINUTES.map(lambda m: m or MIDNIGHT)), min_size=1, max_size=5
)


def shown(minute: datetime, zone: str) -> datetime:
    return minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@cache
def looked_at(first: datetime, zone: str) -> list[datetime]:
    """Look at the clock once a minute for eight days, and note what it shows."""
    return [shown(first + n * MINUTE, zone) for n in range(8 * MIDNIGHT)]


class Reference:
    """Knows for each minute of some days whether it is open."""

    def __init__(self, hours: Hours, day: date) -> None:
        self._hours = hours
        self._first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
        self._wall = looked_at(self._first, hours.zone)
        self._open = self._all_open(day)

    def is_open(self, minute: datetime) -> bool:
        return int((minute - self._first) / MINUTE) in self._open

    def _all_open(self, day: date) -> set[int]:
        found: set[int] = set()
        for one in (day + timedelta(days=n) for n in range(-2, 3)):
            for span in self._hours.spans:
                if span.weekday == one.weekday() and one not in self._hours.holidays:
                    nights = 1 if span.end <= span.start else 0
                    end = self._when(one + timedelta(days=nights), span.end)
                    found |= set(range(self._when(one, span.start), end))
        return found

    def _when(self, day: date, minute: int) -> int:
        wanted = datetime.combine(day, time()) + minute * MINUTE
        return next(n for n, wall in enumerate(self._wall) if wall >= wanted)


@settings(max_examples=30)
@given(
    ZONES, SPANS, st.sets(st.integers(-2, 3), max_size=2), DAYS, st.integers(0, 1439), st.integers(0, 1_600)
)
def test_all_agrees_with_counting_minute_by_minute(
    zone: str, spans: list[Span], off: set[int], day: date, begins: int, lasts: int
) -> None:
    hours = Hours(zone, tuple(spans), frozenset(day + timedelta(days=n) for n in off))
    reference = Reference(hours, day)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + begins * MINUTE
    minutes = [start + n * MINUTE for n in range(lasts)]
    open_ones = [minute for minute in minutes if reference.is_open(minute)]
    assert hours.between(start, start + lasts * MINUTE) == len(open_ones) * MINUTE
    assert all(hours.is_open(m) == reference.is_open(m) for m in minutes[::97])
    if open_ones:
        assert hours.opens(start) == open_ones[0]
        # When so many open minutes have passed, the last of them has just ended.
        assert hours.add(start, len(open_ones) * MINUTE) == open_ones[-1] + MINUTE


@settings(max_examples=60)
@given(SPANS.filter(lambda spans: len(spans) > 1))
def test_overlap_is_having_a_minute_in_common(spans: list[Span]) -> None:
    def minutes(span: Span) -> set[int]:
        begin = span.weekday * MIDNIGHT + span.start
        return {(begin + n) % (7 * MIDNIGHT) for n in range(0, span.minutes, 5)}

    one, other = spans[:2]
    assert overlap(one, other) == overlap(other, one) == bool(minutes(one) & minutes(other))


def test_the_clock_is_read_to_the_second_where_it_is_skipped() -> None:
    assert at(BERLIN, date(2026, 3, 29), 150) == utc("2026-03-29 01:00")
    assert at(BERLIN, date(2026, 10, 25), 150) == utc("2026-10-25 00:30")
