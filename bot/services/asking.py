"""Asking a colleague: a question that they are pinged with in the conversation's thread. Nothing leaves."""

from bot.core.errors import InvalidInput
from bot.core.model import Actor
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.core.text import is_blank
from bot.services.checking import load
from bot.services.transitions import move, note_event

MAX_QUESTION = 1_000


class Asking:
    """Asks people in Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(
        self, conversation_id: str, colleague: str, question: str, actor: Actor, *, key: str
    ) -> None:
        """Ask a Slack user; `key` is the window's, so that a submission that comes twice asks once.

        Raises:
            InvalidInput: nobody was chosen, or nothing is asked.
        """
        question = question.strip()
        if not colleague or colleague == actor.id:
            raise InvalidInput("Choose a colleague.", field="colleague")
        if is_blank(question):
            raise InvalidInput("Say in a few words what you want to know.", field="question")
        if len(question) > MAX_QUESTION:
            raise InvalidInput(f"Keep the question under {MAX_QUESTION:,} characters.", field="question")
        async with self._database.transaction() as tx:
            case, now = await load(tx, conversation_id), self._clock()
            if not await tx.receipts.add(f"ask:{key}", now):
                return
            await note_event(tx, conversation_id, f"<@{actor.id}> asks <@{colleague}>: {question}", now)
            await move(tx, case.conversation, case.conversation.status, now)
