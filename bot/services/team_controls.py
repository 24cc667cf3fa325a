"""What managers set about teamwork. Each change reads and writes within one lock, so that two at once both count."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.model import Actor, Channel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.core.ports.teamwork import People
from bot.core.priority import Priority
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import Hours, Span
from bot.core.teamwork.rota import LONGEST_LIMIT, Rota, Shift, mention
from bot.core.teamwork.rules import (
    HOLIDAYS,
    ROTA,
    TEAM,
    TELLABLE,
    VIPS,
    WORDS,
    Crew,
    TeamRules,
    Word,
    crew_of,
    crew_value,
    hours_value,
    rota_of,
    rota_value,
)
from bot.core.teamwork.sla import LONGEST, Kind
from bot.core.teamwork.state import Kept, Promise
from bot.services.settingbook import Announce, SettingBook, Values, unannounced
from bot.services.team_rules import rules_in_force

MOST_WORDS, MOST_VIPS, MOST_HOLIDAYS, MOST_PEOPLE = 50, 1_000, 400, 100
_BROKEN = 10


@dataclass(frozen=True)
class Lately:
    """How promises were kept, and the newest that were not."""

    kept: Sequence[Kept]
    broken: Sequence[Promise]


@dataclass(frozen=True)
class Reset:
    """What was set before a change, and is since."""

    before: TeamRules
    after: TeamRules


class TeamControls:
    """Reads and changes what is set about teamwork; every change is on record."""

    def __init__(
        self, database: Database, people: People, clock: Clock, announce: Announce = unannounced
    ) -> None:
        self._database = database
        self._book = SettingBook(database, clock, announce)
        self._people = people
        self._clock = clock

    async def rules(self) -> TeamRules:
        """Return what is set."""
        async with self._database.snapshot() as tx:
            return rules_in_force(await tx.settings.current())

    async def loads(self) -> Mapping[str, int]:
        """Return who has how many conversations in hand."""
        async with self._database.snapshot() as tx:
            return await tx.watches.loads()

    async def gone(self, rules: TeamRules) -> Collection[str]:
        """Return who stands in the rota or the team, and is not there any more."""
        return await self._people.gone({*rules.rota.people(), *rules.crew.members})

    def now(self) -> datetime:
        """Return the time by which is told who is on call."""
        return self._clock()

    async def lately(self, since: datetime, channel: Channel | None) -> Lately:
        """Return how what was promised since then was kept."""
        async with self._database.snapshot() as tx:
            kept = await tx.promises.kept(since, channel)
            return Lately(kept, await tx.promises.broken(since, channel, _BROKEN))

    async def set_hours(
        self, channel: Channel | None, zone: str, spans: tuple[Span, ...], actor: Actor
    ) -> Reset:
        """Set when somebody answers on a channel, or with None on all; without spans it is around the clock."""
        value = hours_value(Hours(zone, spans)) if spans else None
        return await self._set({f"hours.{c}": value for c in _each(channel)}, actor)

    async def set_holiday(self, zone: str, day: date, off: bool, actor: Actor) -> Reset:
        """Set whether a day is a holiday in a time zone."""

        def changed(old: Any) -> Any:
            days = set((old or {}).get(zone, ())) - {day.isoformat()} | ({day.isoformat()} if off else set())
            _check_room(days, MOST_HOLIDAYS, "holidays in a time zone")
            return (old or {}) | {zone: sorted(days)}

        return await self._change(HOLIDAYS, changed, actor)

    async def set_target(
        self, channel: Channel | None, priority: Priority, kind: Kind, minutes: int | None, actor: Actor
    ) -> Reset:
        """Promise something within minutes of open time, or take it back; it counts for what begins from now on."""
        if minutes is not None and minutes > LONGEST:
            raise InvalidInput(f"At most {LONGEST // 1440} days can be promised, for example `2d`.")
        since = self._clock().isoformat()

        def changed(old: Any) -> Any:
            kept = {k: v for k, v in (old or {"since": since}).items() if k != kind}
            new = kept if minutes is None else kept | {kind.value: minutes}
            return new if new.keys() - {"since"} else None

        return await self._change_each(f"sla.{{}}.{priority}", _each(channel), changed, actor)

    async def add_shift(self, who: str, spans: tuple[Span, ...], actor: Actor) -> Reset:
        """Put somebody on call at these times.

        Raises:
            InvalidInput: they overlap with a shift that is there, or there is no such person any more.
        """
        await self._check_there(who)
        shifts = [Shift(who, span) for span in spans]
        return await self._change_rota(lambda rota: rota.with_shifts(*shifts), actor)

    async def add_backup(self, who: str, actor: Actor) -> Reset:
        """Have somebody called next when nobody before them reacts."""
        await self._check_there(who)
        return await self._change_rota(
            lambda rota: replace(rota, backups=(*(b for b in rota.backups if b != who), who)), actor
        )

    async def leave_rota(self, who: str, actor: Actor) -> Reset:
        """Take somebody out of the rota."""

        def without(rota: Rota) -> Rota:
            if who not in rota.people():
                raise InvalidInput(f"{mention(who)} is not in the rota. `/cockpit oncall` shows who is.")
            return rota.without(who)

        return await self._change_rota(without, actor)

    async def set_call_limit(self, minutes: int, actor: Actor) -> Reset:
        """Set after how many minutes the next one is called."""
        if not 1 <= minutes <= LONGEST_LIMIT:
            raise InvalidInput("Between 1 minute and 24 hours are possible, for example `15m`.")
        return await self._change_rota(lambda rota: replace(rota, limit=minutes), actor)

    async def set_rota_zone(self, zone: str, actor: Actor) -> Reset:
        """Set by which clock shifts change."""
        return await self._change_rota(lambda rota: replace(rota, zone=zone), actor)

    async def add_member(self, who: str, capacity: int, actor: Actor) -> Reset:
        """Let somebody be given conversations, up to so many at a time."""
        await self._check_there(who)

        def added(crew: Crew) -> Crew:
            _check_room(crew.members.keys() | {who}, MOST_PEOPLE, "people")
            return replace(crew, members={**crew.members, who: capacity})

        return await self._change_crew(added, actor)

    async def remove_member(self, who: str, actor: Actor) -> Reset:
        """Give somebody no more conversations; what they have they keep."""

        def removed(crew: Crew) -> Crew:
            if who not in crew.members:
                raise InvalidInput(f"{mention(who)} is not in the team. `/cockpit team` shows who is.")
            left = {name: size for name, size in crew.members.items() if name != who}
            return replace(crew, members=left, away=crew.away - {who})

        return await self._change_crew(removed, actor)

    async def set_method(self, method: Method, actor: Actor) -> Reset:
        """Set how conversations find their agent."""
        return await self._change_crew(lambda crew: replace(crew, method=method), actor)

    async def set_away(self, who: str, away: bool, actor: Actor) -> Reset:
        """Give somebody nothing while they are away. Everybody may say so of themselves."""

        def changed(crew: Crew) -> Crew:
            if who not in crew.members:
                raise InvalidInput(f"{mention(who)} is not in the team. `/cockpit team` shows who is.")
            return replace(crew, away=crew.away | {who} if away else crew.away - {who})

        return await self._change_crew(changed, actor, own=who == actor.id)

    async def watch_word(self, word: str, on: bool, actor: Actor) -> Reset:
        """Tell the actor when a customer writes a word, or no longer."""

        def changed(old: Any) -> Any:
            watchers = [who for who in (old or {}).get(word, ()) if who != actor.id] + [actor.id] * on
            words = {**(old or {}), word: watchers}
            _check_room(words, MOST_WORDS, "words")
            return {each: who for each, who in words.items() if who} or None

        return await self._change(WORDS, changed, actor, own=True)

    async def set_vip(self, address: str, on: bool, actor: Actor) -> Reset:
        """Make a VIP of an address, or of everybody at a domain, or end that."""

        def changed(old: Any) -> Any:
            listed = set(old or ()) - {address} | ({address} if on else set())
            _check_room(listed, MOST_VIPS, "VIPs")
            return sorted(listed) or None

        return await self._change(VIPS, changed, actor)

    async def set_told(self, channel: Channel | None, word: Word, on: bool, actor: Actor) -> Reset:
        """Set whether customers are told something at once."""

        def changed(old: Any) -> Any:
            return sorted(set(old or ()) - {word} | ({word} if on else set())) or None

        if channel not in (None, *TELLABLE):
            raise InvalidInput(f"Customers can be told something at once by {', '.join(TELLABLE)}.")
        return await self._change_each("tell.{}", [channel] if channel else TELLABLE, changed, actor)

    async def _change_rota(self, changed: Callable[[Rota], Rota], actor: Actor) -> Reset:
        return await self._change(ROTA, lambda old: rota_value(changed(rota_of(old))), actor)

    async def _change_crew(
        self, changed: Callable[[Crew], Crew], actor: Actor, *, own: bool = False
    ) -> Reset:
        return await self._change(TEAM, lambda old: crew_value(changed(crew_of(old))), actor, own=own)

    async def _set(self, values: Values, actor: Actor) -> Reset:
        return await self._write(lambda _: values, actor)

    async def _change(
        self, key: str, changed: Callable[[Any], Any], actor: Actor, *, own: bool = False
    ) -> Reset:
        return await self._write(lambda old: {key: changed(old.get(key))}, actor, own=own)

    async def _change_each(
        self, key: str, channels: Sequence[Channel], changed: Callable[[Any], Any], actor: Actor
    ) -> Reset:
        keys = [key.format(channel) for channel in channels]
        return await self._write(lambda old: {one: changed(old.get(one)) for one in keys}, actor)

    async def _write(self, make: Callable[[Values], Values], actor: Actor, *, own: bool = False) -> Reset:
        """Put new values in force, made from the old ones; return what was set before, and is since."""
        before = await self.rules()
        await self._book.write(make, actor, own=own)
        return Reset(before, await self.rules())

    async def _check_there(self, who: str) -> None:
        if await self._people.gone([who]):
            raise InvalidInput(
                f"{mention(who)} is deactivated in Slack, a robot, or a group without anybody."
            )


def _each(channel: Channel | None) -> list[Channel]:
    return list(Channel) if channel is None else [channel]


def _check_room(things: Any, most: int, what: str) -> None:
    if len(things) > most:
        raise InvalidInput(f"At most {most:,} {what} are possible. Remove some first.")
