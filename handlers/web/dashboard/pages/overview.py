"""The overview: all figures with their definitions, and what waits now."""

from bot.core.insights import words
from bot.core.insights.figures import Figure
from bot.core.insights.marks import of_day
from bot.core.insights.measures import Unit
from bot.services.insights import Overview
from handlers.web.dashboard import charts
from handlers.web.dashboard.html import Markup, tag, unbroken
from handlers.web.dashboard.pages.parts import FEW, by_day, percent, waiting
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Page, Row, Section, Table


def overview(told: Overview, places: Places) -> Page:
    """Show all figures, what waits, and how the share of automated resolutions went from day to day."""
    pairs = list(zip(told.figures, told.before, strict=True))
    rows = [_figure_row(now, then, places) for now, then in pairs]
    columns = ["Measure", "Value", "n", "95 % interval", "Period before", "Change", "Definition"]
    tiles = [_tile(now, then, places) for now, then in pairs if _has_tile(now)]
    return Page(
        "Overview",
        [
            Section("figures", "Figures and their definitions", Table(columns, rows, long=True)),
            Section("now", "Waiting now", waiting(told.open, places)),
            _automated(told, places),
        ],
        lead=tag("div", tiles, class_="tiles"),
    )


def _has_tile(now: Figure) -> bool:
    return bool(now.estimates) and not now.measure.in_hours


def _automated(told: Overview, places: Places) -> Section:
    rows: list[Row] = []
    drawn = []
    for day, channels in by_day(told.sums).items():
        sums = [one.counted.cases for one in channels.values()]
        asked, automated = sum(one.asked for one in sums), sum(one.automated for one in sums)
        href = places.cases(of_day(day))
        rows.append([f"{day}", Cell(percent(automated, asked), dim=asked < FEW), Cell(str(asked), href=href)])
        title = f"{day}: {automated} of {asked}"
        drawn.append(charts.Column(f"{day:%m-%d}", (automated / asked if asked else 0,), title, href))
    table = Table([f"Day ({places.zone})", "Share", "Conversations"], rows)
    return Section(
        "automated", "Automated resolution by day", table, picture=charts.stacked(drawn, "%"), by_day=True
    )


def _figure_row(now: Figure, then: Figure, places: Places) -> Row:
    unit, main = now.measure.unit, now.main
    return [
        Cell(now.measure.title, now.measure.key),
        Cell(words.estimate(now), href=places.cases(now.measure.mark), dim=now.n < FEW),
        f"{now.n}",
        words.interval(unit, main) if main and unit is not Unit.COUNT else "",
        words.estimate(then) if places.scope.is_compared else "–",
        words.change(now, then),
        f"{now.measure.sentence} {now.note}{'.' if now.note else ''}".strip(),
    ]


def _tile(now: Figure, then: Figure, places: Places) -> Markup:
    unit, change = now.measure.unit, words.change(now, then)
    main = now.main
    said = words.value(unit, main.value) if main else "–"
    others = [
        f"{name} {words.value(unit, one.value)}" for name, one in now.estimates.items() if name != "p50"
    ]
    better = _better(now, then)
    return tag(
        "a",
        tag("span", now.measure.title, class_="name"),
        tag("span", unbroken(said), class_="value"),
        tag("span", unbroken(" · ".join(others)), class_="more") if unit is Unit.SECONDS else None,
        tag("span", unbroken(words.basis(now)), class_="more"),
        tag("span", unbroken(f"{change}{better}"), class_="more change") if change else None,
        href=places.cases(now.measure.mark),
        class_="tile",
        title=now.measure.sentence,
    )


def _better(now: Figure, then: Figure) -> str:
    wanted = now.measure.more_is_better
    if wanted is None or now.main is None or then.main is None:
        return ""
    if not words.is_certain(now, then):
        return ", may be chance"
    return ", better" if (now.main.value > then.main.value) is wanted else ", worse"
