"""The value of every measure, as it follows from what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.insights.counted import NOTHING_PROMISED, Counted, Promised, Values
from bot.core.insights.measures import (
    APPROVAL,
    APPROVAL_OPEN,
    AUTOMATED,
    CONVERSATIONS,
    CSAT,
    DURABLE,
    EDIT,
    EDITED,
    ESCALATED,
    FIRST,
    FIRST_OPEN,
    MISSED,
    NEEDLESS,
    NEXT,
    NEXT_OPEN,
    RATED,
    REOPENED,
    REPEATED,
    RESOLUTION,
    RESOLUTION_OPEN,
    SLA,
    WRONG,
    Measure,
)
from bot.core.insights.statistics import Estimate, Spread, count, share


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
