"""Which process reads a mailbox, and how far it has come: both survive every restart."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.storage import Bookmark
from storage.rows import changed, insert_once
from storage.tables import mailboxes

_NEVER: dict[str, Any] = {"validity": 0, "last_uid": 0, "left": [], "caught_up_at": None}


class SqlMailboxes:
    """Leases and bookmarks by the name of the mailbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take a mailbox that nobody has, or keep one's own."""
        first = {"name": name, "holder": holder, "until": until, **_NEVER}
        if await insert_once(self._connection, mailboxes, first, ("name",)):
            return True
        # A time far ahead was written before the clock was set back.
        free = or_(mailboxes.c.until <= at, mailboxes.c.until > until + (until - at))
        ours = update(mailboxes).where(mailboxes.c.name == name, or_(mailboxes.c.holder == holder, free))
        return await changed(self._connection, ours.values(holder=holder, until=until))

    async def release(self, name: str, holder: str, *, at: datetime) -> None:
        """Let others have it at once."""
        await self._connection.execute(update(mailboxes).where(*_held(name, holder)).values(until=at))

    async def bookmark(self, name: str) -> Bookmark | None:
        """Return how far the mailbox has been read; None when it never was."""
        columns = mailboxes.c.validity, mailboxes.c.last_uid, mailboxes.c.left, mailboxes.c.caught_up_at
        row = (await self._connection.execute(select(*columns).where(mailboxes.c.name == name))).first()
        if row is None or not row.validity:
            return None
        return Bookmark(row.validity, row.last_uid, tuple(row.left), row.caught_up_at)

    async def put(self, name: str, holder: str, mark: Bookmark) -> bool:
        """Keep a bookmark; False when another process has the mailbox now."""
        values = {
            "validity": mark.validity,
            "last_uid": mark.last_uid,
            "left": list(mark.left),
            "caught_up_at": mark.caught_up_at,
        }
        return await changed(self._connection, update(mailboxes).where(*_held(name, holder)).values(values))


def _held(name: str, holder: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return mailboxes.c.name == name, mailboxes.c.holder == holder
