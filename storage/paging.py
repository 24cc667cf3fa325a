"""Pages of a table by its primary key, of no more rows and bytes than memory has room for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS = 500
_BYTES = 4_000_000

Key = Sequence[Any]


def key_of(table: Table) -> list[Column[Any]]:
    """Return the columns by which the rows of a table are in order."""
    return list(table.primary_key.columns)


def between(table: Table, after: Key | None, end: Key) -> ColumnElement[bool]:
    """Return the condition that a row is behind one key (None: the beginning), and not behind another."""
    key = tuple_(*key_of(table))
    return and_(true() if after is None else key > tuple_(*after), key <= tuple_(*end))


async def ends(
    connection: AsyncConnection, table: Table, after: Key | None, wanted: ColumnElement[bool] | None = None
) -> tuple[list[Key], Key | None]:
    """Return where the next pages of a table end, as far as they hold wanted rows, and how far was looked.

    None says that there are no more rows. The columns are those of `Table` as they are stored; only their sizes are
    read, and one row is a page, however large.
    """
    key = key_of(table)
    query = (
        select(*key, _size(table).label("size"), _flag(wanted).label("wanted")).order_by(*key).limit(_ROWS)
    )
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = (await connection.execute(query)).all()
    found: list[Key] = []
    size = 0
    for row in (row for row in rows if row.wanted):
        if found and size + row.size <= _BYTES:
            found[-1], size = row[: len(key)], size + row.size
        else:
            found.append(row[: len(key)])
            size = row.size
    return found, rows[-1][: len(key)] if rows else None


def _flag(wanted: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return true() if wanted is None else func.coalesce(wanted, false())


def _size(table: Table) -> ColumnElement[int]:
    """Return about how many bytes the large columns of a row have."""
    sizes = (
        func.coalesce(func.length(cast(column, Text) if isinstance(column.type, JSON) else column), 0)
        for column in table.columns
        if isinstance(column.type, JSON | Text | LargeBinary)
    )
    return sum(sizes, literal(0))
