"""Record systems: where others read what we say to customers (a help desk, a CRM), kept in step with us.

What a system is told follows from what is stored (`bot.core.records.outstanding`), so nothing is kept for it but what
each of our things is called over there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.model import Case, Channel, Message, Note, Status
from bot.core.ports.channels import Deadline


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a conversation. `id` is the same on every attempt; `record` is the record's id."""

    id: str
    case: Case
    record: str


@dataclass(frozen=True)
class Began(Entry):
    """The conversation began, with its first message; there is no record yet, so `record` is empty."""

    message: Message


@dataclass(frozen=True)
class CameIn(Entry):
    """The customer wrote."""

    message: Message


@dataclass(frozen=True)
class AnswerSent(Entry):
    """An answer has left, by itself or an agent's."""

    message: Message


@dataclass(frozen=True)
class NoteTaken(Entry):
    """Somebody typed an internal note."""

    note: Note


@dataclass(frozen=True)
class StatusChanged(Entry):
    """Whose turn it is has changed; `word` is what the system calls it, `seen` what it said itself last."""

    word: str
    seen: str


@dataclass(frozen=True)
class Written:
    """What an entry is called in the system, and where people open it; both may be empty.

    Where the record was over for good and another one goes on from it, `record` is that one, and `url` its address.
    Where its status cannot be changed any more, `stays` is the word for that.
    """

    external_id: str = ""
    url: str = ""
    record: str = ""
    stays: str = ""


class RecordSystem(Protocol):
    """Where conversations are put on record for others.

    `name` is the word for it in keys (at most 16 characters). A conversation of the channel that it `carries` is a
    record over there already: only notes and status are written for it.
    """

    @property
    def name(self) -> str: ...

    @property
    def carries(self) -> Channel | None: ...

    def wants(self, case: Case) -> bool:
        """Tell whether this conversation is put on record at all."""
        ...

    def check(self) -> None:
        """Raises Unavailable while it is known that nothing would be taken, without asking."""
        ...

    def word_for(self, status: Status) -> str:
        """Return what the system calls a status; "" for one that it is not told of."""
        ...

    async def write(self, entry: Entry, deadline: Deadline, *, doubtful: bool) -> Written:
        """Write an entry, once however often it is handed over.

        `doubtful` says that an earlier attempt may have written it: the system is asked first. The `deadline` is
        checked right before what cannot be taken back; later, another process may be writing the same.

        Raises:
            Unavailable: it may be written later; whatever comes after it waits too.
            Refused: it never will be; people are told, and what comes after it goes on.
            OutcomeUnknown: it may have been written.
        """
        ...


class Voice(StrEnum):
    """Who said something in a record system."""

    CUSTOMER = "customer"
    AGENT = "agent"
    OURS = "ours"  # We ourselves: what we hear of that is our own echo.


@dataclass(frozen=True)
class RemoteFile:
    """A file that is in a record system; `size` is in bytes."""

    name: str
    type: str
    size: int
    url: str


@dataclass(frozen=True)
class Remark:
    """Something that was said on a record, with files; the customer can read what is `public`."""

    id: str
    voice: Voice
    author: str
    text: str
    at: datetime
    public: bool = False
    files: Sequence[RemoteFile] = ()


@dataclass(frozen=True)
class Reading:
    """A record as it stands over there.

    `stamp` changes with it, and is empty while a change could go unseen. `status` is one of the words of `word_for`,
    and `conversation_id` is ours where we made the record. `follows` is the record, over for good, that it goes on
    from. The rest says who the customer is, and how they rate what
    was done, from 1 to 5 with a `comment`; 0 is not (yet). `remarks` are all of
    them, oldest first, or None when the stamp is the one that was seen.
    """

    record: str
    stamp: str
    status: str
    url: str
    remarks: Sequence[Remark] | None
    subject: str = ""
    conversation_id: str = ""
    follows: str = ""
    address: str = ""
    name: str = ""
    email: str = ""
    verified: bool = False
    score: int = 0
    comment: str = ""


@dataclass(frozen=True)
class Changes:
    """Records that changed, a bookmark behind them, and whether there are more."""

    records: Sequence[str]
    bookmark: str
    more: bool


class RecordReader(Protocol):
    """A record system in which people work too."""

    def brings(self, channel: Channel) -> bool:
        """Tell whether it brings what is public to customers of a channel, so that it is an answer to them."""
        ...

    async def content(self, file: RemoteFile) -> bytes:
        """Fetch a file. Raises Unavailable, Refused."""
        ...

    async def read(self, record: str, seen: str) -> Reading:
        """Read a record; its remarks only when its stamp is not the one that was `seen`.

        Raises:
            Unavailable: it cannot be read now.
            Gone: it was deleted.
        """
        ...

    async def changed(self, bookmark: str, since: datetime) -> Changes:
        """Return what changed behind a bookmark, or since a moment where there is none yet. Raises Unavailable."""
        ...
