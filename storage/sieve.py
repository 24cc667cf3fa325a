"""What a scope lets through beyond its channels and quarters: turns of one topic and of one person.

A conversation passes with such a turn since the period began. Conditions name parameters, so that a statement is
built once for each kind of sieve.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select

from bot.core.insights.scope import Scope
from storage.tables import turn_facts

_t = turn_facts.c


class Sieve(NamedTuple):
    """Of which kind: by `topic`, by `person`, by both or by none."""

    topic: bool = False
    person: bool = False

    def of_turns(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on a turn: what it is about, and who answered it."""
        return (*self._topic(), *self._whose(_t.agent))

    def of_talks(self, column: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
        """Return the condition that a conversation has had such a turn since the period began."""
        if not any(self):
            return ()
        return (column.in_(_talks(_t.quarter >= bindparam("oldest"), *self.of_turns())),)

    def of_promises(
        self, column: ColumnElement[str], holder: ColumnElement[Any]
    ) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on what was promised: in a conversation of the topic, by whoever had it then."""
        about = (column.in_(_talks(_t.quarter >= bindparam("oldest"), *self._topic())),) if self.topic else ()
        return (*about, *self._whose(holder))

    def of_held(
        self, column: ColumnElement[str], holder: ColumnElement[Any]
    ) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions on the little that is to be done now: ever about the topic, and theirs."""
        named = func.coalesce(_t.article, "") == bindparam(
            "topic"
        )  # By its key, not by the index of articles.
        about = (exists().where(_t.conversation_id == column, named),) if self.topic else ()
        return (*about, *self._whose(holder))

    def _whose(self, column: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
        return (column == bindparam("who"),) if self.person else ()

    def _topic(self) -> tuple[ColumnElement[bool], ...]:
        return (_t.article == bindparam("topic"),) if self.topic else ()


def _talks(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(_t.conversation_id).where(*conditions)


EVERYTHING = Sieve()


def sieve_of(scope: Scope) -> Sieve:
    """Return the kind of sieve that a scope asks for."""
    return Sieve(bool(scope.topic), bool(scope.who))
