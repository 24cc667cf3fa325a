"""`backup` and `restore`: everything of one moment, and afterwards nothing leaves a second time by itself."""

# ruff: noqa: ASYNC240 - nobody waits for these.
import asyncio
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli import main
from bot.core.errors import Misconfigured, Unavailable
from bot.core.model import Channel, DeliveryState, Inbound, Status
from bot.core.policy import default_rules
from bot.core.sealing import OPEN, Sealing
from bot.core.teamwork.state import Acknowledgement
from bot.services.controls import rules_for
from bot.services.intake import Intake
from bot.verbs.audit import auditing
from bot.verbs.database import records
from storage import backups, migrate
from storage.database import open_database, utc_now
from storage.resealing import begin
from storage.signals import LocalSignals
from tests.bot.world import env_file
from tests.builders import conversation, customer, decision, delivery, draft, message


@pytest.fixture
def elsewhere(url, request, tmp_path):
    """An empty place of the same kind, to restore to."""
    if url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{tmp_path}/new/threadpilot.db"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def silent(name, rows):
    pass


async def mail(database, number):
    sender = f"c{number}@customer.example"
    await Intake(database, utc_now).receive(
        Inbound(Channel.EMAIL, f"<{number}@x>", sender, f"Question {number}?")
    )


async def known(url):
    """Return the addresses that a database has conversations of."""
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.snapshot() as tx:
        return set((await tx.connection.scalars(text("SELECT address FROM conversations"))).all())


async def test_a_backup_of_a_database_that_is_written_to_has_all_of_one_moment(url, elsewhere, tmp_path):
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        for number in range(10):
            await mail(database, number)
        writing = asyncio.create_task(_write_on(database))
        said, whole = await records.backup(url, tmp_path / "b.db", silent)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert whole
    assert "The audit chain is whole" in said
    said, whole = await records.restore(tmp_path / "b.db", elsewhere, silent)
    assert whole
    assert "paused on every channel" in said
    there = await known(elsewhere)
    assert there >= {f"c{number}@customer.example" for number in range(10)}
    assert there == {f"c{number}@customer.example" for number in range(len(there))}  # No hole: one moment.


async def _write_on(database):
    for number in range(10, 10_000):
        await mail(database, number)


async def add_case(tx, name, channel, state):
    """Put a conversation with an answer in this state into the database."""
    at = utc_now()
    talk, person = conversation(id=name, channel=channel, address=f"{name}@x.example", customer_id=name), name
    await tx.customers.add(customer(id=person, address=f"{name}@x.example", channel=channel))
    await tx.conversations.add(talk)
    await tx.messages.add(message(id=f"m-{name}", conversation_id=name, external_id=f"<{name}>"), channel)
    await tx.drafts.add(draft(id=f"d-{name}", conversation_id=name))
    await tx.decisions.add(decision(id=f"e-{name}", conversation_id=name, draft_id=f"d-{name}"))
    await tx.deliveries.add(
        delivery(
            id=f"a-{name}",
            conversation_id=name,
            decision_id=f"e-{name}",
            draft_id=f"d-{name}",
            channel=channel,
            state=state,
            created_at=at,
            updated_at=at,
        )
    )


async def test_what_may_have_left_since_waits_for_a_person_and_nothing_leaves_by_itself(
    url, elsewhere, tmp_path
):
    cases = {
        "waits": (Channel.EMAIL, DeliveryState.PENDING),
        "leaves": (Channel.SMS, DeliveryState.SENDING),
        "chats": (Channel.CHAT, DeliveryState.PENDING),
        "gone": (Channel.EMAIL, DeliveryState.SENT),
    }
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.transaction() as tx:
        for name, (channel, state) in cases.items():
            await add_case(tx, name, channel, state)
        await tx.conversations.change("gone", at=utc_now(), status=Status.RESOLVED)
        told = Acknowledgement(
            "waits", Channel.EMAIL, "waits@x.example", "We have it", DeliveryState.PENDING, utc_now()
        )
        await tx.acknowledgements.add(told)
    await records.backup(url, tmp_path / "b.db", silent)
    said, _ = await records.restore(tmp_path / "b.db", elsewhere, silent)
    assert "may have gone out since the backup: 2;" in said
    async with open_database(elsewhere, LocalSignals(), sealing=OPEN) as database, database.snapshot() as tx:
        states = {name: (await tx.deliveries.get(f"a-{name}")).state for name in cases}
        current = await tx.settings.current()
        rules = {one: rules_for(one, default_rules(), current) for one in Channel}
        assert (await tx.conversations.get("waits")).status is Status.UNDELIVERED
        threads = {name: [e.text for e in (await tx.conversations.case(name)).events] for name in cases}
        assert await tx.acknowledgements.pending(10) == []
        asked = await tx.rating_requests.get("gone")
        assert asked.state is DeliveryState.CANCELLED  # Nobody knows whether they were asked.
    assert states == {
        "waits": DeliveryState.UNKNOWN,
        "leaves": DeliveryState.UNKNOWN,
        "chats": DeliveryState.PENDING,  # Its far side is the database that was restored.
        "gone": DeliveryState.SENT,
    }
    assert all(rules[one].paused for one in Channel)
    look = {name for name, lines in threads.items() if any("look into this thread" in line for line in lines)}
    assert look == {"waits", "leaves", "chats"}
    assert not (await auditing.verify(elsewhere)).broken


async def test_a_damaged_file_is_put_aside_and_its_key_comes_back(path, sqlite_url, tmp_path):
    file, key = tmp_path / "b.db", Path(f"{path}.key")
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database:
        await mail(database, 1)
    key.write_text("the key of then")
    said, _ = await records.backup(sqlite_url, file, silent)
    assert "The key that goes with it is in b.db.key." in said
    assert {f.stat().st_mode & 0o777 for f in (file, tmp_path / "b.db.key")} == {0o600}
    Path(path).write_bytes(b"not a database " * 1000)
    key.write_text("another key")
    with pytest.raises(Misconfigured):
        await records.backup(sqlite_url, tmp_path / "c.db", silent)
    assert not (tmp_path / "c.db").exists()
    said, _ = await records.restore(file, sqlite_url, silent)
    assert "What was there is in " in said
    assert await known(sqlite_url) == {"c1@customer.example"}
    assert key.read_text() == "the key of then"
    (aside,) = tmp_path.glob("threadpilot.db.before-*")
    assert aside.read_bytes().startswith(b"not a database")
    assert [f.name for f in tmp_path.glob("threadpilot.db.key.before-*")] != []


async def test_without_the_key_of_the_backup_the_database_stays_what_it_is(url, elsewhere, tmp_path):
    """Nothing of the backup is live, where its answers would leave a second time."""
    sealing = Sealing(("o" * 32,), bodies=True)
    async with open_database(url, LocalSignals(), sealing=sealing) as database:
        await begin(database, utc_now())
        async with database.transaction() as tx:
            await add_case(tx, "waits", Channel.EMAIL, DeliveryState.PENDING)
    await records.backup(url, tmp_path / "b.db", silent, sealing)
    for wrong in (OPEN, Sealing(("n" * 32,), bodies=True)):
        with pytest.raises(Misconfigured, match="THREADPILOT_ENCRYPTION_KEY"):
            await records.restore(tmp_path / "b.db", elsewhere, silent, wrong)
    await migrate.upgrade(elsewhere)
    assert await known(elsewhere) == set()
    said, whole = await records.restore(tmp_path / "b.db", elsewhere, silent, sealing)
    assert (whole, "since the backup: 1;" in said) == (True, True)


async def test_what_breaks_off_while_it_is_made_ready_changes_nothing(url, elsewhere, tmp_path):
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        await mail(database, 1)
    await records.backup(url, tmp_path / "b.db", silent)
    await migrate.upgrade(elsewhere)

    async def fails(draft):
        assert await known(draft) == {"c1@customer.example"}
        raise Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        await backups.put_back(tmp_path / "b.db", elsewhere, utc_now(), silent, fails)
    assert await known(elsewhere) == set()


async def test_what_is_in_place_in_the_end_is_what_the_backup_has(url, elsewhere, tmp_path):
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        await mail(database, 1)
    await records.backup(url, tmp_path / "today", silent)
    said, whole = await records.restore(tmp_path / "today", elsewhere, silent)
    assert re.search(
        r"All \d\d tables have as many rows as the backup, beside those of this restore\. The audit chain is whole",
        said,
    ), said
    assert whole


async def test_rows_that_a_server_does_not_keep_are_found(sqlite_url, postgres_url, tmp_path):
    async with (
        open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database,
        database.transaction() as tx,
    ):
        await tx.receipts.add("one", utc_now())
    await records.backup(sqlite_url, tmp_path / "today", silent)
    async with (
        open_database(postgres_url, LocalSignals(), sealing=OPEN) as database,
        database.transaction() as tx,
    ):
        await tx.connection.execute(text("CREATE RULE lost AS ON INSERT TO receipts DO INSTEAD NOTHING"))
    said, whole = await records.restore(tmp_path / "today", postgres_url, silent)
    assert "NOT restored as it is: receipts has 0 rows and the backup 1." in said
    assert not whole


async def test_rows_that_are_lost_while_it_is_made_ready_are_found(sqlite_url, tmp_path):
    async with (
        open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database,
        database.transaction() as tx,
    ):
        await tx.receipts.add("one", utc_now())
    await records.backup(sqlite_url, tmp_path / "today", silent)
    with closing(sqlite3.connect(tmp_path / "today")) as backup:
        backup.execute("CREATE TRIGGER lost AFTER INSERT ON audit BEGIN DELETE FROM receipts; END")
        backup.commit()
    said, whole = await records.restore(tmp_path / "today", sqlite_url, silent)
    assert "NOT restored as it is: receipts has 0 rows and the backup 1." in said
    assert not whole


async def test_what_is_only_in_the_log_of_the_database_is_not_lost_half_way(path, sqlite_url, tmp_path):
    """A process that was killed leaves its last commits in the log: they stay with the file until it is moved."""
    file, at, killed = tmp_path / "b.db", utc_now(), tmp_path / "killed"
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database:
        await records.backup(sqlite_url, file, silent)
        await mail(database, 1)
        killed.mkdir()
        for part in ("", "-wal"):
            shutil.copy(f"{path}{part}", killed / f"threadpilot.db{part}")
    target = killed / "threadpilot.db"
    (killed / f"threadpilot.db.before-{at:%Y%m%dT%H%M%S}").mkdir()  # So that it cannot be moved there.

    async def ready(draft):
        pass

    with pytest.raises(Misconfigured, match="cannot be restored"):
        await backups.put_back(file, backups.url_of(target), at, silent, ready)
    assert await known(backups.url_of(target)) == {"c1@customer.example"}


async def test_a_backup_may_change_the_kind_of_database(sqlite_url, postgres_url, tmp_path):
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database:
        await mail(database, 1)
    await records.backup(sqlite_url, tmp_path / "b.db", silent)
    with pytest.raises(Misconfigured, match="There is no database of threadpilot's"):
        await records.backup(f"sqlite+aiosqlite:///{tmp_path}/none.db", tmp_path / "c.db", silent)
    await records.restore(tmp_path / "b.db", postgres_url, silent)
    assert await known(postgres_url) == {"c1@customer.example"}
    with pytest.raises(Misconfigured, match="something in that database already"):
        await records.restore(tmp_path / "b.db", postgres_url, silent)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "There is no backup at"),
        (b"x" * 9000, "cannot be restored: it is damaged"),
        (b"", "no database"),
    ],
)
async def test_what_is_no_backup_changes_nothing(path, sqlite_url, tmp_path, content, why):
    file, before = tmp_path / "b.db", Path(path).read_bytes()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Misconfigured, match=why):
        await records.restore(file, sqlite_url, silent)
    assert Path(path).read_bytes() == before
    assert not list(tmp_path.glob(".restoring-*"))


async def test_a_damaged_backup_is_refused(path, sqlite_url, tmp_path):
    file = tmp_path / "b.db"
    async with open_database(sqlite_url, LocalSignals(), sealing=OPEN) as database:
        await mail(database, 1)
    await records.backup(sqlite_url, file, silent)
    pages = bytearray(file.read_bytes())
    pages[4096 * 2 : 4096 * 12] = b"\xff" * 4096 * 10
    file.write_bytes(pages)
    with pytest.raises(Misconfigured, match=r"cannot be restored: .*Take another backup"):
        await records.restore(file, sqlite_url, silent)
    assert await known(sqlite_url) == {"c1@customer.example"}


def test_the_command_line_overwrites_nothing_and_says_what_is_wrong(path, sqlite_url, tmp_path, capsys):
    env, file = env_file(tmp_path, {"DATABASE_URL": sqlite_url}), tmp_path / "b.db"
    assert main(["backup", str(file), "--env-file", env]) == 0
    assert "is a backup of everything" in capsys.readouterr().out
    assert main(["backup", str(file), "--env-file", env]) == 2
    assert "overwrites nothing" in capsys.readouterr().err
    assert main(["backup", "/proc/none/b.db", "--env-file", env]) == 2
    assert capsys.readouterr().err.startswith("threadpilot: /proc/none/b.db cannot be written: ")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO audit VALUES (1,'2026-01-01','U','a','s','{}','0','0')")
    assert main(["backup", str(tmp_path / "c.db"), "--env-file", env]) == 1
    assert "The audit chain is broken" in capsys.readouterr().out
    assert backups.url_of(file).endswith("/b.db")
