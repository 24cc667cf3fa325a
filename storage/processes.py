"""Which processes work on this database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.peers import Peer
from storage.rows import put, row_of
from storage.tables import processes


class SqlProcesses:
    """Rows by the name of the process."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, peer: Peer) -> None:
        """Insert, or replace what the process of this name said before."""
        row = row_of(peer) | {"duties": list(peer.duties), "down": dict(peer.down)}
        await put(self._connection, processes, row, ("name",))

    async def since(self, at: datetime) -> Sequence[Peer]:
        """Return whoever has said something since, by name."""
        query = select(processes).where(processes.c.at >= at).order_by(processes.c.name)
        rows = await self._connection.execute(query)
        return [Peer(row.name, tuple(row.duties), row.down, row.at) for row in rows]

    async def drop(self, name: str, *, before: datetime) -> None:
        """Forget one, and all that have said nothing since `before`."""
        gone = or_(processes.c.name == name, processes.c.at < before)
        await self._connection.execute(delete(processes).where(gone))
