"""From whom nothing is answered, and which agents have practised."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Channel
from storage.rows import changed, insert_once
from storage.tables import blocked_senders, practised


class SqlBlockedSenders:
    """Blocked senders by channel and address."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, channel: Channel, address: str, actor: str, at: datetime) -> bool:
        """Block a sender; False when they are blocked already."""
        row = {"channel": channel, "address": address, "actor": actor, "at": at}
        return await insert_once(self._connection, blocked_senders, row, ("channel", "address"))

    async def remove(self, channel: Channel, address: str) -> bool:
        """Let a sender write again; False when they were not blocked."""
        theirs = blocked_senders.c.channel == channel, blocked_senders.c.address == address
        return await changed(self._connection, delete(blocked_senders).where(*theirs))


class SqlPractised:
    """Agents who have been through the first-run guide."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def has(self, actor: str) -> bool:
        """Tell whether an agent has."""
        found = await self._connection.execute(select(practised.c.actor).where(practised.c.actor == actor))
        return found.scalar() is not None

    async def add(self, actor: str, at: datetime) -> None:
        """Note that an agent has; once is enough."""
        await insert_once(self._connection, practised, {"actor": actor, "at": at}, ("actor",))
