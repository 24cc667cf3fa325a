"""The book of settings: the one place that writes them. What is on record is announced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import NotAllowed, Superseded
from bot.core.model import Actor, Channel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Setting, Transaction
from bot.core.steering.knobs import split
from bot.services.notifying import leave

Values = Mapping[str, Any]

TAKES_BACK = "takes_back"  # In the audit log: the number of the change that was taken back.


@dataclass(frozen=True)
class Change:
    """One setting before and after; `channel` is None for what counts everywhere."""

    key: str
    channel: Channel | None
    old: Any
    new: Any

    @property
    def whole_key(self) -> str:
        """The key under which it is kept."""
        return self.key if self.channel is None else f"{self.key}.{self.channel}"


@dataclass(frozen=True)
class Said:
    """What is said in Slack of a change that nobody asked for, and what it is about."""

    about: str
    sentence: str


Announce = Callable[[str, Sequence[Change]], None]


def unannounced(_actor: str, _changes: Sequence[Change]) -> None:
    """Tell nobody."""


def values_of(current: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the values in force, by key."""
    return {key: setting.value for key, setting in current.items()}


class SettingBook:
    """Writes settings. `given` is what counts for a key that nobody has set."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        announce: Announce = unannounced,
        given: Callable[[str], Any] = lambda _: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._announce = announce
        self._given = given

    async def write(
        self,
        make: Callable[[Values], Values],
        actor: Actor,
        *,
        own: bool = False,
        seen: int | None = None,
        said: Said | None = None,
        takes_back: int | None = None,
    ) -> list[Change]:
        """Put new values in force, made from the old ones, all or none; return what was asked for, changed or not.

        `own` says that whoever asks may change this without being a manager. `seen` is the number of the newest
        change that they had in view. `said` is what people hear of it if anything was changed. `takes_back` is the
        number of the change that this one takes back.

        Raises:
            NotAllowed: only managers may.
            Superseded: somebody has changed settings since `seen`.
        """
        if not (actor.is_manager or own):
            raise NotAllowed("Only managers may change this. Ask one of them, or see `/cockpit status`.")
        async with self._database.transaction() as tx:
            await tx.settings.lock()  # What is recorded as the old value is the one that is replaced.
            await _check_seen(tx, seen)
            old = values_of(await tx.settings.current())
            changes = [self._change(key, old, new) for key, new in make(old).items()]
            real = [one for one in changes if one.old != one.new]
            if real and said:
                await leave(tx, said.about, said.sentence, self._clock())
            await self._keep(tx, real, actor, {} if takes_back is None else {TAKES_BACK: takes_back})
        if real:
            self._announce(actor.id, real)
        return changes

    def _change(self, key: str, old: Values, new: Any) -> Change:
        name, channel = split(key)
        return Change(name, channel, old[key] if key in old else self._given(key), new)

    async def _keep(
        self, tx: Transaction, changes: Sequence[Change], actor: Actor, about: Mapping[str, int]
    ) -> None:
        at = self._clock()  # One moment for all that belongs together: that is how it is taken back together.
        for one in changes:
            payload = {"old": one.old, "new": one.new, **about}
            await tx.audit.append(
                at=at, actor=actor.id, action="setting", subject=one.whole_key, payload=payload
            )
            await tx.settings.set(Setting(key=one.whole_key, value=one.new, actor=actor.id, at=at))


async def _check_seen(tx: Transaction, seen: int | None) -> None:
    if seen is None:
        return
    newest = await tx.settings.history(1)
    if newest and newest[0].seq != seen:
        raise Superseded(
            f"<@{newest[0].actor}> changed settings meanwhile (#{newest[0].seq}), so nothing was changed. "
            "Look at it once more, and do it again if you still want to."
        )
