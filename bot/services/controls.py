"""Controls: what managers set per channel. Settings are append-only, so history and undo come for free."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Actor, Channel, Mode, ModelWork, Rules, Status
from bot.core.policy import RulesByChannel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Setting, Transaction
from bot.core.recalibration import SETTING, Recalibration
from bot.core.teamwork.rules import VIPS

# Name of a setting -> how its stored value becomes a field of Rules.
_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "auto_above": float,
    "rollout": float,
    "mode": Mode,
    "paused": bool,
    "undo": int,
    "in_a_row": int,
    "per_hour": int,
    "risk": lambda share: None if share is None else float(share),
}
LIMITS: Mapping[str, int] = {
    "in_a_row": 20,
    "per_hour": 1_000,
}  # Name of a limit -> the most that may be set.
LONGEST_UNDO = 600
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """One setting before and after."""

    key: str
    channel: Channel
    old: Any
    new: Any


@dataclass(frozen=True)
class Report:
    """How things stand: the rules, how many conversations per channel and status, what is connected.

    `work` is what language models took within the last 24 hours, `articles` how the articles stand.
    """

    rules: Mapping[Channel, Rules]
    counts: Mapping[tuple[Channel, Status], int]
    integrations: Sequence[tuple[str, str]]
    work: Sequence[ModelWork] = ()
    articles: str = ""


def rules_for(channel: Channel, defaults: RulesByChannel, current: Mapping[str, Setting]) -> Rules:
    """Return the rules in force on one channel: what was set last, else the default."""
    stored = {
        name: convert(current[f"{name}.{channel}"].value)
        for name, convert in _FIELDS.items()
        if f"{name}.{channel}" in current
    }
    vips = frozenset(current[VIPS].value or ()) if VIPS in current else frozenset()
    return replace(defaults[channel], **stored, vips=vips)


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
    ) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults
        self._integrations = integrations
        self._articles = articles

    async def rules(self) -> dict[Channel, Rules]:
        """Return the rules in force, by channel."""
        async with self._database.snapshot() as tx:
            return await self._rules(tx)

    async def status(self) -> Report:
        """Return what `/cockpit status` tells."""
        async with self._database.snapshot() as tx:
            rules, counts = await self._rules(tx), await tx.conversations.count_by_status()
            work = await tx.drafts.model_work(self._clock() - _A_DAY)
        return Report(rules, counts, await self._integrations(), work, self._articles())

    async def set_threshold(
        self, channel: Channel | None, value: float, actor: Actor, *, keep_risk: bool = False
    ) -> list[Change]:
        """Set from which confidence (0 to 1) answers go out by themselves; None means every channel.

        Whoever sets it by hand takes back what was promised with `set_risk`, unless they `keep_risk`.
        """
        if not 0.0 < value <= 1.0:
            raise InvalidInput("A threshold is above 0 and at most 1, for example 0.85 or 85%.")
        changes = await self._set("auto_above", channel, value, actor)
        return changes if keep_risk else [*changes, *await self._forget_risk(channel, actor)]

    async def set_risk(self, channel: Channel | None, value: float | None, actor: Actor) -> list[Change]:
        """Set what share of the automatic answers may be wrong; None takes the promise back."""
        return await self._set("risk", channel, value, actor)

    async def set_mode(self, channel: Channel | None, mode: Mode, actor: Actor) -> list[Change]:
        """Set how far threadpilot goes by itself on a channel."""
        return await self._set("mode", channel, mode, actor)

    async def set_rollout(self, channel: Channel | None, share: float, actor: Actor) -> list[Change]:
        """Set for which share (0 to 1) of conversations answers may go out by themselves. Each keeps its lot."""
        if not 0.0 <= share <= 1.0:
            raise InvalidInput("A share lies between 0% and 100%, for example 10%.")
        return await self._set("rollout", channel, share, actor)

    async def set_undo(self, channel: Channel | None, seconds: int, actor: Actor) -> list[Change]:
        """Set for how many seconds an automatic answer can be stopped before it leaves; 0 sends it at once."""
        if not 0 <= seconds <= LONGEST_UNDO:
            raise InvalidInput(f"Between 0 and {LONGEST_UNDO} seconds are possible, for example 30.")
        return await self._set("undo", channel, seconds, actor)

    async def set_limit(self, channel: Channel | None, name: str, value: int, actor: Actor) -> list[Change]:
        """Set how many answers may leave by themselves, `in_a_row` or `per_hour`."""
        if not 1 <= value <= LIMITS[name]:
            raise InvalidInput(f"Between 1 and {LIMITS[name]:,} are possible, for example 3.")
        return await self._set(name, channel, value, actor)

    async def pause(self, channel: Channel | None, actor: Actor) -> list[Change]:
        """Stop automatic answers; drafts are still written and wait for an agent."""
        return await self._set("paused", channel, True, actor)

    async def resume(self, channel: Channel | None, actor: Actor) -> list[Change]:
        """Let automatic answers go out again."""
        return await self._set("paused", channel, False, actor)

    async def set_recalibration(self, new: Recalibration, actor: Actor) -> None:
        """Change how sure drafts are from now on; every process heeds it with its next draft."""
        async with self._database.transaction() as tx:
            await tx.settings.lock()
            old = recalibration(await tx.settings.current())
            await self._keep(tx, SETTING, old.as_value(), new.as_value(), actor)

    async def _forget_risk(self, channel: Channel | None, actor: Actor) -> list[Change]:
        rules = await self.rules()
        promised = [c for c in (rules if channel is None else [channel]) if rules[c].risk is not None]
        return [change for one in promised for change in await self.set_risk(one, None, actor)]

    async def _rules(self, tx: Transaction) -> dict[Channel, Rules]:
        current = await tx.settings.current()
        return {channel: rules_for(channel, self._defaults, current) for channel in Channel}

    async def _set(self, name: str, channel: Channel | None, value: Any, actor: Actor) -> list[Change]:
        if not actor.is_manager:
            raise NotAllowed("Only managers may change this. Ask one of them, or see `/cockpit status`.")
        channels = list(Channel) if channel is None else [channel]
        async with self._database.transaction() as tx:
            await tx.settings.lock()  # What is recorded as the old value is the one that is replaced.
            before = await self._rules(tx)
            changes = [Change(name, c, getattr(before[c], name), value) for c in channels]
            for change in changes:
                await self._store(tx, change, actor)
        return changes

    async def _store(self, tx: Transaction, change: Change, actor: Actor) -> None:
        await self._keep(tx, f"{change.key}.{change.channel}", change.old, change.new, actor)

    async def _keep(self, tx: Transaction, key: str, old: Any, new: Any, actor: Actor) -> None:
        now = self._clock()
        payload = {"old": old, "new": new}
        await tx.audit.append(at=now, actor=actor.id, action="setting", subject=key, payload=payload)
        await tx.settings.set(Setting(key=key, value=new, actor=actor.id, at=now))
