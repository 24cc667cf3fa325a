"""Copies one database into another, empty one: SQLite into PostgreSQL, when one process is no longer enough.

Rows are copied as they are stored, not as values of ours, so that what an older version wrote stays as it is.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    Column,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import TypeEngine

from bot.core.errors import Misconfigured
from storage.bodies import Body
from storage.columns import Coded, Prose, Word
from storage.migrate import upkeep_engine
from storage.paging import between, ends, key_of
from storage.postgres import cannot_open, postgres_reader
from storage.tables import audit_head, metadata
from storage.urls import parse

# Made anew by itself: wake-ups, who works or has to wait at this moment, and what follows from the rest.
_OF_THE_MOMENT = frozenset(
    {"jobs", "periodic", "processes", "rate_gates", "case_facts", "turn_facts", "day_sheets"}
)
_RAW = {Coded: JSON, Prose: Text, Word: String}

Told = Callable[[str, int], None]


async def copy(source: str, target: str, told: Told) -> int:
    """Copy all rows as they are at one moment; return how many. `told` hears of each table when it is done.

    Both have the newest schema, and nobody else works on the target.

    Raises:
        Misconfigured: there is something in the target, or one of them cannot be used.
        Unavailable: a server cannot be reached.
    """
    old, new = _reading_engine(parse(source)), upkeep_engine(parse(target))
    try:
        async with old.connect() as reading, new.begin() as writing:
            tables = list(_tables())
            await _check_empty(writing, tables)
            await writing.execute(delete(audit_head))  # Every database begins with this one row.
            return sum([await _copied(table, reading, writing, told) for table in tables])
    except DBAPIError as error:
        raise cannot_open(error, "copied") from error
    finally:
        await old.dispose()
        await new.dispose()


async def counts(url: str) -> dict[str, int]:
    """Return how many rows each table has that is copied.

    Raises:
        Misconfigured: the database cannot be used.
        Unavailable: its server cannot be reached.
    """
    engine = _reading_engine(parse(url))
    try:
        async with engine.connect() as reading:
            return {
                table.name: await reading.scalar(select(func.count()).select_from(table)) or 0
                for table in _tables()
            }
    except DBAPIError as error:
        raise cannot_open(error, "read") from error
    finally:
        await engine.dispose()


def _reading_engine(url: URL) -> AsyncEngine:
    return (
        postgres_reader(url, statement_timeout="0")
        if url.get_backend_name() == "postgresql"
        else upkeep_engine(url)
    )


def _tables() -> Iterator[Table]:
    """Yield the tables to copy, first those that others refer to, with columns that change nothing."""
    raw = MetaData()
    for table in metadata.sorted_tables:
        if table.name not in _OF_THE_MOMENT:
            columns = (Column(c.name, _raw(c.type), primary_key=c.primary_key) for c in table.columns)
            yield Table(table.name, raw, *columns)


def _raw(kind: "TypeEngine[object]") -> "TypeEngine[object]":
    if isinstance(kind, Body):
        return kind.impl_instance
    return _RAW[type(kind)]() if type(kind) in _RAW else kind


async def _check_empty(connection: AsyncConnection, tables: list[Table]) -> None:
    for table in tables:
        if table.name != audit_head.name and await connection.scalar(select(func.count()).select_from(table)):
            raise Misconfigured(
                f"DATABASE_URL: there is something in that database already (table {table.name}), and a copy "
                "overwrites nothing. Give it an empty one."
            )


async def _copied(table: Table, reading: AsyncConnection, writing: AsyncConnection, told: Told) -> int:
    number = 0
    async for page in _pages(table, reading):
        await writing.execute(insert(table), page)
        number += len(page)
    await _count_on(table, writing)
    told(table.name, number)
    return number


async def _pages(table: Table, connection: AsyncConnection) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the rows of a table by its primary key, no more at a time than memory has room for."""
    after, looked = None, None
    while True:
        found, looked = await ends(connection, table, looked)
        if looked is None:
            return
        for end in found:
            query = select(table).where(between(table, after, end)).order_by(*key_of(table))
            yield [dict(row) for row in (await connection.execute(query)).mappings()]
            after = end


async def _count_on(table: Table, connection: AsyncConnection) -> None:
    """Let the next number that PostgreSQL gives be one that no row has."""
    counted = metadata.tables[table.name].autoincrement_column
    if counted is None or connection.dialect.name != "postgresql":
        return
    await connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{counted.name}'), "  # noqa: S608 - our own names.
            f"(SELECT coalesce(max({counted.name}), 0) + 1 FROM {table.name}), false)"
        )
    )
