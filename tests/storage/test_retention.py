"""What is let go of after its days, and what stays."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.audit import first_broken
from bot.core.errors import Misconfigured
from bot.core.model import Channel, Status
from bot.core.retention import Keep, Kind, span_for
from bot.core.sealing import OPEN
from bot.settings.retention import retention_settings
from storage.database import SqlDatabase, open_database
from storage.retention import due, let_go
from storage.signals import LocalSignals
from tests import builders
from tests.builders import AT

LATER = AT + timedelta(days=100)
FILE, MAIL = "f" * 64, "e" * 64
RULES = (Keep(Channel.EMAIL, Kind.CONVERSATIONS, 90), Keep(None, Kind.FILES, 30), Keep(None, Kind.MAILS, 30))


@pytest.fixture
async def database() -> AsyncIterator[SqlDatabase]:
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        yield database


async def talk(database: SqlDatabase, name: str, **values: object) -> str:
    """Keep a conversation with one message, as it was on the first day."""
    address = f"{name}@customer.example"
    customer = builders.customer(address=address, channel=values.get("channel", Channel.EMAIL), name=name)
    given = {
        "id": builders.stable_id(name),
        "customer_id": customer.id,
        "address": address,
        "status": Status.RESOLVED,
    }
    one = builders.conversation(**given | values)
    metadata = {"attachments": [{"name": "a", "sha256": FILE}], "raw_sha256": MAIL}
    message = builders.message(conversation_id=one.id, metadata=metadata, created_at=one.created_at)
    async with database.transaction() as tx:
        await tx.customers.add(customer)
        await tx.conversations.add(one)
        await tx.messages.add(message, one.channel)
        await tx.attachments.keep(FILE, b"file", AT)
        await tx.raw_mails.keep(MAIL, b"mail", AT)
        await tx.audit.append(
            at=AT, actor="policy", action="send", subject=one.id, payload={"text": f"Dear {name}"}
        )
    return one.id


async def left(database: SqlDatabase) -> tuple[set[str], list[str], bool, bool]:
    """Return the names of customers, the conversations, and whether file and mail are there."""
    async with database.snapshot() as tx:
        people = (await tx.connection.exec_driver_sql("SELECT name FROM customers")).scalars().all()
        ids = (await tx.connection.exec_driver_sql("SELECT id FROM conversations")).scalars().all()
        file, mail = await tx.attachments.get(FILE), await tx.raw_mails.get(MAIL)
    return set(people), list(ids), file is not None, mail is not None


async def test_what_is_over_for_long_enough_goes_and_the_rest_stays(database: SqlDatabase) -> None:
    await talk(database, "old")
    waiting = await talk(database, "waiting", status=Status.WAITING)
    young = await talk(database, "young", updated_at=LATER - timedelta(days=89))
    chat = await talk(database, "chat", channel=Channel.CHAT)
    found = await due(database, RULES, LATER)
    assert str(found) == "email: 1 conversations\nemail: 1 files\nemail: 1 mails" or "1 conversations" in str(
        found
    )
    assert await left(database) == (
        {"old", "waiting", "young", "chat"},
        [*(await left(database))[1]],
        True,
        True,
    )
    await let_go(database, RULES, LATER)
    people, ids, *_ = await left(database)
    assert people == {"waiting", "young", "chat"}
    assert set(ids) == {waiting, young, chat}
    async with database.snapshot() as tx:
        rows, emptied = await tx.audit.rows(), await tx.audit.emptied()
    assert "Dear old" not in str(rows)
    assert "Dear young" in str(rows)
    assert first_broken(rows, emptied=emptied) is None
    assert not (await due(database, RULES, LATER)).conversations


async def test_files_stay_as_long_as_a_message_that_is_young_names_them(database: SqlDatabase) -> None:
    await talk(database, "old", status=Status.WAITING)
    await talk(database, "young", status=Status.WAITING, created_at=LATER - timedelta(days=3))
    await let_go(database, RULES, LATER)
    assert (await left(database))[2:] == (True, True)
    await let_go(database, RULES, LATER + timedelta(days=28))
    assert (await left(database))[2:] == (False, False)


async def test_nothing_goes_without_a_rule(database: SqlDatabase) -> None:
    await talk(database, "old")
    assert not await let_go(database, (), LATER)
    assert str(await due(database, (), LATER)) == "nothing"
    assert len((await left(database))[1]) == 1


def test_the_rule_of_a_channel_counts_before_that_of_all() -> None:
    rules = (Keep(None, Kind.FILES, 9), Keep(Channel.SMS, Kind.FILES, 99))
    assert span_for(rules, Channel.SMS, Kind.FILES) == timedelta(days=99)
    assert span_for(rules, Channel.CHAT, Kind.FILES) == timedelta(days=9)
    assert span_for(rules, Channel.CHAT, Kind.MAILS) is None


def test_rules_are_read_or_refused_in_a_sentence() -> None:
    assert retention_settings({"RETENTION_DAYS": "email=730, *.files=90"}) == (
        Keep(Channel.EMAIL, Kind.CONVERSATIONS, 730),
        Keep(None, Kind.FILES, 90),
    )
    assert retention_settings({}) == ()
    for wrong in ("email", "fax=3", "email.texts=3", "email=0", "email=-1", "*=x"):
        with pytest.raises(Misconfigured, match="write days such as"):
            retention_settings({"RETENTION_DAYS": wrong})
    with pytest.raises(Misconfigured, match="two things about the same"):
        retention_settings({"RETENTION_DAYS": "email=3,email.conversations=4"})
