"""What people ask and order about settings beside the oldest ones, as values."""

from dataclasses import dataclass

from bot.core.model import Channel
from bot.core.steering.experiments import Kind

MOST_SHOWN = 100


@dataclass(frozen=True)
class ShowFloors:
    pass


@dataclass(frozen=True)
class SetFloor:
    """Below which confidence a draft goes to the people who decide, on a channel or (None) on every one."""

    channel: Channel | None
    value: float


@dataclass(frozen=True)
class ShowChecks:
    pass


@dataclass(frozen=True)
class SetCheck:
    """What share of the automatic answers people are shown for a check."""

    channel: Channel | None
    share: float


@dataclass(frozen=True)
class SetTopic:
    """From which confidence answers from an article go out by themselves; None: as on the channel."""

    topic: str
    threshold: float | None


@dataclass(frozen=True)
class SetWord:
    """Whether messages with a word always go to people."""

    word: str
    on: bool


@dataclass(frozen=True)
class SwitchRule:
    """Whether a rule that hands matters to people is in force."""

    code: str
    on: bool


@dataclass(frozen=True)
class ShowBounds:
    pass


@dataclass(frozen=True)
class SetBound:
    """When a channel goes back to people by itself: `name` is wrong, reopened or satisfied; None is never."""

    channel: Channel | None
    name: str
    value: float | None


@dataclass(frozen=True)
class ShowHistory:
    """The newest changes, so many of them."""

    limit: int = 15


@dataclass(frozen=True)
class Revert:
    """Take back a change by its number; None is the newest one by a person."""

    number: int | None


@dataclass(frozen=True)
class Find:
    """Conversations in which something was said, or with somebody."""

    text: str


@dataclass(frozen=True)
class ShowExperiments:
    pass


@dataclass(frozen=True)
class StartExperiment:
    """Give a share of a channel's conversations another threshold, instruction or answerer."""

    channel: Channel
    kind: Kind
    value: float | str
    share: float


@dataclass(frozen=True)
class StopExperiment:
    """End the experiment of a channel, and keep what A or what B had."""

    channel: Channel
    keep_b: bool


@dataclass(frozen=True)
class OpenReview:
    pass


@dataclass(frozen=True)
class ShowReviews:
    pass


@dataclass(frozen=True)
class ShowCoaching:
    """What reviewers noted on somebody's answers; "" is whoever types."""

    who: str = ""


@dataclass(frozen=True)
class SetAgentReviews:
    """What share of agents' own answers is reviewed."""

    share: float


@dataclass(frozen=True)
class Export:
    pass


@dataclass(frozen=True)
class Import:
    pass


SteeringQuestion = ShowFloors | ShowChecks | ShowBounds | ShowHistory | ShowExperiments | Find | Export
ReviewCommand = OpenReview | ShowReviews | ShowCoaching | SetAgentReviews
ExperimentOrder = StartExperiment | StopExperiment
SteeringOrder = (
    SetFloor | SetCheck | SetTopic | SetWord | SwitchRule | SetBound | Revert | Import | ExperimentOrder
)
SteeringCommand = SteeringQuestion | SteeringOrder | ReviewCommand
