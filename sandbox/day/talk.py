"""What becomes of one question: who did what, and what reached the customer, each with its time.

Times are seconds of the world's clock since the day began; the report turns them into the day's minutes.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from sandbox.day.plan import Ticket


@dataclass(frozen=True)
class Arrival:
    """Something that reached the customer."""

    at: float
    text: str
    by_agent: bool = False

    @property
    def is_sourced(self) -> bool:
        """Tell an answer from an acknowledgement: what the app answers by itself names its source."""
        return "://" in self.text


@dataclass
class Talk:
    ticket: Ticket
    wrote_at: float | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    card: tuple[str, str] | None = None  # Slack channel and ts.
    conversation: str = ""
    agent_sends_at: float | None = None
    answered_how: str = ""  # approve, edit or reply
    clicks: int = 0
    clicks_to_answer: int = 0
    slack_calls_to_answer: int = 0  # What the app called until somebody began to close it.
    closing: bool = False
    escalated_by_policy: bool = False
    escalated_by_agent: bool = False
    taken_by: str = ""
    wrote_again: bool = False
    settled_by_agent: bool = False
    refusals: list[str] = field(default_factory=list)  # Slack's words for presses that came to nothing.
    score: int | None = None
    trouble: str = ""

    @property
    def by_itself(self) -> Arrival | None:
        return next((one for one in self.arrivals if not one.by_agent and one.is_sourced), None)

    @property
    def by_agent(self) -> Arrival | None:
        return next((one for one in self.arrivals if one.by_agent), None)

    @property
    def is_right(self) -> bool:
        """Tell whether what was answered by itself answers the question: from an article that does."""
        answer = self.by_itself
        return answer is not None and self.ticket.wanted == "send" and self.names_an_article(answer.text)

    def names_an_article(self, text: str) -> bool:
        return any(f"/{article}" in text for article in self.ticket.articles)

    @property
    def is_one_question_and_answer(self) -> bool:
        """Tell whether the customer asked once, got one agent's answer, and did nothing more: no rating either."""
        answers = sum(one.by_agent for one in self.arrivals)
        return not self.wrote_again and self.score is None and self.by_itself is None and answers == 1

    @property
    def resolved_by_itself(self) -> bool:
        return self.is_right and not self.wrote_again and self.by_agent is None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is to come: the customer has an answer, or could not even ask."""
        if self.trouble or self.wrote_at is None or self.card is None:
            return bool(self.trouble)
        if not self.ticket.expects_an_answer:
            return True
        return self.by_agent is not None or self.resolved_by_itself or self.settled_by_agent

    @property
    def doubled(self) -> int:
        """Count answers that came twice, word by word, one right after the other."""
        return sum(first.text == second.text for first, second in pairwise(self.arrivals))
