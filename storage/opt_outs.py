"""The numbers whose owners have texted STOP."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_once
from storage.tables import opt_outs


class SqlOptOuts:
    """Opt-outs by address."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, address: str, at: datetime) -> None:
        """Stop what would be texted to this address; once is enough."""
        await insert_once(self._connection, opt_outs, {"address": address, "at": at}, ("address",))

    async def remove(self, address: str) -> None:
        """Allow it again."""
        await self._connection.execute(delete(opt_outs).where(opt_outs.c.address == address))

    async def has(self, address: str) -> bool:
        """Tell whether it is stopped."""
        found = await self._connection.execute(
            select(opt_outs.c.address).where(opt_outs.c.address == address)
        )
        return found.scalar() is not None
