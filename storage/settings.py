"""What managers have set. Rows are only ever appended, so the history is kept."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import func, insert, or_, over, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.places import OF_ANY, OF_MAIN
from bot.core.ports.storage import Setting, SettingRow
from storage.locks import lock
from storage.rows import many, row_of, select_as
from storage.tables import settings

_NEWEST = select(func.max(settings.c.seq)).group_by(settings.c.key)
_CURRENT = select_as(Setting, settings).where(settings.c.seq.in_(_NEWEST))
_OF_KEY = partial(over, partition_by=settings.c.key, order_by=settings.c.seq)
# Where other workspaces have their cards is set, and taken back, by their own managers.
_OF_ALL = or_(settings.c.key.startswith(OF_MAIN), ~settings.c.key.startswith(OF_ANY))
_HISTORY = (
    select(
        *(settings.c[name] for name in ("seq", "key", "value", "actor", "at")),
        # Without its type, SQLite would hand out the text of the JSON.
        _OF_KEY(func.lag(settings.c.value, type_=settings.c.value.type)).label("before"),
        _OF_KEY(func.lag(settings.c.seq)).is_(None).label("is_first"),
    )
    .where(_OF_ALL)
    .order_by(settings.c.seq.desc())
)


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

    async def history(self, limit: int) -> Sequence[SettingRow]:
        """Return the newest rows, the newest first, without where other workspaces have their cards."""
        return await many(self._connection, SettingRow, _HISTORY.limit(limit))
