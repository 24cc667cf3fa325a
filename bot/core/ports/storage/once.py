"""What has one effect, however many processes there are and however often it is handed over."""

from datetime import datetime
from typing import Protocol


class Receipts(Protocol):
    """What was taken already, by its key, so that it has one effect however often it is handed over."""

    async def has(self, key: str) -> bool: ...

    async def add(self, key: str, at: datetime) -> bool:
        """Keep a receipt; False when there is one."""
        ...

    async def since(self, prefix: str, at: datetime) -> bool:
        """Tell whether there is a receipt whose key begins so, and that was kept then or later."""
        ...

    async def forget(self, before: datetime) -> None: ...


class Periodic(Protocol):
    """When periodic work is due next, shared by all processes."""

    async def claim(self, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take the work of this name if it is due at `at`; True for the one caller who may do it until then."""
        ...
