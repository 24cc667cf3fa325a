"""What stands around each page: title, ways to the other pages, the filters, and who is looking."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.insights.facts import LONGEST_NAME
from bot.core.insights.scope import PERIODS
from bot.core.model import Channel
from bot.services.insights import Choices
from handlers.web.dashboard.html import Markup, prose, tag, text, unbroken
from handlers.web.dashboard.places import PAGES, ROOT, WHOLE, Places
from handlers.web.dashboard.tables import Cell, Page, Section, Table

_TOPIC = "The article that a draft rested on first"
_SAID = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}


def whole(page: Page, name: str, places: Places, at: datetime, choices: Choices, of: str = "") -> str:
    """Return a page as HTML; `name` is its place, `choices` what it can be told of, `of` the mark that it lists."""
    body = [
        _top(name, places),
        tag(
            "main",
            tag("h1", page.title),
            _filters(name, places, choices, of),
            _sifted(name, places),
            page.lead,
            [_section(section, name, places, of) for section in page.sections],
            id="main",
        ),
        tag(
            "footer",
            tag(
                "p",
                f"As of {places.clock(at)}, up to 5 seconds behind. Days and hours are those of {places.zone}.",
            ),
        ),
    ]
    return _document(page.title, body)


def plain(title: str, *body: Markup) -> str:
    """Return a page of a few words: a way in, or why there is none."""
    return _document(title, [tag("main", tag("h1", title), body, class_="plain", id="main")])


def _document(title: str, body: Sequence[Markup]) -> str:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · threadpilot"),
        tag("link", rel="stylesheet", href=f"{ROOT}/dashboard.css"),
        tag("link", rel="icon", href="data:,"),
        tag("script", type="module", src=f"{ROOT}/dashboard.js"),
    )
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    return f"<!doctype html>\n{tag('html', head, tag('body', skip, body), lang='en')}\n"


def _top(name: str, places: Places) -> Markup:
    links = [
        tag("a", title, href=places.page(key), aria_current="page" if key == name else None)
        for key, title in PAGES.items()
    ]
    leave = tag(
        "form", tag("button", "Leave", type="submit"), method="post", action=f"{ROOT}/leave", class_="leave"
    )
    brand = tag("span", "threadpilot", class_="brand")
    return tag("header", brand, tag("nav", links, aria_label="Pages"), leave)


def _filters(name: str, places: Places, choices: Choices, of: str) -> Markup:
    """Return the form that sets period and filters: plain GET, so that the address says it all."""
    scope = places.scope
    periods = [tag("option", _SAID[p], value=p, selected=p == scope.period) for p in PERIODS]
    channels = [tag("option", str(c), value=str(c), selected=c is scope.channel) for c in Channel]
    people = [tag("option", places.who(one), value=one, selected=one == scope.who) for one in choices.people]
    answered = tag("select", tag("option", "anybody", value=""), people, name="agent")
    return tag(
        "form",
        tag("label", "Period ", tag("select", periods, name="period")),
        tag("label", "Channel ", tag("select", tag("option", "all", value=""), channels, name="channel")),
        tag("label", "Topic ", _typed("topic", scope.topic), title=_TOPIC),
        tag(
            "datalist",
            [tag("option", choices.titles.get(one), value=one) for one in choices.topics],
            id="topics",
        ),
        tag("label", "Answered by ", answered) if people else None,
        tag("input", type="hidden", name="of", value=of) if of else None,
        tag("button", "Show", type="submit"),
        action=f"{ROOT}/{name}" if name else ROOT,
        method="get",
        class_="filters",
    )


def _typed(name: str, value: str) -> Markup:
    return tag(
        "input", name=name, value=value, list="topics", placeholder="all", maxlength=LONGEST_NAME, size=14
    )


def _sifted(name: str, places: Places) -> Markup | None:
    """Say what the filters leave in, or that they change nothing here."""
    scope = places.scope
    if name in WHOLE:
        return tag("p", "Filters other than the period change nothing on this page.", class_="note")
    if not scope.is_sifted:
        return None
    topic = f"whose draft rested first on the article {scope.topic}" if scope.topic else ""
    who = places.who(scope.who)
    by = f"that {who} answered" if who else ""
    held = f" What waits or was promised counts where {who} has it in hand." if who else ""
    short = "" if scope.is_compared else " Over so long nothing is compared with the period before."
    turns = " and ".join(filter(None, (topic, by)))
    said = f"Turns {turns}, and conversations with such a turn since the period began.{held}{short}"
    return tag("p", said, " ", tag("a", "All of them", href=places.unsifted(name)), class_="note sifted")


def _section(section: Section, name: str, places: Places, of: str) -> Markup:
    more = {"of": of} if of else {}
    csv = places.page(name, csv=section.key, **more)
    table = _table(section.table, section.title)
    shown = table
    if section.picture is not None:
        folded = tag("details", tag("summary", "The same as a table"), table)
        shown = text(tag("figure", section.picture, data_days=section.by_day), folded)
    heading = tag("h2", section.title, id=section.key)
    note = tag("p", prose(section.note), class_="note") if section.note else None
    get = tag("a", "CSV", href=csv, class_="csv", aria_label=f"{section.title} as CSV")
    return tag("section", tag("div", heading, get, class_="head"), note, shown)


def _table(table: Table, title: str) -> Markup:
    head = tag(
        "tr", [tag("th", name, scope="col", role="columnheader") for name in table.columns], role="row"
    )
    rows = [
        tag("tr", [_cell(cell, n, table.columns[n]) for n, cell in enumerate(row)], role="row")
        for row in table.rows
    ]
    parts = tag("thead", head, role="rowgroup"), tag("tbody", rows, role="rowgroup")
    # A list on a narrow screen is a table still: its roles say so.
    body = tag("table", tag("caption", title), parts, role="table", class_="long" if table.long else None)
    return tag("div", body, class_="scroll", tabindex="0", role="region", aria_label=title)


def _cell(cell: Cell | str, n: int, column: str) -> Markup:
    one = Cell(cell) if isinstance(cell, str) else cell
    kept = unbroken(one.said)
    said = tag("a", kept, href=one.href) if one.href else kept
    dim = "dim" if one.dim else None
    if n == 0:
        return tag("th", said, scope="row", role="rowheader", class_=dim)
    return tag("td", said, role="cell", class_=dim, data_column=column)
