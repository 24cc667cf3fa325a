"""Leases of periodic work: of several processes, one does it."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import changed, insert_once
from storage.tables import periodic


class SqlPeriodic:
    """Leases by the name of the work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Compare and set when the work is due next; True for the one caller who may do it now."""
        taken = {"name": name, "next_at": until, "holder": holder}
        if await insert_once(self._connection, periodic, taken, ("name",)):
            return True
        due = update(periodic).where(periodic.c.name == name, periodic.c.next_at <= at)
        return await changed(self._connection, due.values(next_at=until, holder=holder))
