"""What is offered as an answer, what was decided about it, and what people made of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.assessing import Assessed, Beside
from bot.core.model import (
    Channel,
    Cited,
    Decision,
    Draft,
    ModelWork,
    Suggestion,
    Verdict,
)
from bot.core.ports.answering import Lesson


class Drafts(Protocol):
    async def add(self, draft: Draft) -> None: ...

    async def get(self, draft_id: str) -> Draft | None: ...

    async def cited(self, since: datetime) -> Cited:
        """Return what the drafts since then rested on."""
        ...

    async def model_work(self, since: datetime) -> Sequence[ModelWork]:
        """Return what each model took for the drafts since then, the busiest first."""
        ...


class Decisions(Protocol):
    async def add(self, decision: Decision) -> bool:
        """Insert; return False, changing nothing, when the same kind (policy, or person) decided on this draft.

        A person's escalation may be followed by another person's answer: only sends, by whomever, are unique.
        """
        ...

    async def sent(self, draft_id: str) -> Decision | None:
        """Return the decision to send this draft, if there is one."""
        ...


class Verdicts(Protocol):
    async def set(self, verdict: Verdict) -> None: ...


class Suggestions(Protocol):
    """Answers of agents that could become articles."""

    async def add(self, suggestion: Suggestion) -> bool:
        """Insert; False when this answer has been suggested before."""
        ...

    async def get(self, suggestion_id: str) -> Suggestion | None: ...

    async def undecided(self, limit: int) -> tuple[Sequence[Suggestion], int]:
        """Return the newest that wait for a decision, and how many there are."""
        ...

    async def decide(self, suggestion_id: str, actor: str, article: str) -> bool:
        """Note who decided, and the name of the article it became ("" for none); True for the one who was first."""
        ...


class Assessments(Protocol):
    """Drafts as statistics see them: how sure they were, and what people made of them."""

    async def add(self, assessed: Assessed) -> None: ...

    async def judge(self, draft_id: str, *, right: bool, verdict: str, at: datetime) -> bool:
        """Keep what a person made of a draft, the newest word; False when the confidence did not decide on it."""
        ...

    async def disapprove(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that somebody did otherwise than a draft said, unless a person has said that it was right."""
        ...

    async def doubt(self, draft_id: str, *, verdict: str, at: datetime) -> bool:
        """Keep that a draft was not right, unless somebody has said so before, or nobody checked what left by itself.

        False when it changes nothing.
        """
        ...

    async def judged(self, channel: Channel, limit: int, *, tried: bool = True) -> Sequence[Assessed]:
        """Return the drafts of a channel that people have judged, the newest judgement first.

        Without `tried` those that variant B of an experiment decided on are left out.
        """
        ...

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        """Return what people found right, the newest first: messages answered from one article."""
        ...

    async def confidences(self, channel: Channel, limit: int) -> Sequence[float]:
        """Return how sure the newest drafts of a channel were, judged or not."""
        ...

    async def beside(self, channel: Channel, limit: int) -> Beside:
        """Return what else was drafted on a channel since the oldest draft that `confidences` tells of."""
        ...
