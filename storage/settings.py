"""What managers have set. Rows are only ever appended, so the history is kept."""

from collections.abc import Mapping

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.storage import Setting
from storage.locks import lock
from storage.rows import many, row_of, select_as
from storage.tables import settings

_NEWEST = select(func.max(settings.c.seq)).group_by(settings.c.key)
_CURRENT = select_as(Setting, settings).where(settings.c.seq.in_(_NEWEST))


class SqlSettings:
    """Settings; the newest row of a key is in force."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Let nobody else change a setting until the transaction ends."""
        await lock(self._connection, "settings")

    async def current(self) -> Mapping[str, Setting]:
        """Return what is in force, by key."""
        return {setting.key: setting for setting in await many(self._connection, Setting, _CURRENT)}

    async def set(self, setting: Setting) -> None:
        """Append a setting."""
        await self._connection.execute(insert(settings).values(row_of(setting)))
