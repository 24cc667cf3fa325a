"""Alerts on change: when trouble begins and when it is over, and not a word in between.

Two bounds keep an alert from flapping: trouble begins beyond one and is over within another, and only once it
has been so for a while. Right after an end nothing begins anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, sqrt

from bot.core.insights.statistics import share
from bot.core.insights.words import span
from bot.core.model import Channel
from bot.core.ports.reporting import Notice, NoticeState

SETTLED = timedelta(minutes=15)  # For so long it has to be good before it is over.
QUIET = timedelta(minutes=30)  # After an end.
_UNLIKELY = 0.001


class Level(StrEnum):
    """How a thing stands: what is between bad and good changes nothing."""

    BAD = "bad"
    BETWEEN = "between"
    GOOD = "good"


@dataclass(frozen=True)
class Signal:
    """How one thing stands now, what is to be said if it is bad, with the next step, and what when it is over."""

    key: str
    level: Level
    said: str = ""
    over: str = ""


def after(known: Notice | None, signal: Signal, now: datetime) -> Notice | None:
    """Return a notice as it is from now on; None where nothing changes."""
    known = known or Notice(signal.key, NoticeState.CALM, now - QUIET)
    match known.state, signal.level:
        case NoticeState.CALM, Level.BAD if now - known.since >= QUIET:
            return replace(
                known,
                state=NoticeState.BEGINS,
                since=now,
                said=signal.said,
                good_since=None,
                tried_at=None,
                ts="",
            )
        case NoticeState.BEGINS, Level.GOOD if known.tried_at is None:
            return replace(known, state=NoticeState.CALM, since=now)  # Over before anybody could be told.
        case NoticeState.STANDS, Level.GOOD if known.good_since is None:
            return replace(known, good_since=now)
        case NoticeState.STANDS, Level.GOOD if known.good_since and now - known.good_since >= SETTLED:
            lasted = span((known.good_since - known.since).total_seconds())
            return replace(
                known, state=NoticeState.ENDS, said=f"{signal.over} It lasted {lasted}.", tried_at=None
            )
        case NoticeState.STANDS, Level.BAD | Level.BETWEEN if known.good_since is not None:
            return replace(known, good_since=None)
    return None


def ended(notice: Notice, now: datetime) -> Notice:
    """Return a notice after its end was said: nothing begins anew for a while."""
    return replace(notice, state=NoticeState.CALM, since=now, good_since=None, tried_at=None)


# --- what is looked at -------------------------------------------------------------------------------------------

_FEWEST_WAITING, _SLOW, _SOON = 10, 8.0, 4.0


def backlog(channel: Channel, waiting: int, per_hour: float) -> Signal:
    """Tell whether more waits than people answer in a working day, at the pace of the last week."""
    hours = waiting / per_hour if per_hour else float("inf") if waiting else 0.0
    level = Level.GOOD if hours <= _SOON or waiting < _FEWEST_WAITING / 2 else Level.BETWEEN
    if waiting >= _FEWEST_WAITING and hours >= _SLOW:
        level = Level.BAD
    pace = (
        f"at last week's pace that is {hours:.0f} hours of work"
        if per_hour
        else "nobody answered any last week"
    )
    return Signal(
        f"backlog:{channel}",
        level,
        f"*{waiting} conversations wait on {channel}*; {pace}. Next: put more people on it (`/cockpit team`), or see "
        f"what could go out by itself with `/cockpit whatif {channel} 85%`.",
        f"The backlog on {channel} is worked off: {waiting} wait.",
    )


_FEWEST_NEW = 10


def spike(channel: Channel, came: int, usual: float | None) -> Signal:
    """Tell whether far more began in these hours than at the same time of the last weeks.

    `usual` is their mean, None where nothing is known of them: then nothing is a spike.
    """
    if usual is None:
        return Signal(f"spike:{channel}", Level.BETWEEN)
    level = Level.GOOD if came <= max(_FEWEST_NEW / 2, 1.5 * usual) else Level.BETWEEN
    if came >= _FEWEST_NEW and came >= 2 * usual and _at_least(came, usual) < _UNLIKELY:
        level = Level.BAD
    return Signal(
        f"spike:{channel}",
        level,
        f"*{came} new conversations on {channel}* in two hours; usual at this time are {usual:.0f}. Next: open a few "
        "cards for what they have in common; an outage is best answered by an article, and "
        f"`/cockpit pause {channel}` lets people look at every answer until there is one.",
        f"New conversations on {channel} are as usual again: {came} in two hours.",
    )


def _at_least(number: int, mean: float) -> float:
    """Return how likely so many or more come by chance, where so many come on average (Poisson)."""
    mean = max(mean, 0.5)  # Four quiet weeks do not prove that nothing ever comes.
    term, below = exp(-mean), 0.0
    for n in range(number):
        below += term
        term *= mean / (n + 1)
    return max(0.0, 1.0 - below)


_FEWEST_TURNS, _MUCH, _LITTLE = 50, 0.10, 0.05
_DRIFTS: Mapping[str, tuple[str, str]] = {
    "unsure": (
        "drafts below 70 % sure",
        "see what is asked and not answered (`/cockpit dashboard`, page Knowledge), and write or mend those articles",
    ),
    "foreign": (
        "questions that no article answers",
        "see them with `/cockpit dashboard`, page Knowledge: an article about something new is missing",
    ),
    "edited": (
        "drafts that people change before they send them",
        "see what they change: an article may be outdated; `/cockpit threshold` higher is the safe side meanwhile",
    ),
}


def drift(what: str, now: tuple[int, int], before: tuple[int, int]) -> Signal:
    """Tell whether a share has grown since the weeks before, by more than chance; each is hits and of how many."""
    name, step = _DRIFTS[what]
    recent, usual = share(*now), share(*before)
    level, words = Level.BETWEEN, ""
    if recent and usual:
        grown, known = recent.value - usual.value, min(now[1], before[1]) >= _FEWEST_TURNS
        words = f"{recent.value:.0%} in three days, {usual.value:.0%} in the four weeks before"
        if known and grown >= _MUCH and recent.low > usual.high:
            level = Level.BAD
        elif grown <= _LITTLE:
            level = Level.GOOD
    return Signal(
        f"drift:{what}",
        level,
        f"*More {name} than usual*: {words} (n = {now[1]}). Next: {step}.",
        f"The share of {name} is as usual again: {words}.",
    )


_MANY_LATE = 3


def promises(channel: Channel, at_risk: int, late: int) -> Signal:
    """Tell whether several promised answers are nearly due or overdue at the same time."""
    level = Level.GOOD if at_risk + late == 0 else Level.BETWEEN
    if at_risk + late >= _MANY_LATE:
        level = Level.BAD
    return Signal(
        f"sla:{channel}",
        level,
        f"*{at_risk + late} promised answers on {channel} are at risk*: {late} are late, {at_risk} nearly. Next: "
        "take the most urgent one in the App Home; who is on call stands in `/cockpit oncall`.",
        f"All promised answers on {channel} are in time again.",
    )


def certain(now: float, before: float) -> bool:
    """Tell whether two counted numbers differ by more than chance (Poisson, 95 %)."""
    return abs(now - before) > 1.96 * sqrt(now + before)
