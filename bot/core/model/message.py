"""What is said: as it comes in, as it is kept, and what comes with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.model.channel import Channel


class Sender(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AI = "ai"
    AGENT = "agent"


@dataclass(frozen=True)
class Returned:
    """The news that a message of ours came back (`permanent`), or that it is late.

    `external_ids` are the ids it may have on its channel, the likeliest first; `reason` is in the far side's words.
    `recipients` are whom it did not reach, as far as that is said.
    """

    external_ids: tuple[str, ...]
    reason: str
    permanent: bool
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """What came with a message besides its text; `size` is in bytes.

    `sha256` names its content among those that are kept; it is "" when that was not kept, for its size or for how
    many there were. `inline` tells that the text itself shows it. `missing` says why its content is not here
    although it should be, and `late` that it was fetched after the message had been shown.
    """

    name: str
    type: str
    size: int
    sha256: str = ""
    inline: bool = False
    missing: str = ""
    late: bool = False


@dataclass(frozen=True)
class Inbound:
    """One message as an edge hands it to intake.

    `external_id` is unique per channel and makes redelivery harmless. `conversation_hint` is a conversation id
    that the edge has verified (a signed address, a session); `references` are external ids of earlier
    messages, newest first. `beginning` is how the id of a conversation begins, for who takes part in that one.
    `automatic` says why the message came from a machine, or is empty. `returned` is what it reports of a message that
    may be ours. `attachments` are what came with it; `contents` are those to keep, by their SHA-256. `email` and
    `verified` are what the edge knows of who is writing.
    """

    channel: Channel
    external_id: str
    address: str
    text: str
    name: str = ""
    subject: str = ""
    conversation_hint: str | None = None
    references: tuple[str, ...] = ()
    beginning: str = ""
    automatic: str = ""
    returned: Returned | None = None
    wants_human: bool = False
    email: str = ""
    verified: bool = False
    attachments: tuple[Attachment, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)


NEXT = 0  # The number of a message that gets the next one of its conversation when it is kept.


@dataclass(frozen=True)
class Message:
    """Something the customer, the machine or an agent said; `seq` orders a conversation from 1."""

    id: str
    conversation_id: str
    seq: int
    turn: int
    sender: Sender
    content: str
    created_at: datetime
    external_id: str = ""
    author: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def automatic(self) -> str:
        """Why this came from a machine, or nothing."""
        return str(self.metadata.get("automatic", ""))

    @property
    def sender_check(self) -> str:
        """Whether the far side's identity was proven: `pass`, `fail`, or nothing when that is not known."""
        return str(self.metadata.get("sender_check", ""))

    @property
    def rating(self) -> int | None:
        """The score that this is and nothing else, or None."""
        score = self.metadata.get("rating")
        return score if isinstance(score, int) else None

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What came with this besides its text."""
        return tuple(_attachment(each) for each in self.metadata.get("attachments") or ())


def _attachment(said: Mapping[str, Any]) -> Attachment:
    # What older versions and other channels wrote lacks some of this.
    return Attachment(
        name=str(said.get("name") or ""),
        type=str(said.get("type") or ""),
        size=int(said.get("size") or 0),
        sha256=str(said.get("sha256") or ""),
        inline=bool(said.get("inline")),
        missing=str(said.get("missing") or ""),
        late=bool(said.get("late")),
    )


def by_people(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Leave out what machines wrote, such as an out-of-office reply, unless there is nothing else."""
    everything = tuple(messages)
    return tuple(m for m in everything if not m.automatic) or everything


@dataclass(frozen=True)
class Note:
    """Internal text typed in the Slack thread; it never leaves."""

    id: str
    conversation_id: str
    author: str
    content: str
    desk_ref: str
    created_at: datetime

    @property
    def system(self) -> str:
        """The record system in which it was typed, or nothing for Slack, whose channels are upper-case."""
        name = self.desk_ref.partition(":")[0]
        return name if name.islower() else ""
