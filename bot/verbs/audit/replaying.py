"""`threadpilot audit replay`: decisions of the policy made again from what is on record."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.core.errors import InvalidInput, Misconfigured
from bot.core.replay import Replayed
from bot.services.trail import Trail
from bot.settings import Settings
from bot.wiring.answers import rules_of
from storage.database import SqlDatabase, open_database
from storage.migrate import check_there
from storage.signals import LocalSignals
from storage.tables import conversations

_PAGE = 500


@dataclass
class Report:
    """What came of making decisions again. `odd` are those that came out otherwise, or could not be made."""

    counts: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    today: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every decision of today's policy came out as recorded, and none could not be made."""
        return not self.odd

    def add(self, conversation: str, again: Replayed) -> None:
        """Count one decision."""
        one = again.recorded
        place = f"{conversation} turn {one.turn} ({one.at:%Y-%m-%d %H:%M}, policy {one.policy})"
        said = f"{one.action} ({', '.join(one.reasons)})"
        if again.trouble:
            self.counts["not made again"] += 1
            self.odd.append(f"{place}: {said} cannot be made again: {again.trouble}")
        elif again.same:
            self.counts["the same"] += 1
        else:
            self.counts["different"] += 1
            found = self.odd if again.is_of_todays_policy else self.today
            found.append(f"{place}: {said}; from the same this policy says {_short(again.again)}")
        if again.today and not again.trouble:
            self.counts["different today"] += 1
            self.today.append(f"{place}: {said}; today's rules and policy say {_short(again.today)}")

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        made = sum(self.counts[name] for name in ("the same", "different", "not made again"))
        yield f"{made} decisions of the policy: {self.counts['the same']} come out the same."
        yield from self.odd
        yield from self.today


def _short(decided: tuple[str, Sequence[str]] | None) -> str:
    action, reasons = decided or ("nothing", ())
    return f"{action} ({', '.join(reasons)})"


async def replay(settings: Settings, conversation: str) -> Report:
    """Make the decisions about one conversation again, or with "" about all.

    Raises:
        Misconfigured: there is no such conversation, or no such database.
    """
    await check_there(settings.database_url)
    report = Report()
    async with open_database(settings.database_url, LocalSignals(), sealing=settings.sealing) as database:
        trail = Trail(database, rules_of(settings))
        try:
            async for one in _wanted(database, conversation):
                for again in await trail.replay(one):
                    report.add(one, again)
        except InvalidInput as error:
            raise Misconfigured(str(error)) from error
    return report


async def _wanted(database: SqlDatabase, conversation: str) -> AsyncIterator[str]:
    if conversation:
        yield conversation
        return
    after = ""
    while True:
        async with database.snapshot() as tx:
            query = select(conversations.c.id).where(conversations.c.id > after)
            page = (await tx.connection.scalars(query.order_by(conversations.c.id).limit(_PAGE))).all()
        if not page:
            return
        for one in page:
            yield one
        after = page[-1]
