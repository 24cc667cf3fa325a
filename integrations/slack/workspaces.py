"""Several Slack workspaces at once: what belongs to each, and the one desk they are to the services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from bot.core.model import Case
from bot.core.ports.desk import NOWHERE, Desk, Sheet
from bot.core.ports.desk_work import News, Queued, Windows, Writing
from bot.core.ports.storage import DeskPost

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True)
class Workspaces(Generic[T_co]):
    """One for each workspace; where the settings name a workspace no more, the main one has what was its."""

    main: T_co
    others: Mapping[str, T_co] = field(default_factory=dict)

    def of(self, workspace: str) -> T_co:
        """Return what belongs to a workspace."""
        return self.others.get(workspace, self.main)

    def each(self, make: Callable[[T_co], U]) -> "Workspaces[U]":
        """Return what is made of each."""
        others = {name: make(one) for name, one in self.others.items()}
        return Workspaces(make(self.main), others)

    def all(self) -> Sequence[T_co]:
        """Return all, the main one first."""
        return (self.main, *self.others.values())


class Desks:
    """`bot.core.ports.Desk`: each conversation stands in the workspace that looks after it."""

    def __init__(self, desks: Workspaces[Desk]) -> None:
        self._desks = desks

    def sheets(
        self,
        case: Case,
        *,
        threshold: float,
        now: datetime,
        standing: Mapping[str, DeskPost],
        goes_on: DeskPost | None = None,
        next_up: Queued | None = None,
        placed: Mapping[str, Any] = NOWHERE,
    ) -> Sequence[Sheet]:
        """Render a conversation as its workspace shows it."""
        return self._of(case).sheets(
            case,
            threshold=threshold,
            now=now,
            standing=standing,
            goes_on=goes_on,
            next_up=next_up,
            placed=placed,
        )

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        """Post a sheet there."""
        return await self._of(case).post(sheet, case, root_ts=root_ts)

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        """Change a sheet there."""
        await self._of(case).update(sheet, case, ts, root_ts=root_ts)

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        """Look for a sheet there."""
        return await self._of(case).find(sheet, case, root_ts=root_ts)

    def _of(self, case: Case) -> Desk:
        return self._desks.of(case.conversation.workspace)


class AllWindows:
    """`bot.core.ports.desk_work.Windows`: of whoever writes, in their workspace."""

    def __init__(self, windows: Workspaces[Windows]) -> None:
        self._windows = windows

    async def tell(self, written: Writing, case: Case, news: News) -> None:
        """Show news in a window."""
        await self._windows.of(case.conversation.workspace).tell(written, case, news)
