"""Experiments: two variants at a time on a channel, each conversation in one of them for good. Pure.

A is what is in force, B differs in one thing. What is compared are conversations, because they are what is dealt out.

**Harm** is looked for all the time, so a test for one look would cry wolf: a harmless B would be stopped in far more
than 5 % of experiments. The test used is anytime-valid. For a share p of bad outcomes in both arms, the likelihood of
what was seen under a Beta(1/2, 1/2) mixture in each arm, over its likelihood under p, is a product of two martingales
that begin at 1. By Ville's inequality it ever reaches 1/alpha with chance at most alpha, however often and whenever
anybody looks. `evidence` takes the p that speaks most for “B is no worse” (see `docs/decisions/0043`). Three things
can be bad (wrong answers, customers who come back, bad ratings), so each may use a third of alpha.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.model import Channel, Mode, Rules
from bot.core.policy import share_of
from bot.core.steering.knobs import UNREADABLE, checked

ALPHA = 0.05
FEWEST = 30  # Conversations in each arm, before anything is said about which is better.
MARGIN = 0.05  # B may be wrong more often by so much at most, with 97.5 % confidence, to be kept.
_Z = 1.959964
_PRIOR = 0.5
_KEY = "experiment."


class Kind(StrEnum):
    """In what B differs."""

    THRESHOLD = "threshold"
    PROMPT = "prompt"
    ANSWERER = "answerer"


FIELDS = {Kind.THRESHOLD: "auto_above", Kind.PROMPT: "style", Kind.ANSWERER: "answerer"}


@dataclass(frozen=True)
class Experiment:
    """One experiment on a channel; `value` is B's: a threshold, an instruction to the model, or who answers."""

    id: str
    channel: Channel
    kind: Kind
    value: float | str
    share: float
    begun_at: datetime
    by: str

    def variant(self, conversation_id: str) -> str:
        """Return the arm of a conversation, with the experiment's name: the same whenever it is asked."""
        arm = "b" if share_of(conversation_id, f"experiment {self.id}") < self.share else "a"
        return f"{self.id}:{arm}"

    @property
    def field(self) -> str:
        """The field of the rules in which B differs."""
        return FIELDS[self.kind]

    def rules_of(self, variant: str, rules: Rules) -> Rules:
        """Return the rules that an arm lives under."""
        if not is_b(variant):
            return rules
        changed: dict[str, Any] = {self.field: checked(self.field, self.value)}
        return replace(rules, **changed)

    def as_value(self) -> dict[str, Any]:
        """Return what is kept as a setting."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "value": self.value,
            "share": self.share,
            "begun_at": self.begun_at.isoformat(),
            "by": self.by,
        }


def is_b(variant: str) -> bool:
    """Tell whether a variant is arm B, of whichever experiment."""
    return variant.endswith(":b")


def key_of(channel: Channel) -> str:
    """Return under which key the experiment of a channel is kept."""
    return f"{_KEY}{channel}"


def is_experiment(key: str) -> bool:
    """Tell whether a setting is an experiment."""
    return key.startswith(_KEY)


def channel_of(key: str) -> Channel | None:
    """Return the channel whose experiment is kept under a key, None for another setting."""
    return next((one for one in Channel if key == key_of(one)), None)


def stored(channel: Channel, value: Any) -> Experiment | None:
    """Read what `as_value` wrote; None where no experiment runs, or nobody can read it (any more)."""
    try:
        return parse(channel, value) if value else None
    except UNREADABLE:
        return None


def parse(channel: Channel, value: Mapping[str, Any]) -> Experiment:
    """Read what `as_value` wrote, or raise some ordinary error."""
    checked(FIELDS[Kind(value["kind"])], value["value"])
    return Experiment(
        id=str(value["id"]),
        channel=channel,
        kind=Kind(value["kind"]),
        value=value["value"],
        share=float(value["share"]),
        begun_at=datetime.fromisoformat(value["begun_at"]),
        by=str(value["by"]),
    )


def check(kind: Kind, value: float | str, share: float, rules: Rules, *, has_model: bool) -> None:
    """See that an experiment makes sense.

    Raises:
        InvalidInput: it does not; the message says why.
    """
    if not 0.05 <= share <= 0.95:
        raise InvalidInput("B gets between 5% and 95% of the conversations, for example 50%.")
    if checked(FIELDS[kind], value) == getattr(rules, FIELDS[kind]):
        raise InvalidInput("That is in force already, so there is nothing to compare.")
    if rules.mode is not Mode.AUTO:
        raise InvalidInput("Nothing goes out by itself there (mode auto), so there is nothing to compare.")
    if kind is Kind.THRESHOLD and rules.risk is not None:
        raise InvalidInput(
            "A share of wrong answers is promised there, and the threshold follows from it: take the promise back "
            "first, by setting a threshold."
        )
    if kind is not Kind.THRESHOLD and not has_model:
        raise InvalidInput(
            "No language model is connected (OPENAI_MODEL), so only thresholds can be compared."
        )


# --- what came of it --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """So many of n."""

    k: int
    n: int

    @property
    def value(self) -> float:
        return self.k / self.n if self.n else 0.0


@dataclass(frozen=True)
class Arm:
    """One variant: how many conversations were answered by themselves, and what was bad about these."""

    sent: Share
    wrong: Share
    reopened: Share
    unhappy: Share


@dataclass(frozen=True)
class Difference:
    """B minus A, as shares, with a 95 % interval (Newcombe's, of Wilson intervals)."""

    value: float
    low: float
    high: float


class Verdict(StrEnum):
    HARM = "harm"  # B is proven worse in one of the bad things.
    EARLY = "early"  # Too few conversations.
    KEEP_B = "keep_b"  # B sends more, proven, and is wrong hardly more often, proven.
    KEEP_A = "keep_a"  # B sends less, proven.
    UNPROVEN = "unproven"  # B sends more, but nobody knows yet whether it is wrong more often.
    OPEN = "open"  # No difference is proven.


@dataclass(frozen=True)
class Finding:
    """What is known of an experiment so far. `harm` names what is worse: wrong, reopened or unhappy."""

    a: Arm
    b: Arm
    sent: Difference
    wrong: Difference
    verdict: Verdict
    harm: str = ""


def assess(a: Arm, b: Arm) -> Finding:
    """Compare the arms."""
    sent, wrong = difference(a.sent, b.sent), difference(a.wrong, b.wrong)
    harm = harm_of(a, b)
    return Finding(a, b, sent, wrong, _verdict(a, b, wrong, harm), harm)


def harm_of(a: Arm, b: Arm, alpha: float = ALPHA) -> str:
    """Return what B is proven to be worse in, "" for nothing; it may be asked at any time, as often as one likes."""
    pairs = {name: (getattr(a, name), getattr(b, name)) for name in ("wrong", "reopened", "unhappy")}
    needed = math.log(len(pairs) / alpha)
    return next((name for name, (of_a, of_b) in pairs.items() if evidence(of_a, of_b) >= needed), "")


def _verdict(a: Arm, b: Arm, wrong: Difference, harm: str) -> Verdict:
    if harm:
        return Verdict.HARM
    if min(a.sent.n, b.sent.n) < FEWEST:
        return Verdict.EARLY
    needed = math.log(2 / ALPHA)
    if evidence(b.sent, a.sent) >= needed:
        return Verdict.KEEP_A
    if evidence(a.sent, b.sent) >= needed:
        known = min(a.wrong.n, b.wrong.n) > 0 and wrong.high <= MARGIN
        return Verdict.KEEP_B if known else Verdict.UNPROVEN
    return Verdict.OPEN


# --- statistics -------------------------------------------------------------------------------------------------


def evidence(a: Share, b: Share) -> float:
    """Return the logarithm of the evidence that B's share is greater than A's; 0 where it does not look like it."""
    if not a.n or not b.n or b.value <= a.value:
        return 0.0
    pooled = (a.k + b.k) / (a.n + b.n)
    return _mixture(a) + _mixture(b) - _likelihood(a.k + b.k, a.n + b.n, pooled)


def _mixture(share: Share) -> float:
    """Return the log likelihood of a sequence of outcomes under a Beta(1/2, 1/2) mixture."""
    return _log_beta(share.k + _PRIOR, share.n - share.k + _PRIOR) - _log_beta(_PRIOR, _PRIOR)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _likelihood(k: int, n: int, p: float) -> float:
    return k * math.log(p) + (n - k) * math.log1p(-p)


def difference(a: Share, b: Share) -> Difference:
    """Return B's share minus A's, with Newcombe's hybrid score interval; without outcomes anything is possible."""
    if not a.n or not b.n:
        return Difference(0.0, -1.0, 1.0)
    (low_a, high_a), (low_b, high_b) = wilson(a), wilson(b)
    value = b.value - a.value
    down = math.hypot(b.value - low_b, high_a - a.value)
    up = math.hypot(high_b - b.value, a.value - low_a)
    return Difference(value, value - down, value + up)


def wilson(share: Share, z: float = _Z) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    n, p = share.n, share.value
    middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
