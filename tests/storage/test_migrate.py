"""Migrations: from nothing to what the stores expect, and back."""

import asyncio
import sqlite3
from contextlib import closing
from itertools import count

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, create_engine, inspect, text

from bot.core.errors import Misconfigured, Unavailable
from bot.core.model import Channel, Sender
from bot.core.sealing import OPEN
from storage import migrate
from storage.database import open_database
from storage.signals import LocalSignals
from storage.tables import metadata
from tests.builders import AT, conversation, customer, decision, delivery, draft, message


@pytest.fixture
def empty(request, backend, tmp_path):
    """Return the URLs of new databases, one after another."""
    if backend == "sqlite":
        yield (f"sqlite+aiosqlite:///{tmp_path}/fresh/{n}.db" for n in count(1)).__next__
        return
    server, made = request.getfixturevalue("postgres_server"), []

    def make():
        made.append(server.create())
        return server.url(made[-1])

    yield make
    for name in made:
        server.drop(name)


@pytest.fixture
def fresh(empty):
    return empty()


def inspected(url, look):
    engine = create_engine(url.replace("+aiosqlite", ""))
    try:
        with engine.begin() as connection:
            return look(connection)
    finally:
        engine.dispose()


def ours(name, kind, *_):
    """Leave out what procrastinate has made beside our tables."""
    return kind != "table" or not name.startswith("procrastinate_")


async def test_up_gives_what_the_stores_expect(fresh):
    await migrate.upgrade(fresh)
    options = {"compare_type": True, "compare_server_default": defaults_differ, "include_name": ours}
    assert (
        inspected(fresh, lambda c: compare_metadata(MigrationContext.configure(c, opts=options), metadata))
        == []
    )


def defaults_differ(_context, _inspected, column, inspected_default, _default, written):
    """Compare the defaults of JSON as they are written: PostgreSQL has no `=` for it, which Alembic asks for."""
    if not isinstance(getattr(column.type, "impl_instance", column.type), JSON):
        return None  # As Alembic does it.
    return (inspected_default or "").removesuffix("::json") != (written or "")


CONDITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql LIKE '%% WHERE %%'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%% WHERE %%'"
    " AND NOT starts_with(tablename, 'procrastinate_')",
}


async def test_the_conditions_of_partial_indexes_are_the_same(empty):
    """Alembic does not compare these."""
    migrated, made = empty(), empty()
    await migrate.upgrade(migrated)
    await migrate.upgrade(made)
    await migrate.downgrade(made, "base")
    inspected(made, metadata.create_all)

    def conditions(connection):
        sql = CONDITIONS[connection.dialect.name]
        return {name: said.partition(" WHERE ")[2] for name, said in connection.exec_driver_sql(sql)}

    assert inspected(migrated, conditions) == inspected(made, conditions)
    assert len(inspected(migrated, conditions)) == 12


async def test_down_leaves_nothing_and_up_works_again(fresh):
    await migrate.upgrade(fresh)
    head = await migrate.current(fresh)
    await migrate.downgrade(fresh, "base")
    assert inspected(fresh, lambda c: inspect(c).get_table_names()) == ["alembic_version"]
    assert await migrate.current(fresh) is None
    await migrate.upgrade(fresh)
    assert await migrate.current(fresh) == head


async def test_answers_that_went_out_before_are_known_by_their_ids(tmp_path):
    file = tmp_path / "first.db"
    url = f"sqlite+aiosqlite:///{file}"
    await migrate.upgrade(url, "0001")
    insert_customer_as_the_first_version_did(file)
    insert_conversation_as_the_first_version_did(file)
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.transaction() as tx:
        await tx.drafts.add(draft())
        sent = message(seq=2, sender=Sender.AI, metadata={"delivery": delivery().id}, external_id="<sent@us>")
        await tx.messages.add(sent, Channel.EMAIL)
    insert_decision_as_the_first_version_did(file)
    insert_as_the_first_version_did(file)
    await migrate.upgrade(url)
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.snapshot() as tx:
        found = await tx.deliveries.find(Channel.EMAIL, "<sent@us>")
    assert found is not None
    assert (found.id, found.due_at) == (delivery().id, None)


def insert_customer_as_the_first_version_did(path):
    row = customer()
    values = (row.id, "email", row.address, row.name, row.company, "[]", row.verified, row.known)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO customers (id, channel, address, name, company, facts, verified, known)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )


def insert_conversation_as_the_first_version_did(path):
    row, at = conversation(), str(AT.replace(tzinfo=None))
    values = (row.id, row.customer_id, "email", row.address, "working", at, at)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO conversations (id, customer_id, channel, address, status, created_at, updated_at, subject,"
            " turn, identified, escalated, version, shown_version) VALUES (?, ?, ?, ?, ?, ?, ?, '', 1, 0, 0, 0, -1)",
            values,
        )


def insert_decision_as_the_first_version_did(path):
    row, at = decision(), str(AT.replace(tzinfo=None))
    values = (row.id, row.conversation_id, row.draft_id, at)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO decisions (id, conversation_id, turn, draft_id, position, action, reasons, threshold,"
            " policy_version, created_at) VALUES (?, ?, 1, ?, 1, 'send', '[]', 0.9, 'first', ?)",
            values,
        )


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
    await migrate.upgrade(fresh)
    await migrate.upgrade(fresh)
    assert await migrate.current(fresh) is not None


async def test_the_history_is_one_line():
    scripts = ScriptDirectory(str(migrate._MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


async def test_a_new_database_has_no_revision(fresh):
    assert await migrate.current(fresh) is None


async def test_several_processes_may_begin_at_once(fresh):
    await asyncio.gather(*(migrate.upgrade(fresh) for _ in range(4)))
    assert await migrate.current(fresh) is not None


async def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "x.db"
    file.write_text("This is no database, but it is long enough to be taken for a header." * 9)
    with pytest.raises(Misconfigured, match="is damaged"):
        await migrate.upgrade(f"sqlite+aiosqlite:///{file}")


async def test_a_server_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Unavailable, match="cannot be reached"):
        await migrate.upgrade(f"postgresql://postgres@/x?host={tmp_path}")


@pytest.mark.parametrize("revision", ["9999", "a-project-of-its-own"])
async def test_a_database_of_another_version_is_refused_in_words(fresh, revision):
    await migrate.upgrade(fresh)
    inspected(
        fresh, lambda c: c.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    )
    with pytest.raises(Misconfigured, match=f"not one of this version.*{revision}"):
        migrate.check_known(revision)
    with pytest.raises(Misconfigured, match=f"not one of this version.*{revision}"):
        await migrate.upgrade(fresh)
    assert await migrate.current(fresh) == revision
