"""What our things are called elsewhere, and who is told of changes."""

from dataclasses import replace

import pytest

from bot.core.model import RefState, Status
from bot.core.ports.engine import Lane
from bot.core.sealing import OPEN
from storage.database import open_database
from tests.builders import AT, conversation, customer, note, ref


@pytest.fixture
async def followed(url, signals, clock):
    async with open_database(url, signals, clock, followers=("files", "crm"), sealing=OPEN) as database:
        async with database.transaction() as tx:
            await tx.customers.add(customer())
            await tx.conversations.add(conversation())
        yield database


async def jobs(database):
    async with database.snapshot() as tx:
        return await tx.queue.queued()


async def test_a_change_queues_work_for_whoever_follows(followed):
    talk = conversation()
    async with followed.transaction() as tx:
        await tx.conversations.change(talk.id, at=AT, status=Status.WAITING)
        await tx.conversations.change(talk.id, at=AT, status=Status.ANSWERED)
    assert await jobs(followed) == {(Lane.SYNC, f"files:{talk.id}"), (Lane.SYNC, f"crm:{talk.id}")}


async def test_a_note_is_a_change_too_and_what_is_only_shown_is_none(followed):
    talk = conversation()
    async with followed.transaction() as tx:
        await tx.conversations.mark_shown(talk.id, 1)
    assert not await jobs(followed)
    async with followed.transaction() as tx:
        await tx.notes.add(note())
    assert len(await jobs(followed)) == 2


async def test_nothing_is_queued_where_nobody_follows(sqlite_url, signals, clock):
    async with open_database(sqlite_url, signals, clock, sealing=OPEN) as database:
        async with database.transaction() as tx:
            await tx.customers.add(customer())
            await tx.conversations.add(conversation())
            await tx.conversations.change(conversation().id, at=AT, status=Status.WAITING)
        assert not await jobs(database)


async def test_refs_are_found_by_conversation_and_by_the_far_sides_id(followed):
    talk, record, line = conversation(), ref(), ref(entry_id="line", external_id="9", trouble="slow")
    async with followed.transaction() as tx:
        assert await tx.external_refs.add(record)
        assert not await tx.external_refs.add(replace(record, external_id="2"))
        await tx.external_refs.put(line)
        await tx.external_refs.put(replace(line, state=RefState.PARKED))
        await tx.external_refs.put(ref(system="crm", external_id="7"))
        await tx.external_refs.put(ref(entry_id="cursor", conversation_id=None, mark="abc"))
    async with followed.snapshot() as tx:
        assert await tx.external_refs.of("files", talk.id) == {
            talk.id: record,
            "line": replace(line, state=RefState.PARKED),
        }
        assert await tx.external_refs.conversation_of("files", "1") == talk.id
        assert await tx.external_refs.conversation_of("files", "9") is None  # A line is no record.
        cursor = await tx.external_refs.get("files", "cursor")
        assert cursor is not None
        assert cursor.mark == "abc"
        case = await tx.conversations.case(talk.id)
    assert case is not None
    assert {(one.system, one.external_id) for one in case.records} == {
        ("crm", "7"),
        ("files", "1"),
        ("files", "9"),
    }
