"""Controls: what managers set. Settings are append-only, so history and undo come for free."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.model import Actor, Channel, Mode, ModelWork, Rules, Status
from bot.core.policy import RulesByChannel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Setting, SettingRow, Transaction
from bot.core.recalibration import SETTING, Recalibration
from bot.core.steering import knobs
from bot.core.steering.knobs import (
    OFF,
    STRICTER,
    WORDS,
    checked,
    split,
    switched,
    takes_nothing,
    with_topic,
    with_word,
)
from bot.core.steering.stored import of_rules, problem, unreadable
from bot.services.settingbook import (
    TAKES_BACK,
    Announce,
    Change,
    Said,
    SettingBook,
    Values,
    unannounced,
    values_of,
)
from bot.services.unheeded import name_unheeded

SYSTEM = Actor("threadpilot", is_manager=True)
MOST_HISTORY = 500
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Report:
    """How things stand: the rules, how many conversations per channel and status, what is connected.

    `work` is what language models took within the last 24 hours, `articles` how the articles stand, `unreadable` the
    settings whose values are not possible, so that they do not count.
    """

    rules: Mapping[Channel, Rules]
    counts: Mapping[tuple[Channel, Status], int]
    integrations: Sequence[tuple[str, str]]
    work: Sequence[ModelWork] = ()
    articles: str = ""
    unreadable: Sequence[str] = ()


def rules_for(channel: Channel, defaults: RulesByChannel, current: Mapping[str, Setting]) -> Rules:
    """Return the rules in force on one channel: what was set last, else the default.

    What was set and is not possible does not count; the log names it.
    """
    values = values_of(current)
    name_unheeded(unreadable(of_rules(channel, values)), current)
    return knobs.rules_for(channel, defaults, values)


def recalibration(current: Mapping[str, Setting]) -> Recalibration:
    """Return what verdicts have taught about the confidence so far."""
    return Recalibration.stored(current[SETTING].value if SETTING in current else None)


class Controls:
    """Reads and changes the rules; only managers may change them, and every change is on record."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        defaults: RulesByChannel,
        integrations: Callable[[], Awaitable[Sequence[tuple[str, str]]]],
        articles: Callable[[], str] = str,
        announce: Announce = unannounced,
    ) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults
        self._integrations = integrations
        self._articles = articles
        self._book = SettingBook(database, clock, announce, self.given)

    async def rules(self) -> dict[Channel, Rules]:
        """Return the rules in force, by channel."""
        async with self._database.snapshot() as tx:
            current = await tx.settings.current()
        return {channel: rules_for(channel, self._defaults, current) for channel in Channel}

    async def status(self) -> Report:
        """Return what `/cockpit status` tells."""
        async with self._database.snapshot() as tx:
            current, counts = await tx.settings.current(), await tx.conversations.count_by_status()
            work = await tx.drafts.model_work(self._clock() - _A_DAY)
        rules = {channel: rules_for(channel, self._defaults, current) for channel in Channel}
        bad = unreadable(values_of(current))
        return Report(rules, counts, await self._integrations(), work, self._articles(), bad)

    async def set(
        self, name: str, channel: Channel | None, value: Any, actor: Actor, *, seen: int | None = None
    ) -> list[Change]:
        """Set a field of the rules on a channel, or with None on every one.

        Whoever sets the threshold by hand takes back what was promised with `set_risk`.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: no such value is possible; the message says which are.
            Superseded: settings have changed since `seen`, the number of the newest change then.
        """
        takes_back = name == "auto_above"

        def make(old: Values) -> Values:
            stored = checked(name, value)
            new = {f"{name}.{one}": stored for one in _each(channel)}
            promised = [f"risk.{one}" for one in _each(channel) if old.get(f"risk.{one}") is not None]
            return new | (dict.fromkeys(promised) if takes_back else {})

        return await self._book.write(make, actor, seen=seen)

    async def set_values(self, values: Values, actor: Actor, seen: int | None = None) -> list[Change]:
        """Put values in force that have been checked, all or none; as for `set`."""
        return await self.write(lambda _: values, actor, seen)

    async def write(
        self,
        make: Callable[[Values], Values],
        actor: Actor,
        seen: int | None = None,
        said: Said | None = None,
    ) -> list[Change]:
        """Put values in force that are made, and checked, from what is in force in the same transaction."""
        return await self._book.write(make, actor, seen=seen, said=said)

    async def fall_back(self, channel: Channel, said: str) -> list[Change]:
        """Let people send all answers on a channel, and tell them why."""
        values = {f"mode.{channel}": checked("mode", Mode.ASSIST)}
        return await self.write(lambda _: values, SYSTEM, said=Said(f"fall-back.{channel}", said))

    async def certify(self, channel: Channel, threshold: float, actor: Actor) -> list[Change]:
        """Put the threshold in force that a promise asks for."""
        return await self.set_values({f"auto_above.{channel}": threshold}, actor)

    async def set_threshold(self, channel: Channel | None, value: float, actor: Actor) -> list[Change]:
        """Set from which confidence (0 to 1) answers go out by themselves; None means every channel."""
        return await self.set("auto_above", channel, value, actor)

    async def set_mode(self, channel: Channel | None, mode: Mode, actor: Actor) -> list[Change]:
        """Set how far threadpilot goes by itself on a channel."""
        return await self.set("mode", channel, mode, actor)

    async def set_rollout(self, channel: Channel | None, share: float, actor: Actor) -> list[Change]:
        """Set for which share (0 to 1) of conversations answers may go out by themselves. Each keeps its lot."""
        return await self.set("rollout", channel, share, actor)

    async def set_topic(
        self, topic: str, threshold: float | None, actor: Actor, *, seen: int | None = None
    ) -> list[Change]:
        """Give answers that rest on an article a stricter threshold; None takes it away."""
        return await self._set_everywhere(
            STRICTER, lambda old: with_topic(old, topic, threshold), actor, seen
        )

    async def set_word(self, typed: str, on: bool, actor: Actor, *, seen: int | None = None) -> list[Change]:
        """Have messages with a word or phrase always go to people, or not any more."""
        return await self._set_everywhere(WORDS, lambda old: with_word(old, typed, on), actor, seen)

    async def switch_rule(
        self, code: str, on: bool, actor: Actor, *, seen: int | None = None
    ) -> list[Change]:
        """Switch a rule on or off that hands matters to people."""
        return await self._set_everywhere(OFF, lambda old: self.switched(old, code, on), actor, seen)

    def switched(self, old: Collection[str] | None, code: str, on: bool) -> list[str] | None:
        """Return the codes of the rules that are off, with one switched. Raises InvalidInput for no such rule."""
        return switched(old, code, on, self._defaults)

    async def set_recalibration(self, new: Recalibration, actor: Actor) -> None:
        """Change how sure drafts are from now on; every process heeds it with its next draft."""
        await self.set_values({SETTING: new.as_value()}, actor)

    async def newest(self) -> int:
        """Return the number of the newest change, 0 for none: what somebody has in view."""
        rows = await self.history(1)
        return rows[0].seq if rows else 0

    async def history(self, limit: int = 20) -> Sequence[SettingRow]:
        """Return what was changed, the newest first; `before` is what counted until then."""
        async with self._database.snapshot() as tx:
            rows = await tx.settings.history(min(limit, MOST_HISTORY))
        return [row.with_before(self.given(row.key)) if _was_unset(row) else row for row in rows]

    async def taken_away(self) -> dict[str, Any]:
        """Return by key what counted within a day until a person set something else."""
        newest = {row.key: row for row in reversed(await self.history(MOST_HISTORY))}
        return {
            key: row.before
            for key, row in newest.items()
            if row.actor != SYSTEM.id and self._clock() - row.at < _A_DAY
        }

    async def reverting(self, number: int | None) -> Sequence[SettingRow]:
        """Return what taking back a change would take back: it, and all that was made together with it.

        `number` None is the newest change by a person that is in force: one that was taken back is passed over, as is
        what took it back.

        Raises:
            InvalidInput: there is no such change.
        """
        rows = await self.history(MOST_HISTORY)
        named = (row for row in rows if row.seq == number)
        chosen = await self._last_in_force(rows) if number is None else next(named, None)
        if chosen is None:
            raise InvalidInput("There is no such change to take back. `/cockpit history` lists them.")
        return [row for row in rows if (row.actor, row.at) == (chosen.actor, chosen.at)]

    async def revert(self, number: int | None, actor: Actor, *, seen: int | None = None) -> list[Change]:
        """Take back a change; to take that back too is to make it again.

        Raises:
            InvalidInput: there is no such change, it was overtaken, or what was before is not possible any more.
        """
        together = await self.reverting(number)

        def make(old: Values) -> Values:
            if any(old.get(row.key) != row.value for row in together):
                raise InvalidInput(
                    f"#{together[0].seq} was changed again since: take back the newer change first. "
                    "`/cockpit history` lists them."
                )
            if problems := [why for row in together if (why := _why_not(row))]:
                raise InvalidInput(f"What was there before is not possible. {' '.join(problems)}")
            return {row.key: row.before for row in together}

        return await self._book.write(make, actor, seen=seen, takes_back=together[0].seq)

    async def _last_in_force(self, rows: Sequence[SettingRow]) -> SettingRow | None:
        """Return the newest change by a person that neither was taken back nor takes one back."""
        made = {row.seq: (row.actor, row.at) for row in rows}
        over: set[object] = set()
        async with self._database.snapshot() as tx:
            for row in rows:
                if row.actor == SYSTEM.id or made[row.seq] in over:
                    continue
                taken_back = await _taken_back_by(tx, row)
                if taken_back is None:
                    return row
                over |= {made[row.seq], made.get(taken_back)}
        return None

    async def _set_everywhere(
        self, key: str, changed: Callable[[Any], Any], actor: Actor, seen: int | None = None
    ) -> list[Change]:
        return await self._book.write(lambda old: {key: changed(old.get(key))}, actor, seen=seen)

    def given(self, key: str) -> Any:
        """Return what counts for a key that nobody has set."""
        name, channel = split(key)
        return None if channel is None else getattr(self._defaults[channel], name)


async def _taken_back_by(tx: Transaction, row: SettingRow) -> int | None:
    """Return the number of the change that this one took back, None for one that took none back."""
    told = [one.payload.get(TAKES_BACK) for one in await tx.audit.about(row.key) if one.at == row.at]
    return next((number for number in told if isinstance(number, int)), None)


def _was_unset(row: SettingRow) -> bool:
    return row.is_first or (row.before is None and not takes_nothing(split(row.key)[0]))


def _why_not(row: SettingRow) -> str:
    return "" if row.before is None else problem(row.key, row.before)


def _each(channel: Channel | None) -> list[Channel]:
    return list(Channel) if channel is None else [channel]
