"""What becomes of drafts, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """The policy's outcome for a draft."""

    SEND = "send"
    REVIEW = "review"
    ESCALATE = "escalate"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Reason:
    """Why a decision came out as it did: a stable code for machines, a phrase for people."""

    code: str
    text: str


@dataclass(frozen=True)
class Decision:
    """What was decided for a draft, by the policy (`actor` is None) or by a person (their Slack user id).

    `variant` names the experiment and the arm in which the policy decided, "" for none.
    """

    id: str
    conversation_id: str
    turn: int
    draft_id: str
    action: Action
    reasons: tuple[Reason, ...]
    threshold: float
    policy_version: str
    created_at: datetime
    actor: str | None = None
    variant: str = ""


@dataclass(frozen=True)
class Verdict:
    """An agent's word on an answer that went out by itself."""

    draft_id: str
    good: bool
    actor: str
    created_at: datetime
