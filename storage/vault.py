"""The data keys of one database: made, wrapped, read, and replaced, and what is encrypted brought in line with them.

An envelope: bodies are encrypted with a data key, which lies in the table `data_keys`, encrypted with a key that is
derived from a secret outside of the database.
"""

import base64
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    MetaData,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Misconfigured
from bot.core.sealing import Sealing
from storage.bodies import Body
from storage.keyring import Keyring
from storage.seal import Seal
from storage.tables import data_keys
from storage.team_tables import metadata

PURPOSE = "threadpilot data key"
_KEY_BYTES = 32
_PAGE = 200
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
    """Make a key, with which everything is encrypted from now on."""
    wrapped = _seal(sealing.keys[0]).close(base64.b64encode(os.urandom(_KEY_BYTES)).decode())
    await connection.execute(
        insert(data_keys), {"id": os.urandom(4).hex(), "wrapped": wrapped, "created_at": now}
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
class _Place:
    """A table with bodies in it, as it is stored: with columns that change nothing."""

    table: Table
    bodies: dict[str, Body]

    @property
    def key(self) -> list[Column[Any]]:
        return list(self.table.primary_key.columns)

    def after(self, last: Sequence[Any] | None) -> Select[Any]:
        page = select(*self.key, *(self.table.c[name] for name in self.bodies)).order_by(*self.key)
        page = page if last is None else page.where(tuple_(*self.key) > tuple_(*last))
        return page.limit(_PAGE).with_for_update(key_share=True)


def places() -> Iterator[_Place]:
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
            yield _Place(Table(table.name, raw, *columns), bodies)


async def bring_in_line(
    connection: AsyncConnection, place: _Place, last: Sequence[Any] | None, keys: Keyring
) -> "Page":
    """Write a page of a table as it has to be by now: encrypted with the newest key, or not at all."""
    rows = (await connection.execute(place.after(last))).mappings().all()
    changes = [change for row in rows if (change := _change(place, row, keys))]
    if changes:
        ours = (column == bindparam(f"key_{column.name}") for column in place.key)
        values = {name: bindparam(f"new_{name}", type_=place.table.c[name].type) for name in place.bodies}
        await connection.execute(update(place.table).where(*ours).values(values), changes)
    end = [rows[-1][column.name] for column in place.key] if rows else None
    return Page(end, len(changes))


@dataclass(frozen=True)
class Page:
    """Where a page of rows ended (None: there were none), and how many of them were changed."""

    end: Sequence[Any] | None
    changed: int


def _change(place: _Place, row: Any, keys: Keyring) -> dict[str, Any] | None:
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
    return {f"key_{column.name}": row[column.name] for column in place.key} | {
        f"new_{name}": now.get(name) for name in place.bodies
    }
