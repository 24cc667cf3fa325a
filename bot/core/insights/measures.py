"""Every measure, defined once: its sentence, and how it follows from sums over the facts.

All shares are of conversations that a person began (`asked`), or of turns in which a person wrote; what only machines
wrote, such as out-of-office mail, is in none of them.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from bot.core.insights.statistics import Estimate, Spread, count, share

Values = Sequence[int]  # In no order.


class Unit(StrEnum):
    """How a value is to be written."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True)
class Measure:
    """What is measured; `mark` leads to the cases behind it. Where `more_is_better` is None, neither is.

    One that is told `in_hours` of business is another's second clock, and stands beside it.
    """

    key: str
    title: str
    sentence: str
    unit: Unit
    mark: str = ""
    more_is_better: bool | None = None
    in_hours: bool = False


@dataclass(frozen=True)
class Figure:
    """A measure's value: `n` is what it rests on; `estimates` are named, "" where there is one. None when n is 0."""

    measure: Measure
    n: int
    estimates: Mapping[str, Estimate]
    note: str = ""

    @property
    def main(self) -> Estimate | None:
        """Return the estimate that stands for the figure: the only one, or the median."""
        return next(iter(self.estimates.values()), None)


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


_OPEN = "The same in business hours of the channel; a channel that has none is open around the clock."

_S, _T, _N = Unit.SHARE, Unit.SECONDS, Unit.COUNT

CONVERSATIONS = Measure(
    "conversations", "New conversations", "Conversations that a person began.", _N, "all:"
)
AUTOMATED = Measure(
    "automated",
    "Automated resolution",
    "Of all conversations: answered by threadpilot alone, nobody sent, edited, took or escalated anything, and the "
    "customer neither reopened it nor began another one within 72 hours.",
    _S,
    "is:automated",
    True,
)
DURABLE = Measure(
    "durable",
    "Durable resolution",
    "The same, and the customer did not come back within 7 days either.",
    _S,
    "is:durable",
    True,
)
FIRST = Measure(
    "first_response",
    "First response",
    "From the customer's first message to the first answer, whoever wrote it, by the clock on the wall.",
    _T,
    "first:",
    False,
)
FIRST_OPEN = Measure(
    "first_response_open",
    "First response, in business hours",
    _OPEN,
    _T,
    FIRST.mark,
    False,
    in_hours=True,
)
NEXT = Measure(
    "next_response",
    "Next response",
    "From the oldest message not yet answered to the answer, in conversations that had one before; on the wall.",
    _T,
    "next:",
    False,
)
NEXT_OPEN = Measure(
    "next_response_open",
    "Next response, in business hours",
    _OPEN,
    _T,
    NEXT.mark,
    False,
    in_hours=True,
)
APPROVAL = Measure(
    "approval_wait",
    "Approval wait",
    "From the moment a draft asks for a review until a person decides what to send.",
    _T,
    "action:review",
    False,
)
APPROVAL_OPEN = Measure(
    "approval_wait_open",
    "Approval wait, in business hours",
    _OPEN,
    _T,
    APPROVAL.mark,
    False,
    in_hours=True,
)
RESOLUTION = Measure(
    "resolution",
    "Resolution time",
    "From the first message to the newest answer, where nothing waits for one.",
    _T,
    "is:answered",
    False,
)
RESOLUTION_OPEN = Measure(
    "resolution_open",
    "Resolution time, in business hours",
    _OPEN,
    _T,
    RESOLUTION.mark,
    False,
    in_hours=True,
)
ESCALATED = Measure(
    "escalated",
    "Escalation rate",
    "Of all conversations: escalated at least once, by the policy or by a person.",
    _S,
    "is:escalated",
    False,
)
NEEDLESS = Measure(
    "false_escalation",
    "False escalation",
    "Of the turns that the policy gave to people and somebody answered: with the draft as it was, so nobody had to.",
    _S,
    "needless:",
    False,
)
MISSED = Measure(
    "missed_escalation",
    "Missed escalation",
    "Of the turns answered by threadpilot alone: an agent judged it wrong, or a person escalated it, or the customer "
    "asked for one, in this turn or the next.",
    _S,
    "missed:",
    False,
)
EDITED = Measure(
    "edited",
    "Edited drafts",
    "Of the drafts that a person sent: with changes.",
    _S,
    "sent:edited",
    False,
)
EDIT = Measure(
    "edit_share",
    "Words changed",
    "Of a draft's words that a person sent: changed, added or removed (edit distance over length), on average.",
    _S,
    "sent:edited",
    False,
)
REOPENED = Measure(
    "reopened",
    "Reopened",
    "Of all conversations: the customer wrote again, more than thanks, after somebody had resolved it.",
    _S,
    "is:reopened",
    False,
)
REPEATED = Measure(
    "repeated",
    "Repeat contact",
    "Of all conversations: the same customer began another one within 72 hours of the newest answer.",
    _S,
    "is:repeated",
    False,
)
CSAT = Measure(
    "csat",
    "Satisfaction",
    "Of the customers who rated: 4 or 5 of 5.",
    _S,
    "is:rated",
    True,
)
RATED = Measure(
    "response_rate",
    "Ratings given",
    "Of the conversations that were answered: rated by the customer.",
    _S,
    "is:rated",
    True,
)
WRONG = Measure(
    "wrong",
    "Judged wrong",
    "Of the automatic answers that an agent judged: wrong. Agents judge what they notice, so this is no sample.",
    _S,
    "verdict:wrong",
    False,
)

SLA = Measure(
    "sla",
    "Service levels kept",
    "Of the promises that began in this period and whose outcome is known: kept in time, in business hours.",
    _S,
    "sla:broken",
    True,
)

MEASURES = (
    CONVERSATIONS,
    AUTOMATED,
    DURABLE,
    FIRST,
    FIRST_OPEN,
    NEXT,
    NEXT_OPEN,
    APPROVAL,
    APPROVAL_OPEN,
    RESOLUTION,
    RESOLUTION_OPEN,
    SLA,
    ESCALATED,
    NEEDLESS,
    MISSED,
    REOPENED,
    REPEATED,
    EDITED,
    EDIT,
    CSAT,
    RATED,
    WRONG,
)


def figures(counted: Counted, promised: Promised = NOTHING_PROMISED, young: int = 0) -> tuple[Figure, ...]:
    """Return the value of every measure, in the order of MEASURES.

    `young` are the automated conversations whose 72 hours are not over.
    """
    cases, turns, times = counted.cases, counted.turns, counted.times
    drafts, judged = turns.approved + turns.edited, turns.good + turns.wrong
    return (
        Figure(CONVERSATIONS, cases.asked, {"": count(cases.asked)}),
        _share(AUTOMATED, cases.automated, cases.asked, _may_change(young)),
        _share(DURABLE, cases.durable, cases.asked, _may_change(young)),
        _times(FIRST, times.first),
        _times(FIRST_OPEN, times.first_open),
        _times(NEXT, times.following),
        _times(NEXT_OPEN, times.following_open),
        _times(APPROVAL, times.approval),
        _times(APPROVAL_OPEN, times.approval_open),
        _times(RESOLUTION, times.resolution),
        _times(RESOLUTION_OPEN, times.resolution_open),
        _share(SLA, promised.n - promised.breached, promised.n),
        _share(ESCALATED, cases.escalated, cases.asked),
        _share(NEEDLESS, turns.needless, turns.helped),
        _share(MISSED, turns.missed, turns.alone),
        _share(REOPENED, cases.reopened, cases.asked),
        _share(REPEATED, cases.repeated, cases.asked),
        _share(EDITED, turns.edited, drafts),
        _mean(EDIT, times.edit),
        _share(CSAT, cases.satisfied, cases.rated),
        _share(RATED, cases.responded, cases.answered),
        _share(WRONG, turns.wrong, judged),
    )


def _may_change(young: int) -> str:
    return f"{young:,} of them ended less than 72 hours ago and may still change" if young else ""


def _share(measure: Measure, hits: int, of: int, note: str = "") -> Figure:
    return _figure(measure, of, {"": share(hits, of)}, note)


def _times(measure: Measure, values: Values) -> Figure:
    spread = Spread(values)
    return _figure(measure, spread.n, {f"p{p}": spread.percentile(p) for p in (50, 90, 95)})


def _mean(measure: Measure, thousandths: Values) -> Figure:
    spread = Spread(thousandths)
    mean = spread.mean()
    scaled = Estimate(mean.value / 1000, mean.low / 1000, mean.high / 1000) if mean else None
    return _figure(measure, spread.n, {"": scaled})


def _figure(measure: Measure, n: int, estimates: Mapping[str, Estimate | None], note: str = "") -> Figure:
    return Figure(measure, n, {name: one for name, one in estimates.items() if one is not None}, note)
