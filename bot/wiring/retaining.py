"""`RETENTION_DAYS`: what goes by itself."""

from collections.abc import Sequence

from bot.core.retention import Keep
from bot.process.schedule import Tick
from storage.database import SqlDatabase, utc_now
from storage.retention import let_go

_EVERY = 6 * 3600.0


def retention_of(rules: Sequence[Keep], database: SqlDatabase) -> list[Tick]:
    """Return the tick that lets go of what is old; none where everything is kept for ever."""

    async def tick() -> None:
        await let_go(database, rules, utc_now())

    return [Tick("retention", tick, _EVERY, at_once=True)] if rules else []
