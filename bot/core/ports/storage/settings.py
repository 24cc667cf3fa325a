"""What managers have set, now and before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Setting:
    """One value somebody set; the newest per key counts."""

    key: str
    value: Any
    actor: str
    at: datetime


@dataclass(frozen=True)
class SettingRow:
    """A row of the settings' history: `before` is what was set before it; the first of a key has nothing there."""

    seq: int
    key: str
    value: Any
    actor: str
    at: datetime
    before: Any = None
    is_first: bool = False

    def with_before(self, before: Any) -> "SettingRow":
        """Return the same, with what counted before it."""
        return replace(self, before=before)


class Settings(Protocol):
    """Append-only: the newest row of a key is in force."""

    async def lock(self) -> None:
        """Let nobody else change a setting until the transaction ends."""
        ...

    async def current(self) -> Mapping[str, Setting]: ...

    async def set(self, setting: Setting) -> None: ...

    async def history(self, limit: int) -> Sequence[SettingRow]:
        """Return the newest rows, the newest first."""
        ...
