"""Migrations: from nothing to what the stores expect, and back."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from bot.core.errors import Misconfigured
from storage import migrate
from storage.tables import metadata


@pytest.fixture
def fresh(tmp_path):
    return tmp_path / "fresh" / "x.db"


def at(path):
    return f"sqlite+aiosqlite:///{path}"


def inspected(path, look):
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            return look(connection)
    finally:
        engine.dispose()


async def test_up_gives_what_the_stores_expect(fresh):
    await migrate.upgrade(at(fresh))
    options = {"compare_type": True, "compare_server_default": True}
    assert (
        inspected(fresh, lambda c: compare_metadata(MigrationContext.configure(c, opts=options), metadata))
        == []
    )


async def test_the_conditions_of_partial_indexes_are_the_same(fresh, tmp_path):
    """Alembic does not compare these."""
    await migrate.upgrade(at(fresh))
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(engine)
    engine.dispose()

    def conditions(connection):
        sql = "SELECT name, sql FROM sqlite_master WHERE sql LIKE '% WHERE %'"
        return {name: made.partition(" WHERE ")[2] for name, made in connection.exec_driver_sql(sql)}

    assert inspected(fresh, conditions) == inspected(tmp_path / "made.db", conditions)
    assert len(inspected(fresh, conditions)) == 4


async def test_down_leaves_nothing_and_up_works_again(fresh):
    await migrate.upgrade(at(fresh))
    head = await migrate.current(at(fresh))
    await migrate.downgrade(at(fresh), "base")
    assert inspected(fresh, lambda c: inspect(c).get_table_names()) == ["alembic_version"]
    assert await migrate.current(at(fresh)) is None
    await migrate.upgrade(at(fresh))
    assert await migrate.current(at(fresh)) == head


async def test_up_twice_changes_nothing(fresh):
    await migrate.upgrade(at(fresh))
    await migrate.upgrade(at(fresh))
    assert await migrate.current(at(fresh)) is not None


async def test_the_history_is_one_line():
    scripts = ScriptDirectory(str(migrate._MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


async def test_a_new_database_has_no_revision(fresh):
    assert await migrate.current(at(fresh)) is None


async def test_a_file_that_is_no_database_is_named(fresh):
    fresh.parent.mkdir()
    fresh.write_text("This is no database, but it is long enough to be taken for a header." * 9)
    with pytest.raises(Misconfigured, match="cannot be migrated"):
        await migrate.upgrade(at(fresh))


@pytest.mark.parametrize("revision", ["9999", "a-project-of-its-own"])
async def test_a_database_of_another_version_is_refused_in_words(fresh, revision):
    await migrate.upgrade(at(fresh))
    engine = create_engine(f"sqlite:///{fresh}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (revision,))
    engine.dispose()
    with pytest.raises(Misconfigured, match=f"not one of this version.*{revision}"):
        migrate.check_known(revision)
    with pytest.raises(Misconfigured, match=f"not one of this version.*{revision}"):
        await migrate.upgrade(at(fresh))
    assert await migrate.current(at(fresh)) == revision
