"""What agents are in the middle of: answers they write, what waits for them, whom they block, who has practised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import Case, Channel, Conversation


@dataclass(frozen=True)
class Writing:
    """An answer that an agent has not sent yet, saved while they type.

    `parts` are the inputs of their window, block id and text of each; `turn` and `draft_id` are what they had
    in view. `view_id` is the window, "" once it is closed, and `told` names the last news that it shows. `noticed`
    says that the card shows who writes.
    """

    conversation_id: str
    actor: str
    turn: int
    draft_id: str | None
    parts: tuple[tuple[str, str], ...]
    at: datetime
    view_id: str = ""
    told: str = ""
    noticed: bool = False


@dataclass(frozen=True)
class News:
    """What a writing agent has to hear: `key` names it, so that they hear it once.

    `wrote_again` says that the customer did; else somebody has sent `answer`, `by` whom (None is by itself).
    """

    key: str
    wrote_again: bool = False
    by: str | None = None
    answer: str = ""


class Writings(Protocol):
    """At most one unsent answer per conversation and agent."""

    async def of(self, conversation_id: str) -> Sequence[Writing]:
        """Return all of a conversation, the newest first."""
        ...

    async def get(self, conversation_id: str, actor: str) -> Writing | None: ...

    async def put(self, writing: Writing) -> None:
        """Insert, or replace what this agent had."""
        ...

    async def keep(
        self, conversation_id: str, actor: str, parts: tuple[tuple[str, str], ...], at: datetime
    ) -> bool:
        """Save what was typed; False when there is nothing to save it to."""
        ...

    async def tell(self, writing: Writing) -> None:
        """Note what the window shows and is for now; nothing where another one was opened since."""
        ...

    async def close(self, conversation_id: str, actor: str, view_id: str) -> None:
        """Note that this window is closed; what was typed stays."""
        ...

    async def to_notice(self, since: datetime) -> Sequence[Writing]:
        """Return those of whom their card shows the wrong thing; who has not typed `since` does not write.

        Whose conversation it is, is no news where they write: the card names them already.
        """
        ...

    async def notice(self, writing: Writing, since: datetime) -> bool:
        """Note what the card is to show of this one; False when that was told meanwhile, or is not so any more."""
        ...

    async def drop(self, conversation_id: str, actor: str) -> None: ...

    async def forget(self, before: datetime) -> None:
        """Drop what nobody has touched since."""
        ...


@dataclass(frozen=True)
class Queued:
    """A conversation that waits for a person: since when, and where its card stands, if it does."""

    conversation: Conversation
    name: str
    since: datetime
    slack_channel: str = ""
    ts: str = ""


class Windows(Protocol):
    """The windows in which agents write, as the services see them."""

    async def tell(self, writing: Writing, case: Case, news: News) -> None:
        """Show news in a window that stands open, beside what was typed.

        Raises:
            Gone: it was closed.
        """
        ...


@dataclass(frozen=True)
class QueueView:
    """What an agent sees of the queue: what is theirs, what is nobody's, and how much of each there is."""

    mine: Sequence[Queued]
    free: Sequence[Queued]
    longest: Queued | None
    mine_size: int
    free_size: int


class Queue(Protocol):
    """What waits for people and does not sleep, the most urgent first."""

    async def waiting(
        self,
        limit: int,
        *,
        owner: str | None = None,
        or_nobody: bool = False,
        without: str = "",
        carded: bool = False,
        escalated_last: bool = False,
        workspace: str | None = None,
    ) -> Sequence[Queued]:
        """Return what waits for `owner` ("" is nobody, None everybody), `without` one conversation.

        With `or_nobody`, what waits for nobody too. Where it is to be `carded`, what has no card in Slack yet is left
        out. With `escalated_last`, what was escalated to nobody in particular comes after everything else. With a
        `workspace`, only what is looked after there.
        """
        ...

    async def longest(self) -> Queued | None:
        """Return what waits longest, whoever has it."""
        ...

    async def size(self, *, owner: str | None = None) -> int: ...


class BlockedSenders(Protocol):
    """From whom messages are kept, and not answered."""

    async def add(self, channel: Channel, address: str, actor: str, at: datetime) -> bool:
        """Block a sender; False when they are blocked already."""
        ...

    async def remove(self, channel: Channel, address: str) -> bool: ...


class Practised(Protocol):
    """Who has been through the first-run guide."""

    async def has(self, actor: str) -> bool: ...

    async def add(self, actor: str, at: datetime) -> None: ...
