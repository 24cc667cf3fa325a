"""Encrypts what is there, or takes encryption away, as the settings say; and replaces the keys."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from storage.database import SqlDatabase
from storage.locks import lock
from storage.paging import ends
from storage.tables import data_keys
from storage.vault import Place, bring_in_line, drop_all_but, make, places, read

log = logging.getLogger(__name__)

ACTION = "keys"

Told = Callable[[str, int], None]


async def begin(database: SqlDatabase, now: datetime) -> None:
    """Make the first key, where messages are to be encrypted and there is none."""
    if not database.sealing.bodies or database.keyring.closing:
        return
    async with database.transaction() as tx:
        await lock(tx.connection, "data keys")
        if await tx.connection.scalar(select(data_keys.c.id).limit(1)) is None:
            await make(tx.connection, database.sealing, now)
        await read(tx.connection, database.sealing, database.keyring)


async def bring_all_in_line(database: SqlDatabase, told: Told = lambda *_: None) -> int:
    """Write everything as the settings say: encrypted with the newest key, or not at all. Return how many rows.

    A page at a time, beside a running app; may be cut short, and goes on from the beginning. Where there is
    nothing to write nobody waits for it; where there are no keys, nothing is read.
    """
    if database.keyring.is_empty:
        return 0
    number = 0
    for place in places():
        changed = await _bring_in_line(database, place)
        told(place.table.name, changed)
        number += changed
    return number


async def _bring_in_line(database: SqlDatabase, place: Place) -> int:
    changed, after, looked = 0, None, None
    while True:
        async with database.snapshot() as tx:
            stale = place.stale(database.keyring.closing)
            found, looked = await ends(tx.connection, place.table, looked, stale)
        if looked is None:
            return changed
        for end in found:
            async with database.transaction() as tx:
                if tx.connection.dialect.name == "sqlite":
                    await tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
                changed += await bring_in_line(tx.connection, place, after, end, database.keyring)
            after = end


async def rotate(database: SqlDatabase, now: datetime, actor: str, told: Told) -> int:
    """Encrypt everything with a new key and forget the old ones, or take encryption away; return how many rows.

    Nobody else may work on the database.
    """
    if database.sealing.bodies:
        async with database.transaction() as tx:
            await make(tx.connection, database.sealing, now)
            await read(tx.connection, database.sealing, database.keyring)
    number = await bring_all_in_line(database, told)
    async with database.transaction() as tx:
        dropped = await drop_all_but(tx.connection, database.keyring.closing)
        payload = {"encrypted": database.sealing.bodies, "rows": number, "keys forgotten": dropped}
        await tx.audit.append(at=now, actor=actor, action=ACTION, subject="messages", payload=payload)
        await read(tx.connection, database.sealing, database.keyring)
    return number


class Sealer:
    """Brings what older versions and settings have written in line, once for each start of the app."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._done = False

    async def look(self) -> None:
        """Do it, unless that was done.

        Raises:
            Unavailable: the database failed; the next look goes on.
        """
        if self._done:
            return
        number = await bring_all_in_line(self._database)
        self._done = True
        if number:
            log.info("messages_resealed", extra={"rows": number, "encrypted": self._database.sealing.bodies})
