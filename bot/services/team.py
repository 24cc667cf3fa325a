"""Teamwork: looks after conversations as their state and the clock ask for it.

Which ones follows from state: those that changed since the last look, and those whose next moment has come. Nothing
is kept in memory that a restart could lose.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.core.ports.teamwork import People
from bot.core.routing import MAIN
from bot.core.teamwork.rules import TeamRules
from bot.core.teamwork.state import Watch
from bot.services.attending import STEPS, Round
from bot.services.team_rules import rules_in_force

LOOK_SECONDS = 5.0
_AT_ONCE = 100
# A change may be committed later than it says, and clocks differ.
_OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True)
class _Work:
    """What is to be looked at, under which rules, and who has something in hand in which Slack workspace."""

    rules: TeamRules
    ids: tuple[str, ...] = ()
    busy: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Team:
    """Assigns, calls, warns and has customers told; one process at a time does it."""

    def __init__(
        self, database: Database, people: People, clock: Clock, others: Mapping[str, People] | None = None
    ) -> None:
        """Ask `people` about those of the main Slack workspace, and `others` by the ids of theirs."""
        self._database = database
        self._people = {MAIN: people, **(others or {})}
        self._clock = clock
        self._upto: tuple[str, datetime] | None = None  # Under which rules all was looked at, and up to when.

    async def look(self) -> int:
        """Look after all conversations that ask for it; return how many that were.

        Raises:
            Unavailable: the database failed; the next look goes on.
        """
        begun = self._clock()
        work = await self._work(begun)
        gone = await self._gone(work) if work.ids else {}
        for conversation_id in work.ids:
            await self._attend(conversation_id, work.rules, gone)
        if len(work.ids) < _AT_ONCE:
            self._upto = work.rules.stamp, begun
        return len(work.ids)

    async def _gone(self, work: _Work) -> Mapping[str, frozenset[str]]:
        """Return who is not there any more, by workspace."""
        asked = {**work.busy, MAIN: work.busy[MAIN].union(_names(work.rules))}
        return {one: frozenset(await self._people[one].gone(names)) for one, names in asked.items()}

    async def _work(self, now: datetime) -> _Work:
        async with self._database.snapshot() as tx:
            rules = rules_in_force(await tx.settings.current())
            if rules.is_idle:
                return _Work(rules)
            since = self._upto[1] - _OVERLAP if self._upto and self._upto[0] == rules.stamp else None
            stale = await tx.watches.stale(rules.stamp, since, _AT_ONCE)
            due = await tx.watches.due(now, _AT_ONCE)
            busy = {one: frozenset(await tx.watches.loads(one)) for one in self._people}
        return _Work(rules, tuple(dict.fromkeys((*due, *stale))), busy)

    async def _attend(
        self, conversation_id: str, rules: TeamRules, gone: Mapping[str, frozenset[str]]
    ) -> None:
        async with self._database.transaction() as tx:
            case = await tx.conversations.case(conversation_id)
            if case is None:
                return
            watch = await tx.watches.get(conversation_id) or Watch(conversation_id)
            workspace = case.conversation.workspace
            theirs = rules.elsewhere if workspace in gone and workspace != MAIN else rules
            on = Round(tx, case, watch, theirs, gone.get(workspace, gone[MAIN]), self._clock())
            for step in STEPS:
                await step(on)
            await on.keep()


def _names(rules: TeamRules) -> Iterable[str]:
    return (*rules.crew.members, *rules.rota.people())
