"""Mails as they came, byte for byte: what the message beside them left out can still be read here."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_once
from storage.tables import raw_mails


class SqlRawMails:
    """Mails by the SHA-256 of their content, so each is kept once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, sha256: str, content: bytes, at: datetime) -> None:
        """Keep a mail; one that is here already stays as it is."""
        mail = {"sha256": sha256, "content": content, "received_at": at}
        await insert_once(self._connection, raw_mails, mail, ("sha256",))

    async def get(self, sha256: str) -> bytes | None:
        """Return a mail as it came."""
        query = select(raw_mails.c.content).where(raw_mails.c.sha256 == sha256)
        return await self._connection.scalar(query)
