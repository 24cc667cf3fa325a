"""Exchange: all settings as a file, out and in; an import is shown first, and counts whole or not at all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.core.model import Actor
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.core.steering.knobs import split
from bot.core.steering.settingsfile import read, written
from bot.services.controls import Controls
from bot.services.settingbook import Change, values_of

Hand = Callable[[Actor, str, str], Awaitable[None]]


@dataclass(frozen=True)
class Plan:
    """What a file would change, and the number of the newest change when it was compared."""

    changes: Sequence[Change]
    seen: int


class Exchange:
    """Writes and reads files of settings. `hand` gives a person a file, by name and content."""

    def __init__(self, database: Database, controls: Controls, clock: Clock, hand: Hand) -> None:
        self._database = database
        self._controls = controls
        self._clock = clock
        self._hand = hand

    async def file(self) -> str:
        """Return all settings as a file."""
        async with self._database.snapshot() as tx:
            return written(values_of(await tx.settings.current()), self._clock())

    async def handed_to(self, actor: Actor) -> str:
        """Give somebody the file, and say where it is."""
        name = f"threadpilot-settings-{self._clock():%Y-%m-%d}.json"
        await self._hand(actor, name, await self.file())
        return f"All settings are in {name}, in your messages with threadpilot. `/cockpit import` takes it back in."

    async def compare(self, text: str) -> Plan:
        """Return what a file would change. Raises InvalidInput: something in it is impossible."""
        async with self._database.snapshot() as tx:
            old = values_of(await tx.settings.current())
        changes = [
            Change(*split(key), old.get(key), new)
            for key, new in read(text, old, self._controls.given).items()
        ]
        return Plan(changes, await self._controls.newest())

    async def take_in(self, text: str, actor: Actor, seen: int) -> list[Change]:
        """Put a file in force, unless settings have changed since it was compared.

        Raises:
            NotAllowed: only managers may.
            InvalidInput: something in it is impossible.
            Superseded: somebody else has changed settings since.
        """
        plan = await self.compare(text)
        return await self._controls.set_values({one.whole_key: one.new for one in plan.changes}, actor, seen)
