"""Conversations that go on in others, and messages that change places."""

from datetime import timedelta

import pytest

from bot.core.model import Channel, Merge, MovedMessage, Status
from tests.builders import AT, conversation, customer, message, stable_id

OTHER, THIRD = stable_id("other"), stable_id("third")
BEN = customer(address="ben@elsewhere.example", name="Ben 100% Okafor")


@pytest.fixture
async def two(database):
    """Two conversations of Ada's with two messages each, and one of Ben's."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.customers.add(BEN)
        await tx.conversations.add(conversation())
        await tx.conversations.add(
            conversation(id=OTHER, subject="Parcel again", updated_at=AT + timedelta(1))
        )
        await tx.conversations.add(conversation(id=THIRD, customer_id=BEN.id, address=BEN.address))
        for seq in (1, 2):
            await tx.messages.add(message(seq=seq), Channel.EMAIL)
            await tx.messages.add(message(conversation_id=OTHER, seq=seq), Channel.EMAIL)
    return conversation().id, OTHER


async def ids(database, talk):
    async with database.snapshot() as tx:
        return [(m.id, m.seq, m.turn) for m in (await tx.conversations.case(talk)).messages]


async def test_a_merge_is_found_by_what_was_merged_and_can_be_forgotten(database, two):
    source, target = two
    merge = Merge(source, target, "UKIM", AT, (MovedMessage("m", 1, 1),))
    async with database.transaction() as tx:
        await tx.merges.add(merge)
    async with database.snapshot() as tx:
        assert await tx.merges.of(source) == merge
        assert await tx.merges.of(target) is None
        assert (await tx.conversations.case(source)).merged_into == target
        assert (await tx.conversations.case(target)).merged_into is None
    async with database.transaction() as tx:
        await tx.merges.remove(source)
        assert await tx.merges.of(source) is None


async def test_messages_move_and_change_places(database, two):
    source, target = two
    ours, theirs = (
        [message(conversation_id=talk, seq=seq).id for seq in (1, 2)] for talk in (target, source)
    )
    order = [ours[0], theirs[0], ours[1], theirs[1]]
    places = [MovedMessage(one, seq, seq + 1) for seq, one in enumerate(order, 1)]
    async with database.transaction() as tx:
        await tx.merges.move(target, places)
        await tx.merges.move(target, [])
    assert await ids(database, target) == [(one, seq, seq + 1) for seq, one in enumerate(order, 1)]
    assert await ids(database, source) == []


async def test_candidates_are_open_and_those_of_the_same_customer_come_first(database, two):
    source, target = two
    async with database.snapshot() as tx:
        ada = await tx.conversations.get(source)
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "", 10)] == [target]
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "PARCEL", 10)] == [target, THIRD]
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "0% oka", 10)] == [THIRD]
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "_", 10)] == []
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "parcel", 1)] == [target]
        (words,) = await tx.merges.candidates(ada, "", 10)
        assert (words.name, words.words) == (customer().name, message(conversation_id=OTHER).content)


async def test_candidates_of_one_person_are_on_all_channels_but_tickets(database, two):
    source, target = two
    texting = customer(channel=Channel.SMS, address="+4915555501")
    async with database.transaction() as tx:
        await tx.customers.add(texting)
        await tx.customers.join(customer().id, texting.id)
        for name, channel in (("sms", Channel.SMS), ("ticket", Channel.ZENDESK)):
            talk = conversation(id=stable_id(name), customer_id=texting.id, channel=channel, subject="")
            await tx.conversations.add(talk)
            said = message(conversation_id=talk.id, content="Where is my teapot?", external_id=name)
            await tx.messages.add(said, channel)
        ada = await tx.conversations.get(source)
        assert {c.conversation.id for c in await tx.merges.candidates(ada, "", 10)} == {
            target,
            stable_id("sms"),
        }
        assert [c.conversation.id for c in await tx.merges.candidates(ada, "TEAPOT", 10)] == [
            stable_id("sms")
        ]


async def test_what_is_closed_or_goes_on_elsewhere_is_no_candidate(database, two):
    source, target = two
    async with database.transaction() as tx:
        await tx.conversations.change(target, at=AT, status=Status.RESOLVED)
        await tx.merges.add(Merge(THIRD, source, "UKIM", AT, ()))
        ada = await tx.conversations.get(source)
        assert await tx.merges.candidates(ada, "parcel", 10) == []


async def test_what_was_merged_is_not_the_resolved_conversation_of_a_customer(database, two):
    source, target = two
    async with database.transaction() as tx:
        await tx.conversations.change(source, at=AT, status=Status.RESOLVED)
        assert (await tx.conversations.resolved_for(Channel.EMAIL, customer().address)).id == source
        await tx.merges.add(Merge(source, target, "UKIM", AT, ()))
        assert await tx.conversations.resolved_for(Channel.EMAIL, customer().address) is None
