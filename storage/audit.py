"""The audit log, a chain of hashes. Rows are only ever appended, in the transaction they speak about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import GENESIS, AuditRow, chain_hash
from storage.columns import storable
from storage.locks import lock
from storage.rows import many, select_as
from storage.tables import audit

_LAST = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
_APPEND = insert(audit)


class SqlAudit:
    """Appends to the chain and reads it for verification.

    Rows are linked to the chain by `flush`, right before the commit: nobody else can append from then on until the
    transaction ends, so that moment has to be short and come after all other waiting.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._new: list[dict[str, Any]] = []

    async def append(
        self, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
    ) -> None:
        """Append one row."""
        self._new.append(
            {
                "at": at.astimezone(UTC),
                "actor": storable(actor),
                "action": storable(action),
                "subject": storable(subject),
                "payload": _as_stored(payload),
            }
        )

    async def flush(self) -> None:
        """Link what was appended to the chain."""
        if not self._new:
            return
        await lock(self._connection, "audit")
        seq, previous = (await self._connection.execute(_LAST)).first() or (0, GENESIS)
        linked = []
        for number, new in enumerate(self._new, seq + 1):
            row = {"seq": number, **new}
            linked.append(row | {"previous": previous, "hash": chain_hash(previous, **row)})
            previous = linked[-1]["hash"]
        await self._connection.execute(_APPEND, linked)
        self._new.clear()

    async def rows(self, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """Return up to `limit` rows with a higher `seq` than `after`, in order."""
        await self.flush()
        query = select_as(AuditRow, audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        return await many(self._connection, AuditRow, query)


def _as_stored(payload: Mapping[str, Any]) -> Any:
    """Return the payload as it will be read again, since that is what its hash must cover."""
    return json.loads(storable(json.dumps(dict(payload), ensure_ascii=False)))
