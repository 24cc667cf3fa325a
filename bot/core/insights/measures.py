"""Every measure, defined once: its sentence, and how it follows from sums over the facts.

All shares are of conversations that a person began (`asked`), or of turns in which a person wrote; what only machines
wrote, such as out-of-office mail, is in none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.insights.statistics import Estimate, Spread, count, share

Seen = Sequence[tuple[int, int]]  # Values, and how often each was seen.


class Unit(StrEnum):
    """How a value is to be written."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True)
class Measure:
    """What is measured; `mark` leads to the cases behind it. Where `more_is_better` is None, neither is."""

    key: str
    title: str
    sentence: str
    unit: Unit
    mark: str = ""
    more_is_better: bool | None = None


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

    `young` are those automated whose 72 hours are not over; `responded` are answered and rated, `satisfied` gave 4
    or 5 of 5.
    """

    asked: int = 0
    answered: int = 0
    automated: int = 0
    durable: int = 0
    young: int = 0
    escalated: int = 0
    reopened: int = 0
    repeated: int = 0
    rated: int = 0
    responded: int = 0
    satisfied: int = 0


@dataclass(frozen=True)
class TurnSums:
    """Turns in which a person wrote, and what became of how many."""

    turns: int = 0
    alone: int = 0
    approved: int = 0
    edited: int = 0
    own: int = 0
    escalate: int = 0
    good: int = 0
    wrong: int = 0


@dataclass(frozen=True)
class Times:
    """Values and how often each was seen: seconds, and for `edit` thousandths of the words."""

    first: Seen = ()
    following: Seen = ()
    approval: Seen = ()
    resolution: Seen = ()
    edit: Seen = ()


@dataclass(frozen=True)
class Counted:
    """What the figures of a period follow from."""

    cases: CaseSums = field(default_factory=CaseSums)
    turns: TurnSums = field(default_factory=TurnSums)
    times: Times = field(default_factory=Times)


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
NEXT = Measure(
    "next_response",
    "Next response",
    "From the oldest message not yet answered to the answer, in conversations that had one before.",
    _T,
    "next:",
    False,
)
APPROVAL = Measure(
    "approval_wait",
    "Approval wait",
    "From the moment a draft asks for a review until a person decides what to send.",
    _T,
    "action:review",
    False,
)
RESOLUTION = Measure(
    "resolution",
    "Resolution time",
    "From the first message to the newest answer, where nothing waits for one.",
    _T,
    "is:answered",
    False,
)
ESCALATED = Measure(
    "escalated",
    "Escalation rate",
    "Of all conversations: escalated at least once, by the policy or by a person.",
    _S,
    "is:escalated",
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

MEASURES = (
    CONVERSATIONS,
    AUTOMATED,
    DURABLE,
    FIRST,
    NEXT,
    APPROVAL,
    RESOLUTION,
    ESCALATED,
    REOPENED,
    REPEATED,
    EDITED,
    EDIT,
    CSAT,
    RATED,
    WRONG,
)

# What managers ask for and nothing that is kept can tell yet, and why.
NOT_MEASURED = (
    ("False and missed escalations", "needs reviewers' verdicts on escalations"),
    ("SLA met", "no service level can be set yet"),
    ("Times in office hours", "no office hours can be set yet; all times are by the clock on the wall"),
)


def figures(counted: Counted) -> tuple[Figure, ...]:
    """Return the value of every measure, in the order of MEASURES."""
    cases, turns, times = counted.cases, counted.turns, counted.times
    drafts, judged = turns.approved + turns.edited, turns.good + turns.wrong
    return (
        Figure(CONVERSATIONS, cases.asked, {"": count(cases.asked)}),
        _share(AUTOMATED, cases.automated, cases.asked, _may_change(cases.young)),
        _share(DURABLE, cases.durable, cases.asked, _may_change(cases.young)),
        _times(FIRST, times.first),
        _times(NEXT, times.following),
        _times(APPROVAL, times.approval),
        _times(RESOLUTION, times.resolution),
        _share(ESCALATED, cases.escalated, cases.asked),
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


def _times(measure: Measure, seen: Seen) -> Figure:
    spread = Spread(seen)
    return _figure(measure, spread.n, {f"p{p}": spread.percentile(p) for p in (50, 90, 95)})


def _mean(measure: Measure, thousandths: Seen) -> Figure:
    spread = Spread(thousandths)
    mean = spread.mean()
    scaled = Estimate(mean.value / 1000, mean.low / 1000, mean.high / 1000) if mean else None
    return _figure(measure, spread.n, {"": scaled})


def _figure(measure: Measure, n: int, estimates: Mapping[str, Estimate | None], note: str = "") -> Figure:
    return Figure(measure, n, {name: one for name, one in estimates.items() if one is not None}, note)
