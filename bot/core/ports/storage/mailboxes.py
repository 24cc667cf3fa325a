"""Mailboxes that are read on an IMAP server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Bookmark:
    """How far a mailbox on an IMAP server has been read (RFC 3501, 2.3.1.1).

    `validity` is its UIDVALIDITY, `last_uid` the highest UID that was taken, `left` those below it that could not be
    kept yet, `caught_up_at` when everything had been taken last.
    """

    validity: int
    last_uid: int
    left: tuple[int, ...] = ()
    caught_up_at: datetime | None = None


class Mailboxes(Protocol):
    """Which process reads a mailbox, and how far it has come."""

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take a mailbox until then, or keep it longer; False while another process has it."""
        ...

    async def release(self, name: str, holder: str, *, at: datetime) -> None:
        """Let others have it at once."""
        ...

    async def bookmark(self, name: str) -> Bookmark | None: ...

    async def put(self, name: str, holder: str, mark: Bookmark) -> bool:
        """Keep a bookmark; False, changing nothing, when another process has the mailbox now."""
        ...
