"""The audit log, a chain of hashes. Rows are only ever appended, in the transaction they speak about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import EMPTY, ERASE, AuditRow, Head, chain_hash, emptied_by
from storage.columns import storable
from storage.rows import many, one, select_as
from storage.tables import audit, audit_head

_HEAD = select_as(Head, audit_head)
_HEAD_TO_MOVE = _HEAD.with_for_update()
_LAST = select_as(Head, audit).order_by(audit.c.seq.desc()).limit(1)
_MOVE_HEAD = update(audit_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_APPEND = insert(audit)
# Both in one trip to a server, for the head is locked meanwhile. SQLite knows no such statement, and has no trips.
_APPEND_AND_MOVE_HEAD = insert(audit).add_cte(_MOVE_HEAD.cte("moved"))
_ERASURES = select_as(AuditRow, audit).where(audit.c.action == ERASE, audit.c.subject == ERASE)


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
        # Where somebody has removed the head, work goes on, and `audit verify` says so.
        head = (
            await one(self._connection, Head, _HEAD_TO_MOVE)
            or await one(self._connection, Head, _LAST)
            or EMPTY
        )
        previous, linked = head.hash, []
        for number, new in enumerate(self._new, head.seq + 1):
            row = {"seq": number, **new}
            linked.append(row | {"previous": previous, "hash": chain_hash(previous, **row)})
            previous = linked[-1]["hash"]
        await self._keep(linked)
        self._new.clear()

    async def _keep(self, linked: list[dict[str, Any]]) -> None:
        *others, last = linked
        head = {"new_seq": last["seq"], "new_hash": last["hash"]}
        if self._connection.dialect.name == "postgresql":
            if others:
                await self._connection.execute(_APPEND, others)
            await self._connection.execute(_APPEND_AND_MOVE_HEAD, last | head)
        else:
            await self._connection.execute(_APPEND, linked)
            await self._connection.execute(_MOVE_HEAD, head)

    async def head(self) -> Head | None:
        """Return where the chain has to end; None when somebody has removed that."""
        await self.flush()
        return await one(self._connection, Head, _HEAD)

    async def about(self, subject: str) -> Sequence[AuditRow]:
        """Return the rows with this subject, in order."""
        await self.flush()
        query = select_as(AuditRow, audit).where(audit.c.subject == subject).order_by(audit.c.seq)
        return await many(self._connection, AuditRow, query)

    async def emptied(self) -> Mapping[int, str]:
        """Return number -> hash of the rows whose content was erased on record, by rows that came after them."""
        await self.flush()
        erasures = await many(self._connection, AuditRow, _ERASURES)
        return {seq: known for row in erasures for seq, known in emptied_by(row).items() if seq < row.seq}

    async def rows(self, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """Return up to `limit` rows with a higher `seq` than `after`, in order."""
        await self.flush()
        query = select_as(AuditRow, audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        return await many(self._connection, AuditRow, query)


def _as_stored(payload: Mapping[str, Any]) -> Any:
    """Return the payload as it will be read again, since that is what its hash must cover."""
    return json.loads(storable(json.dumps(dict(payload), ensure_ascii=False)))
