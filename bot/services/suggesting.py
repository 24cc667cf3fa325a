"""Suggesting: what agents answer in their own words could be an article. Somebody says so, or not, in Slack.

Only an answer to a single question is suggested, and nothing is answered from it before a person has read it: a name
or an order in it would go to other customers.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.answering.messages import clean, split_questions
from bot.answering.secrets import hidden
from bot.core.errors import AlreadyDecided, InvalidInput, Rejected
from bot.core.model import (
    LONGEST_QUESTION,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Actor,
    Case,
    Message,
    Suggestion,
)
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.text import is_blank

SHOWN = 3
_FEWEST_WORDS = 8

# Writes an article (its name, title, known question and text) where nobody reads it yet, and returns what puts it
# into its place. Both raise Rejected.
WriteArticle = Callable[[str, str, str, str], Callable[[], None]]


async def suggest(tx: Transaction, case: Case, draft_id: str, text: str, actor: Actor, at: datetime) -> None:
    """Keep what an agent answers as a suggestion, where it answers one question and says something.

    Private numbers and passwords are masked: who reads it, and whom an article answers, have no business with them.
    """
    asked = [one.text for message in _answered_by(case) for one in split_questions(clean(message.content))]
    answer = hidden(clean(text))
    if len(asked) != 1 or not len(answer.split()) >= _FEWEST_WORDS or len(answer) > LONGEST_TEXT:
        return
    question = hidden(" ".join(asked[0].split()))[:LONGEST_QUESTION]
    await tx.suggestions.add(Suggestion(draft_id, case.conversation.id, question, answer, actor.id, at))


def _answered_by(case: Case) -> Sequence[Message]:
    """Return what an agent's next words answer: what nobody has answered, or what no person has."""
    newest = case.newest_inbound
    by_itself = case.delivery is not None and case.delivery.unattended
    return case.unanswered or ((newest,) if newest is not None and by_itself else ())


class Suggesting:
    """Shows what is suggested, and makes articles of it."""

    def __init__(self, database: Database, write: WriteArticle, clock: Clock) -> None:
        self._database = database
        self._write = write
        self._clock = clock

    async def waiting(self) -> tuple[Sequence[Suggestion], int]:
        """Return the newest suggestions that nobody has decided on, and how many there are."""
        async with self._database.snapshot() as tx:
            return await tx.suggestions.undecided(SHOWN)

    async def get(self, suggestion_id: str) -> Suggestion:
        """Return one that waits.

        Raises:
            AlreadyDecided: somebody has decided on it.
            Rejected: it is not known (any more).
        """
        async with self._database.snapshot() as tx:
            return await _waiting(tx, suggestion_id)

    async def accept(self, suggestion_id: str, title: str, question: str, text: str, actor: Actor) -> str:
        """Make an article of it, as it was edited, with private numbers masked; return the article's name.

        Raises:
            InvalidInput: something is empty or too long; `field` is title, question or text.
            AlreadyDecided: somebody has decided on it.
            Rejected: it is not known (any more), or the article cannot be written, or put into its place once it is
                decided; that error says what to do.
        """
        title, question = (hidden(" ".join(line.split())) for line in (title, question))
        text = hidden(text.strip())
        for field, value, longest in (
            ("title", title, LONGEST_TITLE),
            ("question", question, LONGEST_QUESTION),
            ("text", text, LONGEST_TEXT),
        ):
            if is_blank(value):
                raise InvalidInput(f"The article needs a {field}.", field=field)
            if len(value) > longest:
                raise InvalidInput(f"Keep the {field} under {longest:,} characters.", field=field)
        async with self._database.transaction() as tx:
            name = f"{slug_of(title)}-{suggestion_id[:6]}"
            await self._decide(
                tx, suggestion_id, actor, name, {"title": title, "question": question, "text": text}
            )
            publish = self._write(name, title, question, text)  # Last: where it fails, nothing was decided.
        publish()  # Answered from only once it is decided.
        return name

    async def decline(self, suggestion_id: str, actor: Actor) -> None:
        """Make no article of it.

        Raises:
            AlreadyDecided: somebody has decided on it.
            Rejected: it is not known (any more).
        """
        async with self._database.transaction() as tx:
            await self._decide(tx, suggestion_id, actor, "", {})

    async def _decide(
        self, tx: Transaction, suggestion_id: str, actor: Actor, article: str, said: dict[str, str]
    ) -> None:
        suggestion = await _waiting(tx, suggestion_id)
        await tx.audit.append(
            at=self._clock(),
            actor=actor.id,
            action="article.accept" if article else "article.decline",
            subject=suggestion.conversation_id,
            payload={"suggestion": suggestion_id, "article": article, **said},
        )
        if not await tx.suggestions.decide(suggestion_id, actor.id, article):
            raise AlreadyDecided("Somebody was first: this suggestion is decided.")


def slug_of(title: str) -> str:
    """Return a name for a file: the title's letters and digits."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60].strip("-") or "article"


async def _waiting(tx: Transaction, suggestion_id: str) -> Suggestion:
    suggestion = await tx.suggestions.get(suggestion_id)
    if suggestion is None:
        raise Rejected("This suggestion is not known here (any more).")
    if suggestion.decided_by:
        became = "It is an article now." if suggestion.article else "No article was made of it."
        raise AlreadyDecided(f"<@{suggestion.decided_by}> was first. {became}")
    return suggestion
