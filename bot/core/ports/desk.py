"""The Slack side, as the services see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import Attachment, Case
from bot.core.ports.desk_work import Queued
from bot.core.ports.storage import DeskPost


@dataclass(frozen=True)
class Sheet:
    """One Slack message of a conversation, rendered.

    `name` is stable (root, escalation, message:ID …); `home` is the Slack channel of the conversation's card. A sheet
    with `files` is their upload: it says `text`, and never changes. `leads_to` is the Slack channel and the ts of the
    card where a merged conversation goes on, `next_up` what waits next for whoever has dealt with this one.
    """

    name: str
    slack_channel: str
    text: str
    blocks: Sequence[Mapping[str, Any]]
    digest: str
    home: str = ""
    in_thread: bool = False
    leads_to: tuple[str, str] | None = None
    next_up: Queued | None = None
    files: Sequence[Attachment] = ()


NOWHERE: Mapping[str, Any] = {}


class Desk(Protocol):
    """The Slack side as the services see it."""

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
        """Render the conversation: the root card, what stands elsewhere, then what belongs beneath the card.

        `standing` are the sheets that are posted: they are kept true even when they would not be posted now, and
        stay in their Slack channel as long as that takes something. `goes_on` is the card of the conversation that
        this one was merged into. `next_up` is what whoever has dealt with this one is led to. `placed` are the
        settings that say where cards go (`bot.core.places`).
        """
        ...

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        """Post a sheet and return its ts; `root_ts` is the card's, once it stands.

        Raises:
            Unavailable: not posted, with `retry_after` when Slack says so.
            Refused: Slack will not take it.
            ChannelClosed: this Slack channel takes nothing; render again, there may be another one.
            OutcomeUnknown: it may stand there.
        """
        ...

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        """Change a posted sheet. Raises as `post`, and Gone when the message was deleted."""
        ...

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        """Look for a sheet that an interrupted run may have posted, by its metadata; return its ts."""
        ...
