"""What leads from a figure to its cases: a mark names the conversations behind it, as `kind:value`."""

from dataclasses import dataclass
from datetime import date

from bot.core.errors import InvalidInput
from bot.core.insights.facts import LONGEST_NAME, Sent
from bot.core.model import Action, Status

# Kinds whose values are ours. Those of `reason`, `article` and `agent` are whatever was recorded.
_VALUES: dict[str, frozenset[str]] = {
    "all": frozenset({""}),
    "is": frozenset("answered automated durable escalated reopened repeated rated unsatisfied".split()),
    "first": frozenset({""}),
    "next": frozenset({""}),
    "sent": frozenset(Sent),
    "action": frozenset(Action),
    "verdict": frozenset({"good", "wrong"}),
    "status": frozenset(Status),
    "asleep": frozenset({""}),
    "needless": frozenset({""}),
    "missed": frozenset({""}),
    "sla": frozenset({"broken", "at_risk"}),
}
_DAY = "day"  # Its value is a date: what began on that day.
_FREE = frozenset({"reason", "article", "agent"})


@dataclass(frozen=True)
class Mark:
    """Which conversations are meant."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


EVERY = Mark("all")


def of_day(day: date) -> Mark:
    """Name what began on a day of the team's time zone."""
    return Mark(_DAY, day.isoformat())


def day_of(mark: Mark) -> date | None:
    """Return the day that a mark names, or None when it names something else."""
    return date.fromisoformat(mark.value) if mark.kind == _DAY else None


def parse(typed: str) -> Mark:
    """Read `kind:value`.

    Raises:
        InvalidInput: there is no such mark.
    """
    kind, _, value = typed.partition(":")
    if value in _VALUES.get(kind, ()):
        return Mark(kind, value)
    if kind == _DAY and _is_date(value):
        return Mark(kind, value)
    if kind in _FREE and 0 < len(value) <= LONGEST_NAME:
        return Mark(kind, value)
    raise InvalidInput("There is no such list of conversations. Go back to the overview and follow a figure.")


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
