"""Who did what, in a chain of hashes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.core.audit import AuditRow, Head


class Audit(Protocol):
    async def append(
        self, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
    ) -> None:
        """Append one row to the hash chain, in the caller's transaction."""
        ...

    async def head(self) -> Head | None:
        """Return where the chain has to end; None when somebody has removed that."""
        ...

    async def about(self, subject: str) -> Sequence[AuditRow]:
        """Return the rows with this subject, in order."""
        ...
