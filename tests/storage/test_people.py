"""Customers, conversations and messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.context import Fact
from bot.core.model import NEXT, Channel, Status, new_id
from tests.builders import AT, conversation, customer, message


@pytest.fixture
async def talk(database):
    """A stored conversation."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
    return conversation()


async def test_a_customer_comes_back_as_stored(database):
    ada = customer(
        company="Quill & Co",
        facts=(Fact("plan", "Gold plan", "CRM", AT), Fact("", "since 2019")),
        verified=True,
        known=True,
    )
    async with database.transaction() as tx:
        assert await tx.customers.add(ada) == ada
    async with database.snapshot() as tx:
        assert await tx.customers.find(Channel.EMAIL, ada.address) == ada
        assert await tx.customers.find(Channel.CHAT, ada.address) is None


async def test_the_first_customer_of_an_address_stays(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        assert await tx.customers.add(customer(id=new_id(), name="Impostor")) == customer()


async def test_a_customer_is_updated(database):
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        better = replace(customer(), name="Ada Q.", facts=(Fact("", "VIP"),))
        await tx.customers.update(better)
        assert await tx.customers.find(Channel.EMAIL, better.address) == better


async def test_a_conversation_comes_back_as_stored(database, talk):
    async with database.snapshot() as tx:
        assert await tx.conversations.get(talk.id) == talk
        assert await tx.conversations.get("0" * 32) is None


async def test_a_change_raises_the_version(database, talk):
    later = AT + timedelta(minutes=5)
    async with database.transaction() as tx:
        await tx.conversations.change(talk.id, at=later, status=Status.WAITING, assignee="U1")
        changed = await tx.conversations.get(talk.id)
    assert changed == replace(talk, status=Status.WAITING, assignee="U1", version=2, updated_at=later)


async def test_shown_never_goes_back(database, talk):
    async with database.transaction() as tx:
        await tx.conversations.mark_shown(talk.id, 5)
        await tx.conversations.mark_shown(talk.id, 3)
        assert (await tx.conversations.get(talk.id)).shown_version == 5


async def test_the_open_conversation_is_the_newest_unresolved(database, talk):
    newer = conversation(id=new_id(), created_at=AT + timedelta(hours=1))
    resolved = conversation(id=new_id(), created_at=AT + timedelta(hours=2), status=Status.RESOLVED)
    async with database.transaction() as tx:
        await tx.conversations.add(newer)
        await tx.conversations.add(resolved)
        assert await tx.conversations.open_for(Channel.EMAIL, talk.address) == newer
        assert await tx.conversations.open_for(Channel.CHAT, talk.address) is None


async def test_conversations_are_counted_by_channel_and_status(database, talk):
    async with database.transaction() as tx:
        await tx.conversations.add(conversation(id=new_id()))
        await tx.conversations.add(conversation(id=new_id(), channel=Channel.CHAT, status=Status.WAITING))
        counts = await tx.conversations.count_by_status()
    assert counts == {(Channel.EMAIL, Status.WORKING): 2, (Channel.CHAT, Status.WAITING): 1}


async def test_a_message_is_stored_once_per_channel_and_external_id(database, talk):
    first = message(metadata={"subject": "Hi", "nested": [1, {"a": None}]})
    twin = message(id=new_id(), seq=2)
    async with database.transaction() as tx:
        assert await tx.messages.add(first, Channel.EMAIL) == 1
        assert await tx.messages.add(replace(twin, external_id=first.external_id), Channel.EMAIL) is None
        assert await tx.messages.add(replace(twin, external_id=first.external_id), Channel.CHAT) == 2
    async with database.snapshot() as tx:
        assert await tx.messages.find(Channel.EMAIL, first.external_id) == first


async def test_messages_without_external_id_are_not_compared(database, talk):
    async with database.transaction() as tx:
        assert await tx.messages.add(message(external_id=""), Channel.SMS) == 1
        assert await tx.messages.add(message(seq=2, external_id=""), Channel.SMS) == 2
        assert await tx.messages.find(Channel.SMS, "") is None


async def test_messages_are_numbered_from_one(database, talk):
    async with database.transaction() as tx:
        for number in (1, 2):
            said = message(id=new_id(), seq=NEXT, external_id=f"<{number}>")
            assert await tx.messages.add(said, Channel.EMAIL) == number
            kept = await tx.messages.find(Channel.EMAIL, said.external_id)
            assert kept == replace(said, seq=number)
        assert await tx.messages.nth_newest_of_customer(talk.id, 1) == AT
        assert await tx.messages.nth_newest_of_customer(talk.id, 3) is None


@pytest.mark.parametrize(
    "text", ["caf\u00e9 \U0001f4e6", "half \ud83d surrogate", "nul \x00 inside", "", "x" * 2_000_000]
)
async def test_any_text_is_kept(database, talk, text):
    async with database.transaction() as tx:
        await tx.messages.add(message(content=text, external_id=f"<{text[:20]}>"), Channel.EMAIL)
    async with database.snapshot() as tx:
        stored = await tx.messages.find(Channel.EMAIL, f"<{text[:20]}>")
    expected = text.replace("\x00", "").replace("\ud83d", "?")
    assert stored.content == expected
