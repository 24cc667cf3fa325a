"""Migrations only expand, for the version before works on beside the new one: docs/upgrade.md has the rules."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from storage import migrate

FIRST = "0021"  # The rule holds for what comes after.


def revisions():
    scripts = ScriptDirectory.from_config(migrate._config())
    history = [script.revision for script in scripts.walk_revisions()][::-1]
    return [(before, after) for before, after in pairwise(history) if after > FIRST], scripts


STEPS, SCRIPTS = revisions()


def schema(connection):
    """Return table -> its columns by name, and what has to be unique or holds between its columns."""
    look = inspect(connection)
    return {
        table: {
            "columns": {c["name"]: c for c in look.get_columns(table)},
            "unique": {tuple(u["column_names"]) for u in _unique(look, table)},
            "refers": {tuple(k["constrained_columns"]) for k in look.get_foreign_keys(table)},
            "checks": {c["sqltext"] for c in look.get_check_constraints(table)},
        }
        for table in look.get_table_names()
    }


def _unique(look, table):
    return [*look.get_unique_constraints(table), *(i for i in look.get_indexes(table) if i["unique"])]


def faults(before: dict, after: dict) -> Iterator[str]:
    """Yield what code that knows the schema of `before` would trip over in that of `after`."""
    for table, was in before.items():
        now = after.get(table)
        if now is None:
            yield f"table {table} is gone"
            continue
        yield from _faults_of_columns(table, was["columns"], now["columns"])
        for what in ("unique", "refers", "checks"):
            for new in now[what] - was[what]:
                if what == "checks" or set(new) <= was["columns"].keys():
                    yield f"{table} demands more than before: {what} {new}"


def _faults_of_columns(table: str, was: dict, now: dict) -> Iterator[str]:
    for name, column in was.items():
        if name not in now:
            yield f"column {table}.{name} is gone"
        elif str(now[name]["type"]) != str(column["type"]):
            yield f"column {table}.{name} has another type"
        elif column["nullable"] and not now[name]["nullable"]:
            yield f"column {table}.{name} has become compulsory"
    for name in now.keys() - was.keys():
        if not now[name]["nullable"] and now[name]["default"] is None:
            yield f"column {table}.{name} is compulsory and has no default of the server's"


@pytest.mark.parametrize(("before", "after"), STEPS or [("0020", "0021")])
async def test_a_migration_takes_nothing_from_the_version_before(before, after, tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/steps.db"
    engine = create_engine(f"sqlite:///{tmp_path}/steps.db")
    found = []
    for revision in (before, after):
        await migrate.upgrade(url, revision)
        with engine.connect() as connection:
            found.append(schema(connection))
    engine.dispose()
    if not getattr(SCRIPTS.get_revision(after).module, "contracts", ""):
        assert list(faults(*found)) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DROP TABLE jobs", "table jobs is gone"),
        ("ALTER TABLE conversations DROP COLUMN subject", "column conversations.subject is gone"),
        ("ALTER TABLE notes RENAME COLUMN content TO body", "column notes.content is gone"),
        ("ALTER TABLE jobs ADD COLUMN why TEXT NOT NULL DEFAULT ''", None),
        ("ALTER TABLE jobs ADD COLUMN why TEXT", None),
        ("CREATE TABLE more (id INTEGER NOT NULL PRIMARY KEY)", None),
        ("CREATE INDEX ix_more ON notes (content)", None),
        (
            "CREATE UNIQUE INDEX uq_more ON notes (content)",
            "notes demands more than before: unique ('content',)",
        ),
    ],
)
def test_what_the_version_before_would_trip_over_is_found(path, statement, fault):
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        before = schema(connection)
        connection.exec_driver_sql(statement)
    with engine.connect() as connection:
        after = schema(connection)
    engine.dispose()
    assert (fault is None) == (list(faults(before, after)) == [])
    assert fault is None or fault in list(faults(before, after))


def test_a_compulsory_column_without_a_default_and_another_type_are_found():
    text, number = {"type": "TEXT", "nullable": True, "default": None}, {"type": "INTEGER"}
    assert list(_faults_of_columns("t", {}, {"a": text | {"nullable": False}})) == [
        "column t.a is compulsory and has no default of the server's"
    ]
    assert list(_faults_of_columns("t", {"a": text}, {"a": text | number})) == ["column t.a has another type"]
    assert list(_faults_of_columns("t", {"a": text}, {"a": text | {"nullable": False}})) == [
        "column t.a has become compulsory"
    ]
