"""Decisions: any number for a draft, but only one that sends it."""

from sqlalchemy import ColumnElement, bindparam, insert, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Action, Decision
from storage.rows import changed, insert_into, next_after, one, row_of, select_as
from storage.tables import decisions

_IS_SENT: ColumnElement[bool] = literal_column("action = 'send'")  # As the partial unique index has it.

_POSITION = next_after(decisions.c.position, decisions.c.draft_id == bindparam("of"))
_ADD = insert(decisions).values(position=_POSITION)


class SqlDecisions:
    """Decisions about drafts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> bool:
        """Insert; False when the decision is to send a draft that somebody decided to send before."""
        given = row_of(decision) | {"of": decision.draft_id}
        if decision.action is not Action.SEND:
            await self._connection.execute(_ADD, given)
            return True
        once = insert_into(self._connection, decisions).values(position=_POSITION)
        once = once.on_conflict_do_nothing(index_elements=[decisions.c.draft_id], index_where=_IS_SENT)
        return await changed(self._connection, once, given)

    async def sent(self, draft_id: str) -> Decision | None:
        """Return the decision to send this draft, if there is one."""
        query = select_as(Decision, decisions).where(
            decisions.c.draft_id == draft_id, decisions.c.action == Action.SEND
        )
        return await one(self._connection, Decision, query)
