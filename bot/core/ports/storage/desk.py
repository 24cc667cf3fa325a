"""Where cards stand in Slack, and who shows them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    Channel,
)


@dataclass(frozen=True)
class DeskPost:
    """Where one sheet of a conversation stands in Slack, and what it shows (`digest`)."""

    conversation_id: str
    sheet: str
    slack_channel: str
    ts: str
    digest: str


class DeskPosts(Protocol):
    async def of(self, conversation_id: str) -> Mapping[str, DeskPost]: ...

    async def put(self, post: DeskPost) -> None: ...

    async def drop(self, conversation_id: str) -> None: ...

    async def leave(self, known: Collection[str]) -> int:
        """Mark what stands in other workspaces than the `known` and the main one, once, as left there.

        What is open of it is to be shown anew. Return how many conversations it was.
        """
        ...

    async def conversation_at(self, slack_channel: str, ts: str) -> str | None: ...


@dataclass(frozen=True)
class DeskLine:
    """What is shown one after the other: new cards of one channel, or changes of those that are `standing`.

    Each Slack workspace has lines of its own, so that one that takes nothing keeps no other waiting.
    """

    channel: Channel
    standing: bool
    workspace: str = ""


@dataclass(frozen=True)
class DeskRun:
    """A conversation that is ours to show, up to `until`.

    It is `doubtful` when nobody knows how far an earlier run came.
    """

    conversation_id: str
    until: datetime
    doubtful: bool = False
    tries: int = 0


class DeskRuns(Protocol):
    """Which conversations are to be shown, and who shows them."""

    async def lines(self, now: datetime) -> Collection[DeskLine]:
        """Return the lines in which something can be shown now."""
        ...

    async def waiting(self, workspace: str | None = None, others: Collection[str] = ()) -> int:
        """Count the conversations whose newest version is not shown; or those of a workspace.

        The main one ("") has what none of the `others` has.
        """
        ...

    async def claim(self, line: DeskLine, *, now: datetime, until: datetime) -> DeskRun | None:
        """Take what waits for a person first, then what waits longest; nobody else gets it before `until`."""
        ...

    async def release(self, run: DeskRun) -> bool:
        """Let go; False when somebody else has taken the conversation over."""
        ...

    async def postpone(self, run: DeskRun, until: datetime, *, doubtful: bool) -> bool:
        """Let go after a failure and count it; False when somebody else has taken the conversation over."""
        ...

    async def abandon(self, now: datetime) -> None:
        """End all claims, where no other process can have one."""
        ...
