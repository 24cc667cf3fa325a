"""Rate limits that several processes share: one row per line, locked while somebody books."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.pacing import Line
from storage.rows import insert_once
from storage.tables import rate_gates

_THIS = rate_gates.c.key == bindparam("line")
_LINE = select(rate_gates.c.next_at, rate_gates.c.closed_until).where(_THIS).with_for_update()
_KEEP = update(rate_gates).where(_THIS)


class SqlRateGates:
    """Lines by key."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, key: str) -> Line:
        """Return a line and lock it up to the end of the transaction."""
        line = (await self._connection.execute(_LINE, {"line": key})).first()
        if line is None:
            await insert_once(self._connection, rate_gates, {"key": key}, ("key",))
            line = (await self._connection.execute(_LINE, {"line": key})).one()
        return Line(*line)

    async def keep(self, key: str, line: Line) -> None:
        """Store what became of a line."""
        kept = {"line": key, "next_at": line.booked, "closed_until": line.closed}
        await self._connection.execute(_KEEP, kept)


class SqlLines:
    """Implements `bot.core.ports.pacing.Lines` on the table `rate_gates`."""

    def __init__(self, transaction: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._transaction = transaction

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[Line]:
        """Yield a line, alone in all processes until what became of it is committed."""
        async with self._transaction() as tx:
            line = await tx.rate_gates.take(key)
            yield line
            await tx.rate_gates.keep(key, line)
