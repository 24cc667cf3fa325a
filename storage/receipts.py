"""What has been taken and worked on already, so that it is not done again when it is handed over once more."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_once
from storage.tables import receipts


class SqlReceipts:
    """Receipts by the key of what was taken."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def has(self, key: str) -> bool:
        """Tell whether there is a receipt."""
        found = await self._connection.execute(select(receipts.c.key).where(receipts.c.key == key))
        return found.scalar() is not None

    async def add(self, key: str, at: datetime) -> bool:
        """Keep a receipt; False when there is one."""
        return await insert_once(self._connection, receipts, {"key": key, "at": at}, ("key",))

    async def since(self, prefix: str, at: datetime) -> bool:
        """Tell whether there is a receipt whose key begins so, and that was kept then or later."""
        query = select(receipts.c.key).where(
            receipts.c.key.startswith(prefix, autoescape=True), receipts.c.at >= at
        )
        return (await self._connection.execute(query.limit(1))).scalar() is not None

    async def forget(self, before: datetime) -> None:
        """Drop receipts that are older."""
        await self._connection.execute(delete(receipts).where(receipts.c.at < before))
