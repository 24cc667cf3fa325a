"""Who is to be asked for a rating, and that nobody is asked twice."""

from datetime import timedelta

import pytest

from bot.core.model import Channel, DeliveryState, Rating, RatingRequest, Status, new_id
from tests.builders import AT, conversation, customer

HOUR = timedelta(hours=1)


def request(talk, state=DeliveryState.SENDING, at=AT):
    return RatingRequest(talk.id, Channel.EMAIL, talk.address, state, at)


@pytest.fixture
async def talk(database):
    """A conversation that was resolved."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation(status=Status.RESOLVED))
        await tx.conversations.add(conversation(id=new_id()))
    return conversation()


async def wanted(database, channels=(Channel.EMAIL,), since=AT - HOUR, until=AT + HOUR):
    async with database.snapshot() as tx:
        return list(await tx.rating_requests.wanted(channels, since=since, until=until, limit=10))


async def test_what_was_resolved_in_that_time_on_that_channel_is_wanted(database, talk):
    assert await wanted(database) == [talk.id]
    assert await wanted(database, (Channel.SMS, Channel.EMAIL)) == [talk.id]
    assert await wanted(database, (Channel.SMS,)) == []
    assert await wanted(database, since=AT + HOUR, until=AT + 2 * HOUR) == []
    assert await wanted(database, since=AT - 2 * HOUR, until=AT - HOUR) == []


async def test_what_is_rated_is_not_wanted(database, talk):
    async with database.transaction() as tx:
        await tx.ratings.put(Rating(talk.id, 4, "", AT))
    assert await wanted(database) == []


async def test_a_request_is_made_once(database, talk):
    async with database.transaction() as tx:
        assert await tx.rating_requests.add(request(talk))
        assert not await tx.rating_requests.add(request(talk))
        await tx.rating_requests.end(talk.id, DeliveryState.SENT, at=AT + HOUR)
        assert not await tx.rating_requests.add(request(talk))
        assert await tx.rating_requests.get(talk.id) == request(talk, DeliveryState.SENT, AT + HOUR)
    assert await wanted(database) == []


async def test_what_was_passed_over_is_wanted_again_only_once_something_changes(database, talk):
    async with database.transaction() as tx:
        assert await tx.rating_requests.add(request(talk, DeliveryState.CANCELLED, AT))
    assert await wanted(database) == []
    async with database.transaction() as tx:
        await tx.conversations.change(talk.id, at=AT + HOUR / 2)
    assert await wanted(database) == [talk.id]
    async with database.transaction() as tx:
        assert await tx.rating_requests.add(request(talk))


async def test_what_was_certainly_not_sent_is_wanted_again(database, talk):
    async with database.transaction() as tx:
        await tx.rating_requests.add(request(talk))
        await tx.rating_requests.drop(talk.id)
    assert await wanted(database) == [talk.id]


async def test_whom_we_asked_lately_is_found_by_where_we_asked(database, talk):
    async with database.transaction() as tx:
        await tx.rating_requests.add(request(talk))

    async def asked(*channels, address=talk.address, since=AT - HOUR):
        async with database.snapshot() as tx:
            found = await tx.rating_requests.asked(channels, address, since=since)
            return found.conversation_id if found else None

    assert await asked(Channel.SMS, Channel.EMAIL) == talk.id
    assert await asked(Channel.SMS) is None
    assert await asked(Channel.EMAIL, address="bo@customer.example") is None
    assert await asked(Channel.EMAIL, since=AT + HOUR) is None
    for state, is_there in (
        (DeliveryState.UNKNOWN, True),
        (DeliveryState.SENT, True),
        (DeliveryState.FAILED, False),
    ):
        async with database.transaction() as tx:
            await tx.rating_requests.end(talk.id, state, at=AT)
        assert (await asked(Channel.EMAIL) == talk.id) is is_there
