"""The data keys of one database: made, wrapped, read, and replaced, and what is encrypted brought in line with them.

An envelope: bodies are encrypted with a data key, which lies in the table `data_keys`, encrypted with a key that is
derived from a secret outside of the database.
"""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Table,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Misconfigured
from bot.core.sealing import Sealing
from storage.bodies import Body
from storage.keyring import Keyring
from storage.paging import Key, between, key_of
from storage.seal import Seal
from storage.tables import data_keys, metadata

PURPOSE = "threadpilot data key"
_KEY_BYTES = 32
_LATER = timedelta(microseconds=1)
_WRONG = (
    "What is encrypted in this database opens with none of the keys given: set THREADPILOT_ENCRYPTION_KEY (or, where "
    "that is not set, THREADPILOT_SECRET_KEY) to what it was when messages were encrypted."
)


async def read(connection: AsyncConnection, sealing: Sealing, keyring: Keyring) -> None:
    """Fill a keyring with the keys of this database.

    Raises:
        Misconfigured: there are keys that the secrets given do not open.
    """
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(data_keys.name)):
        return  # An older schema, which some verbs read.
    query = select(data_keys.c.id, data_keys.c.wrapped).order_by(data_keys.c.created_at, data_keys.c.id)
    keys = {row.id: _opened(row.wrapped, sealing) for row in await connection.execute(query)}
    keyring.fill(keys, list(keys)[-1] if keys and sealing.bodies else "")


async def make(connection: AsyncConnection, sealing: Sealing, now: datetime) -> None:
    """Make a key, with which everything is encrypted from now on: the newest, whatever the clock says."""
    last = await connection.scalar(select(func.max(data_keys.c.created_at)))
    made = now if last is None else max(now, last + _LATER)
    wrapped = _seal(sealing.keys[0]).close(base64.b64encode(os.urandom(_KEY_BYTES)).decode())
    await connection.execute(
        insert(data_keys), {"id": os.urandom(4).hex(), "wrapped": wrapped, "created_at": made}
    )


async def drop_all_but(connection: AsyncConnection, keep: str) -> int:
    """Forget the keys with which nothing is encrypted any more; return how many."""
    return (await connection.execute(delete(data_keys).where(data_keys.c.id != keep))).rowcount


def _seal(secret: str) -> Seal:
    return Seal(secret, PURPOSE)


def _opened(wrapped: str, sealing: Sealing) -> bytes:
    found = next(filter(None, (_seal(secret).open(wrapped) for secret in sealing.keys)), "")
    if not found:
        raise Misconfigured(_WRONG)
    return base64.b64decode(found)


@dataclass(frozen=True)
class Place:
    """A table with bodies in it, as it is stored: with columns that change nothing."""

    table: Table
    bodies: dict[str, Body]

    def stale(self, closing: str) -> ColumnElement[bool]:
        """Return the condition that a row may need to be written anew."""
        return or_(*(body.is_stale(self.table.c[name], closing) for name, body in self.bodies.items()))


def places() -> Iterator[Place]:
    """Yield every table that has columns of bodies."""
    raw = MetaData()
    for table in metadata.sorted_tables:
        bodies = {column.name: column.type for column in table.columns if isinstance(column.type, Body)}
        if bodies:
            columns = (
                Column(
                    c.name,
                    bodies[c.name].impl_instance if c.name in bodies else c.type,
                    primary_key=c.primary_key,
                )
                for c in table.columns
                if c.primary_key or c.name in bodies
            )
            yield Place(Table(table.name, raw, *columns), bodies)


async def bring_in_line(
    connection: AsyncConnection, place: Place, after: Key | None, end: Key, keys: Keyring
) -> int:
    """Write a page of a table as it has to be: encrypted with the newest key, or not at all; return how many rows."""
    key = key_of(place.table)
    page = (
        select(place.table).where(between(place.table, after, end), place.stale(keys.closing)).order_by(*key)
    )
    rows = (await connection.execute(page.with_for_update(key_share=True))).mappings().all()
    changes = [change for row in rows if (change := _change(place, row, keys))]
    if changes:
        ours = (column == bindparam(f"key_{column.name}") for column in key)
        values = {name: bindparam(f"new_{name}", type_=place.table.c[name].type) for name in place.bodies}
        await connection.execute(update(place.table).where(*ours).values(values), changes)
    return len(changes)


def _change(place: Place, row: Any, keys: Keyring) -> dict[str, Any] | None:
    """Return the parameters of the update that a row needs, if it needs one."""
    now = {
        name: body.closed(body.opened(row[name], keys), keys)
        if body.keys_in(row[name]) - {keys.closing}
        else row[name]
        for name, body in place.bodies.items()
        if row[name] is not None
    }
    if all(now[name] is row[name] for name in now):
        return None
    return {f"key_{column.name}": row[column.name] for column in key_of(place.table)} | {
        f"new_{name}": now.get(name) for name in place.bodies
    }
