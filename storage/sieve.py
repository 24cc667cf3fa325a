"""What a scope lets through beyond its channels and quarters: turns of one topic, and of one person or all people.

A conversation passes with a turn that does. Conditions name parameters, so that a statement is built once for each
kind of sieve.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, select

from bot.core.insights.scope import TEAM, Scope
from storage.tables import turn_facts

_t = turn_facts.c


class Sieve(NamedTuple):
    """Of which kind: by `topic`; by one `person`, or by whether any has it (`people`)."""

    topic: bool = False
    person: bool = False
    people: bool = False

    def of_turns(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on a turn: what it is about, and who answered it."""
        return (*self._topic(), *self.having(_t.agent, ""))

    def of_talks(
        self, column: ColumnElement[str], *also: ColumnElement[bool]
    ) -> tuple[ColumnElement[bool], ...]:
        """Return the condition that a conversation has such a turn, of which something else holds `also`."""
        return self._with(column, *self.of_turns(), *also) if any(self) else ()

    def of_held(
        self, column: ColumnElement[str], holder: ColumnElement[Any]
    ) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on what somebody has in hand: with a turn of the topic, and theirs now."""
        return (*self._with(column, *self._topic()), *self.having(holder, None))

    def having(self, column: ColumnElement[Any], nobody: str | None) -> tuple[ColumnElement[bool], ...]:
        """Return the condition that a column names whom the sieve asks for; it says `nobody` where nobody is."""
        if self.person:
            return (column == bindparam("who"),)
        return (column.is_not(None) if nobody is None else column > nobody,) if self.people else ()

    def _topic(self) -> tuple[ColumnElement[bool], ...]:
        return (_t.article == bindparam("topic"),) if self.topic else ()

    @staticmethod
    def _with(
        column: ColumnElement[str], *conditions: ColumnElement[bool]
    ) -> tuple[ColumnElement[bool], ...]:
        return (column.in_(select(_t.conversation_id).where(*conditions)),) if conditions else ()


EVERYTHING = Sieve()


def sieve_of(scope: Scope) -> Sieve:
    """Return the kind of sieve that a scope asks for."""
    return Sieve(bool(scope.topic), scope.who not in ("", TEAM), scope.who == TEAM)
