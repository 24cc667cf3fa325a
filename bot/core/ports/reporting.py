"""What is said in Slack about how it goes, once each, whatever crashes and however many processes there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Blocks = Sequence[Mapping[str, Any]]


class NoticeState(StrEnum):
    """Where a notice stands: there is nothing to say, it is to be said, it was said, or its end is to be said."""

    CALM = "calm"
    BEGINS = "begins"
    STANDS = "stands"
    ENDS = "ends"


@dataclass(frozen=True)
class Notice:
    """One thing that may have to be said, by its key; `version` tells which of two changes was first.

    It is in its state since `since`; `good_since` is since when the trouble seems over. `tried_at` is when posting it
    was begun, so that a post cut short is looked for. It stands, or stood, at `slack_channel` and `ts`.
    """

    key: str
    state: NoticeState
    since: datetime
    said: str = ""
    good_since: datetime | None = None
    tried_at: datetime | None = None
    slack_channel: str = ""
    ts: str = ""
    version: int = 0


class Notices(Protocol):
    async def all(self) -> Mapping[str, Notice]: ...

    async def put(self, notice: Notice) -> bool:
        """Keep this version of a notice; False when somebody else has kept one meanwhile."""
        ...


class Board(Protocol):
    """The Slack channel in which it is said."""

    async def post(
        self, slack_channel: str, name: str, text: str, blocks: Blocks, *, thread_ts: str | None = None
    ) -> str:
        """Post under a name by which `find` recognises it, and return its ts.

        Raises:
            Unavailable: it does not stand there.
            Refused: Slack will not have it.
            OutcomeUnknown: it may stand there.
        """
        ...

    async def find(
        self, slack_channel: str, name: str, since: datetime, *, thread_ts: str | None = None
    ) -> str | None:
        """Return the ts of what was posted under a name, if it stands there."""
        ...

    async def show(self, slack_channel: str, thread_ts: str, title: str, alt: str, png: bytes) -> None:
        """Show a picture in a thread, with words for those who cannot see it. Raises as `post`."""
        ...


class Painter(Protocol):
    """Makes pictures of Vega-Lite specifications."""

    async def paint(self, specs: Sequence[Mapping[str, Any]]) -> Sequence[bytes]:
        """Return each as a PNG.

        Raises:
            Unavailable: nothing here makes pictures, or it failed or took too long.
        """
        ...
