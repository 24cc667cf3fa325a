"""Copying a database: every table, every row, as it is stored."""

import json
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, LargeBinary

from bot.core.errors import Misconfigured
from bot.core.model import Channel, Inbound
from bot.core.ports.peers import Peer
from bot.core.ports.storage import Setting
from bot.core.sealing import OPEN, Sealing
from bot.services.intake import Intake
from bot.verbs.database import records
from storage.database import open_database, utc_now
from storage.seal import Seal
from storage.signals import LocalSignals
from storage.tables import metadata
from storage.vault import PURPOSE

OF_THE_MOMENT = {
    *("jobs", "periodic", "processes", "rate_gates"),
    *("case_facts", "turn_facts", "day_sheets"),
}
SEALING = Sealing(("k" * 32,), bodies=True)
ODD = "Ünïcode ' \" \\ \n 𝛑"


def some(column, n):
    """Make up a value that this column may hold, other than in another row."""
    kind = getattr(column.type, "impl_instance", column.type)
    if isinstance(kind, Boolean):
        return n % 2
    if isinstance(kind, Integer):
        return n
    if isinstance(kind, Float):
        return n / 7
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * n
    if isinstance(kind, DateTime):
        return f"2026-03-29 01:30:0{n}.123456"
    if isinstance(kind, JSON):
        return json.dumps({"n": n, "none": None, "odd": ODD})
    length = getattr(kind, "length", None)
    if length == 16:
        return f"word {n}"
    return f"{n:0{length}x}" if length else f"{ODD} {n}"


def fill(path):
    """Put two rows into every table; all ids are alike, so that what refers to another row does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit_head")
        for table in metadata.sorted_tables:
            columns = list(table.columns)
            names = ", ".join(f'"{column.name}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            for n in (1, 2):
                values = [some(column, n) for column in columns]
                connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)  # noqa: S608
        wrapped = Seal(SEALING.keys[0], PURPOSE).close("A" * 43 + "=")
        connection.execute("UPDATE data_keys SET wrapped = ?", [wrapped])


def contents(path):
    with closing(sqlite3.connect(path)) as connection:
        return {
            table.name: sorted(connection.execute(f"SELECT * FROM {table.name}"))  # noqa: S608
            for table in metadata.sorted_tables
            if table.name not in OF_THE_MOMENT
        }


async def test_every_row_of_every_table_arrives_on_postgres_and_comes_back_as_it_was(
    path, sqlite_url, postgres_url, tmp_path
):
    fill(path)
    told = {}
    said = await records.copy_from(sqlite_url, postgres_url, told.__setitem__, SEALING)
    assert said.startswith(f"{2 * len(contents(path))} rows are copied. The audit chain is broken at row 1")
    assert told == dict.fromkeys(contents(path), 2)
    await records.copy_from(postgres_url, f"sqlite:///{tmp_path}/back.db", told.__setitem__, SEALING)
    assert contents(tmp_path / "back.db") == contents(path)


async def test_a_table_of_many_rows_is_copied_page_by_page(sqlite_url, postgres_url):
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as old, old.transaction() as tx:
        for n in range(1203):
            await tx.audit.append(at=utc_now(), actor="U1", action="a", subject=str(n), payload={"n": n})
    said = await records.copy_from(sqlite_url, postgres_url, lambda *_: None)
    assert said == "1204 rows are copied. The audit chain is whole: 1203 rows."


async def test_work_goes_on_where_it_was(sqlite_url, postgres_url):
    mail = Inbound(Channel.EMAIL, "<1@x>", "ada@customer.example", "Where is my parcel?")
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as old:
        await Intake(old, utc_now).receive(mail)
        async with old.transaction() as tx:
            await tx.settings.set(Setting("mode.email", "auto", "U1", utc_now()))
            await tx.audit.append(at=utc_now(), actor="U1", action="mode", subject="email", payload={})
    said = await records.copy_from(sqlite_url, postgres_url, lambda *_: None)
    assert said.endswith("The audit chain is whole: 1 rows.")
    async with open_database(postgres_url, LocalSignals(), sealing=OPEN) as new:
        await Intake(new, utc_now).receive(mail)  # It is known.
        async with new.transaction() as tx:
            await tx.settings.set(Setting("mode.email", "assist", "U1", utc_now()))
            assert sum((await tx.conversations.count_by_status()).values()) == 1
            assert (await tx.settings.current())["mode.email"].value == "assist"


async def test_nothing_is_overwritten(sqlite_url, postgres_url):
    async with open_database(postgres_url, LocalSignals(), sealing=OPEN) as new:
        await Intake(new, utc_now).receive(Inbound(Channel.EMAIL, "<1@x>", "a@b.example", "Hello?"))
    with pytest.raises(Misconfigured, match=r"something in that database already \(table customers\)"):
        await records.copy_from(sqlite_url, postgres_url, lambda *_: None)


async def test_a_database_is_not_copied_into_itself_nor_out_of_nothing(sqlite_url, postgres_url, tmp_path):
    with pytest.raises(Misconfigured, match="is the database to copy from"):
        await records.copy_from(sqlite_url.replace("+aiosqlite", ""), sqlite_url, lambda *_: None)
    with pytest.raises(Misconfigured, match="There is no database of threadpilot's at"):
        await records.copy_from(f"sqlite:///{tmp_path}/typo.db", postgres_url, lambda *_: None)


async def test_a_database_that_is_worked_on_is_not_moved(sqlite_url, postgres_url, tmp_path):
    async with open_database(postgres_url, LocalSignals(), sealing=OPEN) as busy, busy.transaction() as tx:
        await tx.processes.put(Peer("web on host", ("listen",), {}, utc_now()))
    with pytest.raises(Misconfigured, match=r"threadpilot works on this database \(web on host\)\. Stop it"):
        await records.copy_from(postgres_url, f"sqlite:///{tmp_path}/new.db", lambda *_: None)
    with pytest.raises(Misconfigured, match=r"threadpilot works on this database"):
        await records.copy_from(sqlite_url, postgres_url, lambda *_: None)
