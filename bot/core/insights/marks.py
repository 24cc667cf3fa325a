"""What leads from a figure to its cases: a mark names the conversations behind it, as `kind:value`."""

from dataclasses import dataclass

from bot.core.errors import InvalidInput
from bot.core.insights.facts import Sent
from bot.core.model import Action, Status

_LONGEST = 200
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
}
_FREE = frozenset({"reason", "article", "agent"})


@dataclass(frozen=True)
class Mark:
    """Which conversations are meant."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


EVERY = Mark("all")


def parse(typed: str) -> Mark:
    """Read `kind:value`.

    Raises:
        InvalidInput: there is no such mark.
    """
    kind, _, value = typed.partition(":")
    if value in _VALUES.get(kind, ()):
        return Mark(kind, value)
    if kind in _FREE and 0 < len(value) <= _LONGEST:
        return Mark(kind, value)
    raise InvalidInput("There is no such list of conversations. Go back to the overview and follow a figure.")
