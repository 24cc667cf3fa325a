"""Decisions: any number for a draft, but only one that sends it."""

from sqlalchemy import ColumnElement, insert, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Action, Decision
from storage.rows import insert_once, next_after, one, row_of, select_as
from storage.tables import decisions

_IS_SENT: ColumnElement[bool] = literal_column("action = 'send'")  # As the partial unique index has it.


class SqlDecisions:
    """Decisions about drafts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> bool:
        """Insert; False when the decision is to send a draft that somebody decided to send before."""
        position = next_after(decisions.c.position, decisions.c.draft_id == decision.draft_id)
        values = row_of(decision) | {"position": position}
        if decision.action is not Action.SEND:
            await self._connection.execute(insert(decisions).values(values))
            return True
        return await insert_once(
            self._connection, decisions, values, ("draft_id",), literal_column("action = 'send'")
        )

    async def sent(self, draft_id: str) -> Decision | None:
        """Return the decision to send this draft, if there is one."""
        query = select_as(Decision, decisions).where(
            decisions.c.draft_id == draft_id, decisions.c.action == Action.SEND
        )
        return await one(self._connection, Decision, query)
