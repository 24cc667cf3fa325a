"""What managers set for a channel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.model.draft import Proposal


class Mode(StrEnum):
    """How far threadpilot goes by itself on one channel."""

    OFF = "off"
    SHADOW = "shadow"
    ASSIST = "assist"
    AUTO = "auto"


class AskEmail(StrEnum):
    """Whether chat visitors are asked for their e-mail address before they write."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class Topic:
    """A rule that hands a matter to people, with texts that it must find (`hits`) and must not (`misses`)."""

    code: str
    label: str
    pattern: re.Pattern[str] = field(repr=False)
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


class AnsweredBy(StrEnum):
    """Who writes drafts, where a language model is connected; without one it is the embedded answerer anyway."""

    MODEL = "model"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Rules:
    """What managers have set for one channel. Thresholds are probabilities, shares run from 0 to 1.

    `undo` is for how many seconds an automatic answer can still be stopped before it leaves. At most `in_a_row`
    answers in a conversation leave by themselves one after the other, and `per_hour` to one customer. `topics` are
    the rules that hand a matter to people; without any, those that are shipped; managers add `words` to them and
    switch some `off`. `risk` is the share of the automatic answers that may be wrong, where a manager has promised
    one; it sets `auto_above` then. `stricter` are thresholds of single topics, by article: they only ever raise the
    channel's. More than `exchanges` messages of a customer without a solution go to a person. When `wrong`,
    `reopened` or `satisfied` leave their bound, the channel goes back to people by itself; None is no bound. `style`
    is told to the model for every draft, and `answerer` says whether there is to be one at all.
    """

    mode: Mode = Mode.ASSIST
    auto_above: float = 0.90
    escalate_below: float = 0.70
    rollout: float = 1.0
    audit_share: float = 0.10
    paused: bool = False
    undo: int = 0
    in_a_row: int = 2
    per_hour: int = 30
    topics: tuple[Topic, ...] = ()
    risk: float | None = None
    vips: frozenset[str] = frozenset()
    exchanges: int = 5
    words: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    stricter: Mapping[str, float] = field(default_factory=dict)
    wrong: float | None = 0.10
    reopened: float | None = 0.25
    satisfied: float | None = 0.50
    style: str = ""
    answerer: AnsweredBy = AnsweredBy.MODEL

    @property
    def escalation_floor(self) -> float:
        """Below this an answer is escalated; never above the threshold for sending."""
        return min(self.escalate_below, self.auto_above)

    def threshold_of(self, proposal: "Proposal") -> float:
        """Return from which confidence this answer goes out by itself: the strictest of channel and topics."""
        return max([self.auto_above, *(self.stricter.get(source.slug, 0.0) for source in proposal.sources)])
