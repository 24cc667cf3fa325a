"""Which secret key a database was used with, so that a wrong one is noticed before it does harm."""

import hashlib
import hmac

from sqlalchemy import delete, select

from bot.core.errors import Misconfigured
from storage.database import SqlDatabase
from storage.rows import insert_once
from storage.tables import installation
from storage.transaction import SqlTransaction

_KEY = "key"
_FINGERPRINT = b"threadpilot: the fingerprint of its secret key"


async def check_key(database: SqlDatabase, key: str) -> None:
    """See that it is the key of before; the first one is remembered by a fingerprint, from which it cannot be told.

    Raises:
        Misconfigured: it is another.
    """
    ours = hmac.new(key.encode(), _FINGERPRINT, hashlib.sha256).hexdigest()
    async with database.snapshot() as tx:
        known = await _known(tx)
    if known is None:
        async with database.transaction() as tx:
            await insert_once(tx.connection, installation, {"name": _KEY, "value": ours}, ("name",))
            known = await _known(tx)
    if known is None or not hmac.compare_digest(known, ours):
        raise Misconfigured(
            "THREADPILOT_SECRET_KEY (or the .key file beside the database) is not the key this database was used "
            "with: replies of customers would miss their conversations. Put the old key back; where it is lost, "
            "take the new one with `threadpilot migrate --new-key`."
        )


async def forget_key(database: SqlDatabase) -> None:
    """Take whatever key comes next for the right one."""
    async with database.transaction() as tx:
        await tx.connection.execute(delete(installation).where(installation.c.name == _KEY))


async def _known(tx: SqlTransaction) -> str | None:
    known: str | None = await tx.connection.scalar(
        select(installation.c.value).where(installation.c.name == _KEY)
    )
    return known
