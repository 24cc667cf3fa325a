"""What came with messages besides their text: the same content, such as a logo, is kept once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_once
from storage.tables import attachments


class SqlAttachments:
    """Contents by their SHA-256."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Keep a content; one that is here already stays as it is."""
        row = {"sha256": sha256, "content": content, "received_at": at}
        await insert_once(self._connection, attachments, row, ("sha256",))

    async def get(self, sha256: str) -> bytes | None:
        """Return a content, or None when it is not kept."""
        return await self._connection.scalar(
            select(attachments.c.content).where(attachments.c.sha256 == sha256)
        )
