"""What experiments show, in words: both variants, the difference with its interval, and a plain verdict."""

from collections.abc import Sequence
from typing import Any, Protocol

from blocks import parts, text
from bot.core.model import Channel
from bot.core.policy import percent
from bot.core.steering.bounds import Break
from bot.core.steering.experiments import (
    FEWEST,
    Arm,
    Difference,
    Experiment,
    Finding,
    Kind,
    Share,
    Verdict,
    stored,
)


class ReadingLine(Protocol):
    """An experiment and what is known of it."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def finding(self) -> Finding: ...
    @property
    def broken(self) -> Break | None: ...


_NONE = (
    "No experiment runs. Managers start one with `/cockpit experiment start email threshold 85% share 50%`: "
    "half of the conversations, by lot."
)


def running(readings: Sequence[ReadingLine]) -> str:
    """Tell of all experiments that run."""
    if not readings:
        return _NONE
    return "\n\n".join(told(one) for one in readings)


def told(reading: ReadingLine) -> str:
    """Tell of one experiment."""
    experiment, finding = reading.experiment, reading.finding
    since = f"since {text.clock(experiment.begun_at)} ({text.person(experiment.by)})"
    head = f"*Experiment on {parts.channel_mark(experiment.channel)}*: B has {_what(experiment)}"
    return "\n".join(
        [
            f"{head}, for {percent(experiment.share)} of the conversations, {since}",
            f"•  A: {_arm(finding.a)}",
            f"•  B: {_arm(finding.b)}",
            f":scales: {verdict(finding, reading.broken)}",
        ]
    )


def brief(channel: Channel, value: Any) -> str:
    """Tell of an experiment in half a sentence; `value` is its setting."""
    experiment = stored(channel, value)
    if experiment is None:
        return "none"
    return f"B has {_what(experiment)}, for {percent(experiment.share)} of the conversations"


def _what(experiment: Experiment) -> str:
    match experiment.kind:
        case Kind.THRESHOLD:
            return f"the threshold {percent(float(experiment.value))}"
        case Kind.PROMPT:
            return f"the instruction “{text.escape(str(experiment.value))}”"
        case Kind.ANSWERER:
            return f"the answerer {text.escape(str(experiment.value))}"


def _arm(arm: Arm) -> str:
    return text.dotted(
        [
            f"{_share(arm.sent)} answered by itself",
            f"{_share(arm.wrong)} wrong of those checked",
            f"{_share(arm.reopened)} came back",
            f"{_share(arm.unhappy)} bad ratings",
        ]
    )


def _share(share: Share) -> str:
    return f"{100 * share.value:.0f} % ({share.k} of {share.n})" if share.n else "none"


def verdict(finding: Finding, broken: Break | None = None) -> str:
    """Say in a sentence what to make of it; `broken` is the channel's bound that B has broken."""
    if broken and not finding.harm:
        return f"*B does harm*: {broken.text}. Stop it: keep A."
    sends = f"B sends {_points(finding.sent)} by itself"
    wrong = f"is wrong {_points(finding.wrong)} often"
    match finding.verdict:
        case Verdict.HARM:
            return f"*B does harm*: it {_HARMS[finding.harm]}. Stop it: keep A."
        case Verdict.EARLY:
            return f"*Too early*: {finding.a.sent.n} and {finding.b.sent.n} conversations, {FEWEST} each are needed."
        case Verdict.KEEP_B:
            return f"{sends} and is proven to be wrong hardly more often (it {wrong}): *keep B*."
        case Verdict.KEEP_A:
            return f"{sends}: *keep A*."
        case Verdict.UNPROVEN:
            return f"{sends}, but nobody knows yet whether that is as good (it {wrong}): *go on*, and check more."
        case Verdict.OPEN:
            return f"*No difference is proven* yet: {sends}."


_HARMS = {
    "wrong": "is wrong more often",
    "reopened": "brings customers back more often",
    "unhappy": "gets more bad ratings",
}


def _points(found: Difference) -> str:
    """Write a difference of shares in points, with its interval."""
    if (found.low, found.high) == (-1.0, 1.0):
        return "nobody knows how much more"
    more = "more" if found.value >= 0 else "less"
    low, high = 100 * found.low, 100 * found.high
    return f"{abs(100 * found.value):.0f} points {more} [{low:.0f}, {high:.0f}]"
