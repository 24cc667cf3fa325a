"""What is counted in a period: the sums over the facts that all figures follow from."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

Values = Sequence[int]  # In no order.


@dataclass(frozen=True)
class CaseSums:
    """Conversations that a person began, and how many of them have which property.

    `responded` are answered and rated, `satisfied` gave 4 or 5 of 5.
    """

    asked: int = 0
    answered: int = 0
    automated: int = 0
    durable: int = 0
    escalated: int = 0
    reopened: int = 0
    repeated: int = 0
    rated: int = 0
    responded: int = 0
    satisfied: int = 0


@dataclass(frozen=True)
class TurnSums:
    """Turns in which a person wrote, and what became of how many.

    Of those that the policy gave to people (`escalate`), `helped` were answered, `needless` with the draft as it was.
    """

    turns: int = 0
    alone: int = 0
    approved: int = 0
    edited: int = 0
    own: int = 0
    escalate: int = 0
    helped: int = 0
    needless: int = 0
    missed: int = 0
    good: int = 0
    wrong: int = 0


@dataclass(frozen=True)
class Times:
    """Values as they were seen: seconds, in business hours those that end in `_open`; `edit` in thousandths.

    `begun_hour` are the hours of the day in which conversations began, `first_hour` those of `first`, in its order.
    """

    first: Values = ()
    first_open: Values = ()
    following: Values = ()
    following_open: Values = ()
    approval: Values = ()
    approval_open: Values = ()
    resolution: Values = ()
    resolution_open: Values = ()
    edit: Values = ()
    begun_hour: Values = ()
    first_hour: Values = ()


@dataclass(frozen=True)
class Counted:
    """What the figures of a period follow from."""

    cases: CaseSums = field(default_factory=CaseSums)
    turns: TurnSums = field(default_factory=TurnSums)
    times: Times = field(default_factory=Times)


@dataclass(frozen=True)
class Promised:
    """Promises to customers (service levels) whose outcome is known, and how many of them were broken."""

    n: int = 0
    breached: int = 0


NOTHING_PROMISED = Promised()


def together(parts: Iterable[Counted]) -> Counted:
    """Return what was counted apart as one."""
    all_parts = [*parts, Counted()]
    cases, turns, times = (zip(*map(values, all_parts), strict=True) for values in _VALUES)
    return Counted(CaseSums(*map(sum, cases)), TurnSums(*map(sum, turns)), Times(*map(_joined, times)))


def _values_of(part: str, kind: type[Any]) -> "attrgetter[Any]":
    return attrgetter(*(f"{part}.{field.name}" for field in fields(kind)))


_VALUES = _values_of("cases", CaseSums), _values_of("turns", TurnSums), _values_of("times", Times)


def _joined(parts: Iterable[Values]) -> Values:
    joined = array("i")
    for part in parts:
        joined.extend(part)
    return joined
