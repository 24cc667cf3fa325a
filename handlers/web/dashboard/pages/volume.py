"""Volume: when conversations began and came to rest, how long customers waited, and what is open."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.insights import words
from bot.core.insights.facts import quarter_begins
from bot.core.insights.marks import of_day
from bot.core.insights.statistics import Spread
from bot.core.model import Channel
from bot.core.ports.insights import DaySums, Settled
from bot.services.insights import Volume
from handlers.web.dashboard import charts
from handlers.web.dashboard.html import Markup
from handlers.web.dashboard.pages.parts import ages, by_day, legend
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table

_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_HOURS = [f"{hour}:00" for hour in range(24)]


def volume(told: Volume, now: datetime, places: Places) -> Page:
    """Show when conversations began, on which channels, and how long what is open has waited."""
    return Page(
        "Volume",
        [
            _per_day(told.sums, places),
            _in_and_out(told, places),
            _arrivals(told.sums, places),
            _first_answers(told.sums, places),
            Section("ages", "Waiting now, by age", ages(told.open, now)),
        ],
    )


def _per_day(days: Sequence[DaySums], places: Places) -> Section:
    seen = {one.channel for one in days if one.counted.cases.asked}
    channels = [channel for channel in Channel if channel in seen]
    rows: list[Row] = []
    drawn = []
    for day, sums in by_day(days).items():
        numbers = [sums[channel].counted.cases.asked for channel in channels]
        href = places.cases(of_day(day))
        rows.append([f"{day}", *map(str, numbers), Cell(str(sum(numbers)), href=href)])
        drawn.append(charts.Column(f"{day:%m-%d}", numbers, f"{day}: {sum(numbers)}", href))
    table = Table([f"Day ({places.zone})", *channels, "All"], rows)
    picture = Markup(legend(channels) + charts.stacked(drawn))
    return Section("days", "New conversations by day", table, picture=picture, by_day=True)


def _in_and_out(told: Volume, places: Places) -> Section:
    rested = _rested(told.settled, places.zone)
    begun = {
        day: sum(one.counted.cases.asked for one in sums.values()) for day, sums in by_day(told.sums).items()
    }
    rows: list[Row] = [
        [f"{day}", str(n), str(rested[day]), Cell(f"{n - rested[day]:+d}", str(n - rested[day]))]
        for day, n in begun.items()
    ]
    names = ["New", "At rest"]
    series = [list(begun.values()), [rested[day] for day in begun]]
    titles = [f"{day}: {n} new, {rested[day]} at rest" for day, n in begun.items()]
    picture = Markup(legend(names) + charts.lines([f"{day:%m-%d}" for day in begun], series, titles))
    note = "At rest: the newest answer was given on that day, and nothing waits for another one."
    table = Table([f"Day ({places.zone})", *names, "Backlog grew by"], rows)
    return Section("flow", "In and out by day", table, note, picture, by_day=True)


def _rested(settled: Sequence[Settled], zone: str) -> Mapping[date, int]:
    there, days = ZoneInfo(zone), Counter[date]()
    for one in settled:
        days[quarter_begins(one.quarter).astimezone(there).date()] += one.n
    return days


def _arrivals(days: Sequence[DaySums], places: Places) -> Section:
    grid: Counter[tuple[int, int]] = Counter()
    for one in days:
        weekday = one.day.date.weekday()
        for hour, n in Counter(one.counted.times.begun_hour).items():
            grid[weekday, hour] += n
    cells = [
        (name, [(grid[day, h], f"{name} {h}:00: {grid[day, h]}") for h in range(24)])
        for day, name in enumerate(_DAYS)
    ]
    rows: list[Row] = [[day, *(str(number) for number, _ in numbers)] for day, numbers in cells]
    table = Table(["Weekday", *_HOURS], rows)
    title = f"New conversations by weekday and hour ({places.zone})"
    return Section("hours", title, table, picture=charts.heat(cells))


def _first_answers(days: Sequence[DaySums], places: Places) -> Section:
    waits: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one in days:
        weekday = one.day.date.weekday()
        for hour, wait in zip(one.counted.times.first_hour, one.counted.times.first, strict=True):
            waits[weekday, hour].append(wait)
    medians = {
        key: int(median.value) for key, seen in waits.items() if (median := Spread(seen).percentile(50))
    }
    cells = [(name, [_wait(medians, day, name, h) for h in range(24)]) for day, name in enumerate(_DAYS)]
    rows: list[Row] = [
        [name, *(_said(medians.get((day, h))) for h in range(24))] for day, name in enumerate(_DAYS)
    ]
    note = "The median; by when the customer began to wait. The stronger the colour, the longer."
    title = f"First response by weekday and hour ({places.zone})"
    return Section("waits", title, Table(["Weekday", *_HOURS], rows), note, charts.heat(cells))


def _wait(medians: Mapping[tuple[int, int], int], day: int, name: str, hour: int) -> tuple[int, str]:
    median = medians.get((day, hour))
    return median or 0, f"{name} {hour}:00: {_said(median).said}"


def _said(seconds: int | None) -> Cell:
    return Cell("–") if seconds is None else Cell(words.span(seconds), str(seconds))
