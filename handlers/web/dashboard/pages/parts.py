"""What several pages say in the same way."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.core.insights.marks import Mark
from bot.core.model import Channel, Status
from bot.core.ports.insights import DaySums, Open, SureTurns
from handlers.web.dashboard.html import Markup, tag
from handlers.web.dashboard.places import Places
from handlers.web.dashboard.tables import Cell, Row, Table

FEW = 20
BIN = 50  # How wide a bin of confidences is, in thousandths.
OPEN = {
    Status.WAITING: "Waiting for an agent",
    Status.ESCALATED: "Escalated",
    Status.UNDELIVERED: "Not delivered",
    Status.WORKING: "In work",
}
_AGES = (
    ("under 1 hour", 1),
    ("1 to 4 hours", 4),
    ("4 to 24 hours", 24),
    ("1 to 3 days", 72),
    ("over 3 days", 0),
)
_NONE_WAITS, _ASLEEP = "no message waits", "Snoozed"


def waiting(counted: Sequence[Open], places: Places) -> Table:
    """Tell whose turn it is, and how many are put off."""
    awake = Counter(one.status for one in counted if not one.asleep)
    rows: list[Row] = [
        [name, Cell(str(awake[status]), href=places.cases(Mark("status", status.value)))]
        for status, name in OPEN.items()
    ]
    asleep = sum(one.asleep for one in counted)
    rows.append([f"{_ASLEEP}, not counted above", Cell(str(asleep), href=places.cases("asleep:"))])
    return Table(["Whose turn it is", "Conversations"], rows)


def ages(counted: Sequence[Open], now: datetime) -> Table:
    """Tell for how long what is open has waited, by whose turn it is; what is put off stands apart."""
    cells: Counter[tuple[str, str]] = Counter()
    for one in counted:
        cells[_age(one, now), _ASLEEP if one.asleep else OPEN[one.status]] += 1
    columns = [*OPEN.values(), _ASLEEP]
    names = [name for name, _ in _AGES] + [_NONE_WAITS]
    rows: list[Row] = [[name, *(str(cells[name, column]) for column in columns)] for name in names]
    return Table(["Oldest message without an answer", *columns], rows)


def _age(one: Open, now: datetime) -> str:
    if one.since is None:
        return _NONE_WAITS
    waited = now - one.since
    return next((name for name, hours in _AGES if waited < timedelta(hours=hours)), _AGES[-1][0])


def by_day(days: Iterable[DaySums]) -> Mapping[date, Mapping[Channel, DaySums]]:
    """Return what was counted by day and channel."""
    found: dict[date, dict[Channel, DaySums]] = {}
    for one in days:
        found.setdefault(one.day.date, {})[one.channel] = one
    return found


def legend(names: Iterable[str], kind: str = "k") -> Markup:
    """Name the colours of a picture."""
    keys = [tag("span", name, class_=f"key {kind}{n}") for n, name in enumerate(names)]
    return tag("p", keys, class_="legend")


def percent(hits: int, of: int) -> str:
    """Write a share, or that there is none."""
    return f"{hits / of * 100:.1f} %" if of else "–"


def bin_of(one: SureTurns) -> str:
    """Name a bin of confidences."""
    return f"{one.confidence // 10} to {(one.confidence + BIN) // 10} %"
