"""What only PostgreSQL does: many writers at a time, in one order, with limits to every wait."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text

from bot.core.errors import Misconfigured, Unavailable
from bot.core.model import NEXT, Actor, Channel, Inbound, Mode, Status, new_id
from bot.core.policy import default_rules
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from bot.services.controls import Controls
from bot.services.intake import Intake
from storage import postgres
from storage.cases import _ROOT
from storage.database import open_database, utc_now
from storage.postgres import connect_arguments
from storage.signals import LocalSignals
from storage.unfinished import to_advance, waiting_on
from storage.urls import parse
from tests.builders import AT, conversation, customer, message, note
from tests.waiting import PATIENCE


@pytest.fixture
def database(postgres_database):
    return postgres_database


async def talk(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
    return conversation().id


async def test_who_reads_a_conversation_to_change_it_has_it_alone(database):
    where = await talk(database)

    async def say(n):
        async with database.transaction() as tx:
            case = await tx.conversations.case(where)
            await tx.conversations.change(where, at=AT, turn=case.conversation.turn + 1)
            said = message(id=new_id(), conversation_id=where, seq=NEXT, external_id=f"<{n}>")
            assert await tx.messages.add(said, Channel.EMAIL) == len(case.messages) + 1

    await asyncio.gather(*(say(n) for n in range(20)))
    async with database.snapshot() as tx:
        case = await tx.conversations.case(where)
    assert [said.seq for said in case.messages] == list(range(1, 21))
    assert case.conversation.turn == conversation().turn + 20


async def test_notes_written_at_once_have_an_order(database):
    where = await talk(database)

    async def write(n):
        async with database.transaction() as tx:
            await tx.notes.add(note(id=new_id(), conversation_id=where, desk_ref=f"C0:{n}"))

    await asyncio.gather(*(write(n) for n in range(12)))
    async with database.snapshot() as tx:
        positions = await tx.connection.scalars(text("SELECT position FROM notes ORDER BY position"))
        assert list(positions) == list(range(1, 13))


@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.EMAIL])
async def test_a_customer_who_writes_twice_at_once_is_one_customer(database, channel):
    intake = Intake(database, utc_now)
    many = [Inbound(channel, f"<{n}>", "ada@customer.example", "Hello", name="Ada") for n in range(12)]
    receipts = await asyncio.gather(*(intake.receive(one) for one in many))
    async with database.snapshot() as tx:
        customers = await tx.connection.scalar(text("SELECT count(*) FROM customers"))
    # A chat is one line that is open; each mail begins a matter of its own.
    talks = len({receipt.conversation_id for receipt in receipts})
    assert (customers, talks) == (1, 1 if channel is Channel.CHAT else 12)


async def test_one_message_that_arrives_twice_at_once_is_kept_once(database):
    intake, same = Intake(database, utc_now), Inbound(Channel.CHAT, "x:1", "x", "Hello")
    receipts = await asyncio.gather(*(intake.receive(same) for _ in range(8)))
    assert sorted(receipt.duplicate for receipt in receipts) == [False, *[True] * 7]


async def test_of_settings_changed_at_once_each_names_the_one_it_replaced(database):
    controls = Controls(database, utc_now, default_rules(Mode.ASSIST), lambda: None)
    boss, wanted = Actor("UBOSS", is_manager=True), [n / 100 for n in range(50, 60)]
    await asyncio.gather(*(controls.set_threshold(Channel.EMAIL, value, boss) for value in wanted))
    async with database.snapshot() as tx:
        changes = [row.payload for row in await tx.audit.rows()]
        now = (await tx.settings.current())["auto_above.email"].value
    first = default_rules(Mode.ASSIST)[Channel.EMAIL].auto_above
    assert [change["old"] for change in changes] == [first, *(change["new"] for change in changes[:-1])]
    assert changes[-1]["new"] == now


async def test_a_deadlock_is_a_failure_that_may_be_tried_again(database):
    """Ours are taken in one order; whoever works on the database beside us may take others."""
    where = await talk(database)
    both = asyncio.Barrier(2)

    async def cross(first, second):
        async with database.transaction() as tx:
            await tx.chat.append(first, "message", {}, key="a", at=AT)
            async with asyncio.timeout(PATIENCE):
                await both.wait()
            await tx.chat.append(second, "message", {}, key="b", at=AT)

    ended = await asyncio.gather(cross("ada", "bob"), cross("bob", "ada"), return_exceptions=True)
    (failed,) = [error for error in ended if error is not None]
    assert isinstance(failed, Unavailable)
    assert str(failed) == "The database failed: deadlock detected"
    async with database.snapshot() as tx:
        assert await tx.conversations.get(where) is not None
        assert await tx.chat.last_seq("ada") == 1


async def test_a_lost_connection_is_a_failure_and_the_next_one_works(database, postgres_server):
    async def cut():
        async with database.transaction() as tx:
            pid = await tx.connection.scalar(text("SELECT pg_backend_pid()"))
            await asyncio.to_thread(postgres_server.execute, f"SELECT pg_terminate_backend({pid})")
            await tx.customers.add(customer())

    with pytest.raises(Unavailable):
        await cut()
    async with database.transaction() as tx:
        assert await tx.customers.find(Channel.EMAIL, customer().address) is None


async def test_nobody_waits_for_ever(database, postgres_url):
    async with database.snapshot() as tx:
        names = "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name"
        shown = [await tx.connection.scalar(text(f"SHOW {name}")) for name in names]
        reading = await tx.connection.scalar(text("SHOW transaction_read_only"))
    assert (shown, reading) == (["30s", "10s", "1min", "threadpilot"], "on")


async def test_what_the_url_says_goes_before_what_we_say():
    url = parse("postgres://host/db?application_name=blue&options=-c%20lock_timeout%3D1s")
    said = connect_arguments(url)
    assert "application_name" not in said
    assert said["options"].endswith("-c lock_timeout=1s")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
async def test_however_the_scheme_is_written_it_is_the_same_database(postgres_url, scheme):
    url = postgres_url.replace("postgresql+psycopg", scheme, 1)
    async with open_database(url, LocalSignals(), sealing=OPEN) as opened, opened.transaction() as tx:
        assert await tx.customers.add(customer()) == customer()


async def test_without_the_packages_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r"pip install -e '.\[postgres\]'"):
        async with open_database("postgresql://host/db", LocalSignals(), sealing=OPEN):
            pass


FILL = (
    """INSERT INTO customers (id, channel, address, name, company, facts, verified, known, created_at, person)
    SELECT 'x' || n, 'email', 'a' || n, '', '', '[]', false, false, now(), 'x' || n
    FROM generate_series(1, 5000) n""",
    """INSERT INTO conversations SELECT 'x' || n, 'x' || n, 'email', 'a' || n, 'answered', now(), now(), '', 1, true,
    NULL, false, 1, 1 FROM generate_series(1, 5000) n""",
    "ANALYZE",
)


async def planned(tx, query):
    """Return how PostgreSQL would look for the rows."""
    sql = query.compile(dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True})
    return list(await tx.connection.scalars(text(f"EXPLAIN {sql}")))


async def test_the_queries_that_run_most_read_no_table_from_end_to_end(database):
    await talk(database)
    async with database.transaction() as tx:
        for statement in FILL:  # An index must be worth it.
            await tx.connection.execute(text(statement))
        await tx.defer(Lane.ADVANCE, "x1")
        plans = [
            await planned(tx, _ROOT.params(conversation_id="x1", since=AT, lately=AT)),
            await planned(tx, to_advance(AT, waiting_on(tx.connection.dialect))),
        ]
    assert all(plans)
    long = [step for plan in plans for step in plan if "Seq Scan on conversations" in step]
    assert long == []


async def test_nothing_is_read_of_what_another_has_not_committed(database):
    where = await talk(database)
    with suppress(LookupError):
        async with database.transaction() as tx:
            await tx.conversations.change(where, at=AT, status=Status.RESOLVED)
            async with database.snapshot() as reader:
                assert (await reader.conversations.get(where)).status is Status.WORKING
            raise LookupError


@pytest.mark.parametrize(
    "setting", ["default_transaction_isolation=serializable", "default_transaction_read_only=off"]
)
async def test_a_connection_that_does_not_begin_as_it_was_opened_to_is_not_worked_on(postgres_url, setting):
    """A pooler that drops the settings cannot be told from one that has its own."""
    url = parse(postgres_url).update_query_dict({"options": f"-c {setting}"})
    with pytest.raises(Misconfigured, match="does not take the settings of a connection"):
        async with open_database(url.render_as_string(hide_password=False), LocalSignals(), sealing=OPEN):
            pass


async def test_a_server_that_turns_us_away_is_not_one_that_is_gone(postgres_url):
    """Starting again and again would not help, so it ends as a mistake in the settings."""
    nowhere = parse(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(Misconfigured, match=r"turns us away \(.*\"nowhere\" does not exist.*createdb"):
        async with open_database(nowhere, LocalSignals(), sealing=OPEN):
            pass
