"""Leases of periodic work: of several processes, one does it."""

from datetime import datetime

from sqlalchemy import or_, update
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
        # A time far ahead was written before the clock was set back, and would keep everybody waiting for it.
        due = or_(periodic.c.next_at <= at, periodic.c.next_at > until + (until - at))
        ours = update(periodic).where(periodic.c.name == name, due)
        return await changed(self._connection, ours.values(next_at=until, holder=holder))
