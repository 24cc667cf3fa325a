"""Access tokens, sealed: who reads the database, or a copy of it, can use none of them.

What was sealed with another secret key, or for another login, cannot be opened, and is as if not there.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock
from storage.database import SqlDatabase
from storage.rows import changed, insert_once, put
from storage.seal import Seal
from storage.tables import access_tokens

_LEASE = timedelta(seconds=15)
# No right is ever taken for as long: it was written before a clock was set back.
_TOO_LONG = timedelta(seconds=120)


class SharedShelf:
    """`bot.core.ports.tokens.TokenShelf` on the table `access_tokens`, one row per name."""

    def __init__(self, database: SqlDatabase, clock: Clock, name: str, seal: Seal) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._seal = seal

    async def newest(self) -> str:
        query = select(access_tokens.c.sealed).where(access_tokens.c.name == self._name)
        async with self._database.snapshot() as tx:
            return self._seal.open(await tx.connection.scalar(query) or "")

    async def claim(self) -> bool:
        now = self._clock()
        if await self._is_taken(now):
            return False  # Whoever waits asks often, and must keep nobody from writing.
        until = now + _LEASE
        free = or_(access_tokens.c.leased_until <= now, access_tokens.c.leased_until > now + _TOO_LONG)
        ours = (
            update(access_tokens).where(access_tokens.c.name == self._name, free).values(leased_until=until)
        )
        row = {"name": self._name, "sealed": "", "leased_until": until}
        async with self._database.transaction() as tx:
            first = await insert_once(tx.connection, access_tokens, row, ("name",))
            return first or await changed(tx.connection, ours)

    async def _is_taken(self, now: datetime) -> bool:
        query = select(access_tokens.c.leased_until).where(access_tokens.c.name == self._name)
        async with self._database.snapshot() as tx:
            until: datetime | None = await tx.connection.scalar(query)
        return until is not None and now < until <= now + _TOO_LONG

    async def keep(self, token: str) -> None:
        await self._write(sealed=self._seal.close(token), leased_until=self._clock())

    async def put(self, connection: AsyncConnection, token: str) -> None:
        """Keep a token that nobody had to fetch, in somebody's transaction."""
        row = {"name": self._name, "sealed": self._seal.close(token), "leased_until": self._clock()}
        await put(connection, access_tokens, row, ("name",))

    async def remove(self, connection: AsyncConnection, token: str) -> bool:
        """Keep a token no more, in somebody's transaction; return False where there is another one, or none."""
        ours = access_tokens.c.name == self._name
        sealed = await connection.scalar(select(access_tokens.c.sealed).where(ours)) or ""
        if not token or self._seal.open(sealed) != token:
            return False
        gone = update(access_tokens).where(ours, access_tokens.c.sealed == sealed).values(sealed="")
        return await changed(connection, gone)

    async def give_back(self, after: float = 0.0) -> None:
        await self._write(leased_until=self._clock() + timedelta(seconds=after))

    async def _write(self, **values: Any) -> None:
        ours = update(access_tokens).where(access_tokens.c.name == self._name).values(**values)
        async with self._database.transaction() as tx:
            await tx.connection.execute(ours)
