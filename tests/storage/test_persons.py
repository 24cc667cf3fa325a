"""Which customers are one and the same, on both databases."""

from datetime import timedelta

import pytest

from bot.core.model import Channel, new_id
from tests.builders import AT, conversation, customer

ADA, NUMBER = customer(), customer(channel=Channel.SMS, address="+442079460101", name="")
VISITOR = customer(channel=Channel.CHAT, address="5f3a", email="Ada@Customer.example")


@pytest.fixture
async def people(database):
    async with database.transaction() as tx:
        for one in (ADA, NUMBER, VISITOR):
            await tx.customers.add(one)
    return database


async def same(tx, one):
    return {found.id for found in await tx.customers.same_person(one.id)}


async def test_customers_are_one_from_when_they_are_joined_until_they_are_parted(people):
    async with people.transaction() as tx:
        assert await same(tx, ADA) == {ADA.id}
        await tx.customers.join(NUMBER.id, VISITOR.id)
        await tx.customers.join(ADA.id, VISITOR.id)
        assert await same(tx, NUMBER) == {ADA.id, NUMBER.id, VISITOR.id}
        await tx.customers.part(ADA.id)
        assert await same(tx, ADA) == {ADA.id}
        assert await same(tx, NUMBER) == {NUMBER.id, VISITOR.id}


async def test_who_wrote_once_more_stays_joined(people):
    async with people.transaction() as tx:
        await tx.customers.join(ADA.id, NUMBER.id)
        await tx.customers.add(customer())
        await tx.customers.update(ADA)
        assert await same(tx, ADA) == {ADA.id, NUMBER.id}


async def test_an_address_is_found_on_every_channel_and_in_any_case(people):
    async with people.snapshot() as tx:
        found = await tx.customers.at("ADA@customer.example")
        assert {one.id for one in found} == {ADA.id, VISITOR.id}
        assert await tx.customers.at("nobody@else.example") == ()


async def test_a_name_in_a_crm_leads_to_the_others_it_stands_for(people):
    async with people.transaction() as tx:
        assert await tx.customers.note_id(ADA.id, "Salesforce", "003A") == []
        assert await tx.customers.note_id(ADA.id, "Salesforce", "003A") == []
        assert await tx.customers.note_id(NUMBER.id, "Zendesk", "003A") == []
        assert await tx.customers.note_id(NUMBER.id, "Salesforce", "003A") == [ADA.id]
        await tx.customers.note_id(ADA.id, "Salesforce", "003B")
        assert await tx.customers.note_id(NUMBER.id, "Salesforce", "003A") == []


async def test_whom_people_parted_a_crm_does_not_join(people):
    async with people.transaction() as tx:
        await tx.customers.note_id(ADA.id, "Salesforce", "003A")
        await tx.customers.part(NUMBER.id)
        assert await tx.customers.note_id(NUMBER.id, "Salesforce", "003A") == []
        assert await tx.customers.note_id(ADA.id, "Salesforce", "003A") == []


async def test_conversations_of_a_customer_are_those_of_all_their_addresses(people):
    talks = [
        conversation(id=new_id(), customer_id=one.id, created_at=AT + timedelta(hours=hour))
        for hour, one in enumerate((ADA, NUMBER, VISITOR))
    ]
    async with people.transaction() as tx:
        for talk in talks:
            await tx.conversations.add(talk)
        await tx.customers.join(ADA.id, NUMBER.id)
        assert [one.id for one in await tx.conversations.of_person(NUMBER.id, 9)] == [
            talks[1].id,
            talks[0].id,
        ]
        assert len(await tx.conversations.of_person(NUMBER.id, 1)) == 1
        case = await tx.conversations.case(talks[0].id)
    assert case.earlier == 1
