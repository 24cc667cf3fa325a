"""What people's decisions say about a draft: whether it was right, and which drafts make a fair sample. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Protocol

from bot.core.certificates import Reviewed, is_kept
from bot.core.model import Action, Channel, Draft, Reason, Rules

# What only a setting, the confidence or the dice keep from going out by itself. Whatever else holds an answer back
# holds it back at any threshold, so it says nothing about thresholds.
ORDINARY = frozenset({"sure", "audit_sample", "confidence", "assist", "paused", "rollout"})
_ALL_ARE_SEEN = frozenset({"assist", "paused", "rollout"})
_SAME = 0.9  # From this share of common words on, an edit is a small one.
_MOST_WORDS = 2_000
REOPENED, RATED_POOR = (
    "reopened",
    "rated_poor",
)  # What customers made of it; all other verdicts are people's here.


@dataclass(frozen=True)
class Assessed:
    """A draft as statistics see it: how sure the answerer was, and what people made of it.

    `confidence` is the answerer's, before what verdicts taught about it. `sent` says that the draft went out by
    itself, `seen` that a person looks at it in any case; `propensity` with what chance they look at an answer that
    goes out by itself under the rules of that moment. `right` is None until somebody has judged; `verdict` says how.
    """

    draft_id: str
    channel: Channel
    confidence: float
    sent: bool
    seen: bool
    propensity: float
    decided_at: datetime
    right: bool | None = None
    verdict: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True)
class Beside:
    """What was drafted, but is not assessed.

    `unsure` is how sure drafts were (as shown then) that were escalated for nothing but that: a lower threshold
    lowers the floor, too. `held` counts those that people get at any threshold: for their topic, or a doubt.
    """

    unsure: Sequence[float]
    held: int


class Decided(Protocol):
    """What the policy says of a draft."""

    @property
    def action(self) -> Action: ...
    @property
    def reasons(self) -> tuple[Reason, ...]: ...


def propensity(outcome: Decided, rules: Rules) -> float:
    """Return with what chance a person looks at an answer that these rules send; 1 where people send them all."""
    codes = {reason.code for reason in outcome.reasons}
    return 1.0 if codes & _ALL_ARE_SEEN or rules.auto_above >= 1 else rules.audit_share


def assess(
    channel: Channel, draft: Draft, outcome: Decided, rules: Rules, confidence: float
) -> Assessed | None:
    """Return the row to keep of a draft; None where the confidence (here the answerer's) made no difference."""
    codes = {reason.code for reason in outcome.reasons}
    if outcome.action not in (Action.SEND, Action.REVIEW) or not codes <= ORDINARY:
        return None
    sent = outcome.action is Action.SEND
    return Assessed(
        draft_id=draft.id,
        channel=channel,
        confidence=confidence,
        sent=sent,
        seen=not sent or "audit_sample" in codes,
        propensity=propensity(outcome, rules),
        decided_at=draft.created_at,
    )


def fair_sample(
    rows: Iterable[Assessed], shown: Callable[[float], float] = lambda confidence: confidence
) -> list[Reviewed]:
    """Return the judged rows that together are as if drawn evenly from all messages, whatever their confidence.

    An automatic answer that was picked for a check stands for all of its kind. Of those that waited for people,
    the same share is kept. A word on an answer that nobody picked is left out: people press Wrong more than Good.
    `shown` makes of the answerer's confidence the one that is acted upon.
    """
    return [
        Reviewed(shown(row.confidence), row.right)
        for row in rows
        if row.seen and row.right is not None and (row.sent or is_kept(row.draft_id, row.propensity))
    ]


def as_checked(row: Assessed) -> Assessed:
    """Return the row of an automatic answer as people left it: customers only doubt what was found right."""
    return replace(row, right=True) if row.verdict in (REOPENED, RATED_POOR) else row


def is_small_edit(draft: str, sent: str) -> bool:
    """Tell whether an agent changed only the wording: nine words of ten are the same, and every number is."""
    before, after = draft.split(), sent.split()
    if len(before) + len(after) > _MOST_WORDS or _numbers(before) != _numbers(after):
        return before == after
    return SequenceMatcher(None, before, after, autojunk=False).ratio() >= _SAME


def _numbers(words: Iterable[str]) -> list[str]:
    return sorted(word.strip(".,;:!?()") for word in words if any(c.isdigit() for c in word))
