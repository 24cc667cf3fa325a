"""Values of the model as rows and back, and the two inserts that standard SQL lacks.

What runs for every message is a statement built once, with parameters: to build one takes longer than to run it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import CursorResult, Select, Table, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement


class Value(Protocol):
    """A dataclass of the model."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


V = TypeVar("V", bound=Value)


def select_as(kind: type[Value], table: Table) -> Select[Any]:
    """Select the columns that `kind` has fields for."""
    return select(*(table.c[field.name] for field in fields(kind)))


def row_of(value: Value) -> dict[str, Any]:
    """Return the fields of a value by name, not going deeper."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


async def one(
    connection: AsyncConnection,
    kind: Callable[..., V],
    query: Select[Any],
    given: Mapping[str, Any] | None = None,
) -> V | None:
    """Return the first row as a value, or None; `given` are the query's parameters."""
    row = (await connection.execute(query, given)).first()
    return None if row is None else kind(**row._mapping)


async def many(
    connection: AsyncConnection,
    kind: Callable[..., V],
    query: Select[Any],
    given: Mapping[str, Any] | None = None,
) -> tuple[V, ...]:
    """Return all rows as values; `given` are the query's parameters."""
    return tuple(kind(**row._mapping) for row in await connection.execute(query, given))


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of a few values; for many, `in_` is shorter.

    A list of `in_` is put into the statement's text anew at every execution.
    """
    return or_(*(column == value for value in values))


def next_after(column: ColumnElement[int], *where: ColumnElement[bool]) -> ColumnElement[int]:
    """Return an expression for the number after the highest one there is."""
    return select(func.coalesce(func.max(column), 0) + 1).where(*where).scalar_subquery()


async def insert_once(
    connection: AsyncConnection,
    table: Table,
    values: Mapping[str, Any],
    unique: Sequence[str],
    where: ColumnElement[bool] | None = None,
) -> bool:
    """Insert, unless a row with the same `unique` columns exists; tell whether it was inserted.

    `where` names the condition of a partial unique index.
    """
    statement = insert_once_into(connection.dialect.name, table, tuple(unique), where)
    computed = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
    if computed:
        statement = statement.values(computed)
    given = {name: value for name, value in values.items() if name not in computed}
    return await changed(connection, statement, given)


@cache
def insert_once_into(
    dialect: str, table: Table, unique: tuple[str, ...], where: ColumnElement[bool] | None = None
) -> sqlite.Insert | postgresql.Insert:
    """Return the `insert` that does nothing where a row with the same `unique` columns exists."""
    columns = [table.c[name] for name in unique]
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=columns, index_where=where)


async def put(
    connection: AsyncConnection, table: Table, values: Mapping[str, Any], unique: Sequence[str]
) -> None:
    """Insert, or overwrite the row with the same `unique` columns."""
    insert = insert_into(connection, table).values(values)
    others = {name: value for name, value in values.items() if name not in unique}
    await connection.execute(
        insert.on_conflict_do_update(index_elements=[table.c[name] for name in unique], set_=others)
    )


async def changed(
    connection: AsyncConnection, statement: Any, given: Mapping[str, Any] | None = None
) -> bool:
    """Execute a statement that writes and tell whether it touched a row: the compare of compare-and-set."""
    counted = statement.execution_options(
        preserve_rowcount=True
    )  # Else it is only certain for UPDATE and DELETE.
    result: CursorResult[Any] = await connection.execute(counted, given)
    return result.rowcount > 0


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the `insert` of this database that knows ON CONFLICT."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
