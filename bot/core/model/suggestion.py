"""Answers of agents that could become articles."""

from dataclasses import dataclass
from datetime import datetime

# How long what is made of a suggestion may be.
LONGEST_TITLE, LONGEST_QUESTION, LONGEST_TEXT = 120, 300, 3_000


@dataclass(frozen=True)
class Suggestion:
    """What an agent answered to a question, which could be an article.

    `article` is the name of the article that whoever `decided_by` made of it, if any.
    """

    id: str
    conversation_id: str
    question: str
    answer: str
    author: str
    created_at: datetime
    decided_by: str | None = None
    article: str = ""
