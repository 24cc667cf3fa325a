"""The audit log, a chain of hashes. Rows are only ever appended, in the transaction they speak about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import GENESIS, AuditRow, chain_hash
from storage.columns import storable
from storage.rows import many, select_as
from storage.tables import audit


class SqlAudit:
    """Appends to the chain and reads it for verification.

    Appends of several processes must not overlap; SQLite has one writer at a time by itself.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(
        self, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
    ) -> None:
        """Append one row."""
        last = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
        seq, previous = (await self._connection.execute(last)).first() or (0, GENESIS)
        row: dict[str, Any] = {
            "seq": seq + 1,
            "at": at.astimezone(UTC),
            "actor": storable(actor),
            "action": storable(action),
            "subject": storable(subject),
            "payload": _as_stored(payload),
        }
        row["hash"] = chain_hash(previous, **row)
        await self._connection.execute(insert(audit).values(row | {"previous": previous}))

    async def rows(self, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """Return up to `limit` rows with a higher `seq` than `after`, in order."""
        query = select_as(AuditRow, audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        return await many(self._connection, AuditRow, query)


def _as_stored(payload: Mapping[str, Any]) -> Any:
    """Return the payload as it will be read again, since that is what its hash must cover."""
    return json.loads(storable(json.dumps(dict(payload), ensure_ascii=False)))
