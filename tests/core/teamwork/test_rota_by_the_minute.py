"""The rota against a reference that looks at the clock on the wall every minute, over changes of the clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.teamwork.hours import MIDNIGHT, Hours, Span
from bot.core.teamwork.rota import Rota, Shift
from tests.core.teamwork.test_hours import DAYS, ZONES, Reference

MINUTE = timedelta(minutes=1)
# Where in a day shifts change; those of a day run into the next one after the last of them.
CUTS = st.lists(st.integers(0, MIDNIGHT // 30 - 1), min_size=1, max_size=3, unique=True).map(sorted)


def spans(cuts: Sequence[int], weekday: int) -> list[Span]:
    """Cut a day and the night after it into shifts that follow each other."""
    times = [cut * 30 for cut in cuts]
    inside = [Span(weekday, start, end) for start, end in pairwise(times)]
    return [*inside, Span(weekday, times[-1], times[0] or MIDNIGHT)]


@settings(max_examples=15)
@given(ZONES, CUTS, st.sets(st.integers(0, 6), min_size=1, max_size=3), DAYS, st.integers(0, 1439))
def test_who_has_the_shift_and_until_when_agrees_with_looking_every_minute(
    zone: str, cuts: list[int], weekdays: set[int], day: date, begins: int
) -> None:
    shifts = [
        Shift(f"U{number}", span)
        for weekday in sorted(weekdays)
        for number, span in enumerate(spans(cuts, weekday))
    ]
    rota = Rota(zone, tuple(shifts))
    references = [(one.who, Reference(Hours(zone, (one.span,)), day)) for one in shifts]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + begins * MINUTE - timedelta(days=1)

    def on_shift(minute: datetime) -> str | None:
        return next((who for who, reference in references if reference.is_open(minute)), None)

    minutes = [start + n * MINUTE for n in range(30 * 60)]
    seen = [on_shift(minute) for minute in minutes]
    assert [rota.on_shift(minute) for minute in minutes[::61]] == seen[::61]
    changed = next((minute for minute, who in zip(minutes, seen, strict=True) if who != seen[0]), None)
    until = rota.until(start)
    if changed is None:
        assert until is None or until > minutes[-1]
    else:
        assert until == changed
