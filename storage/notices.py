"""What was said in Slack about how it goes, and what is to be said."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.reporting import Notice
from storage.rows import changed, insert_once, many, row_of, select_as
from storage.tables import notices


class SqlNotices:
    """One row by key; each change is a compare-and-set on its version."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Mapping[str, Notice]:
        """Return all by key."""
        return {one.key: one for one in await many(self._connection, Notice, select_as(Notice, notices))}

    async def put(self, notice: Notice) -> bool:
        """Keep the next version of a notice, unless somebody else has."""
        row = row_of(replace(notice, version=notice.version + 1))
        if notice.version == 0:
            return await insert_once(self._connection, notices, row, ("key",))
        ours = update(notices).where(notices.c.key == notice.key, notices.c.version == notice.version)
        return await changed(self._connection, ours.values(row))
