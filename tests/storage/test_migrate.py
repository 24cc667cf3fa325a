"""Migrations: from nothing to what the stores expect, and back."""

import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from bot.core.errors import Misconfigured
from bot.core.model import Action, Channel, Sender
from storage import migrate
from storage.database import open_database
from storage.signals import LocalSignals
from storage.tables import metadata
from tests.builders import AT, conversation, customer, decision, delivery, draft, message


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


async def test_answers_that_went_out_before_are_known_by_their_ids(fresh):
    await migrate.upgrade(at(fresh), "0001")
    async with open_database(at(fresh), LocalSignals()) as database, database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        await tx.drafts.add(draft())
        await tx.decisions.add(decision(action=Action.SEND))
        sent = message(seq=2, sender=Sender.AI, metadata={"delivery": delivery().id}, external_id="<sent@us>")
        await tx.messages.add(sent, Channel.EMAIL)
    insert_as_the_first_version_did(fresh)
    await migrate.upgrade(at(fresh))
    async with open_database(at(fresh), LocalSignals()) as database, database.snapshot() as tx:
        found = await tx.deliveries.find(Channel.EMAIL, "<sent@us>")
    assert found is not None
    assert (found.id, found.due_at) == (delivery().id, None)


def insert_as_the_first_version_did(path):
    row = delivery()
    values = (
        row.id,
        row.conversation_id,
        1,
        row.decision_id,
        row.draft_id,
        1,
        "email",
        row.address,
        row.text,
    )
    late = ("ai", "", "sent", "", str(AT.replace(tzinfo=None)), str(AT.replace(tzinfo=None)))
    columns = (
        "id, conversation_id, turn, decision_id, draft_id, position, channel, address, text, "
        "sender, author, state, error, created_at, updated_at"
    )
    marks = ", ".join("?" * 15)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"INSERT INTO deliveries ({columns}) VALUES ({marks})", values + late)  # noqa: S608


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
