"""Answers to tickets as public comments, and what becomes of one that was cut short."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import TooLate, Unavailable
from bot.core.model import Channel
from bot.core.ports.channels import Deadline, Left, OutboundChannel, Outgoing, Reconciled
from integrations.zendesk.channel import ZendeskChannel
from integrations.zendesk.things import Change
from tests.builders import conversation, delivery
from tests.fakes import FakeClock, in_time
from tests.integrations.zendesk.test_client import ticket_of_anna


@pytest.fixture
def clock():
    return FakeClock(datetime.now(UTC))


@pytest.fixture
async def ticket(api):
    return await ticket_of_anna(api)


@pytest.fixture
def outgoing(ticket, clock):
    row = delivery(channel=Channel.ZENDESK, text="Send them back.", updated_at=clock())
    talk = conversation(channel=Channel.ZENDESK)
    return Outgoing(row, talk, "Anna Visser", "Laces", thread=(f"{ticket.id}/901",))


@pytest.fixture
def channel(api, clock):
    return ZendeskChannel(api, clock)


async def test_an_answer_is_a_public_comment_that_carries_our_id(api, channel, outgoing, ticket):
    assert isinstance(channel, OutboundChannel)
    async with channel.ready(outgoing) as send:
        assert (
            (await send(in_time())).external_id
            == channel.external_id(outgoing)
            == f"{ticket.id}/{outgoing.delivery.id}"
        )
    comment = (await api.comments(ticket.id))[-1]
    assert (comment.body, comment.public) == ("Send them back.", True)
    assert await channel.reconcile(outgoing) is Reconciled.SENT


async def test_nothing_leaves_after_the_deadline_or_before_it_is_sent(api, channel, outgoing, ticket):
    async with channel.ready(outgoing) as send:
        with pytest.raises(TooLate):
            await send(Deadline(-1.0, lambda: 0.0))
    assert len(await api.comments(ticket.id)) == 1


async def test_its_absence_is_a_fact_only_after_a_while(channel, outgoing, clock):
    with pytest.raises(Unavailable) as later:
        await channel.reconcile(outgoing)
    assert later.value.retry_after == 60.0
    clock.now += timedelta(seconds=60)
    assert await channel.reconcile(outgoing) is Reconciled.NOT_SENT


async def test_a_closed_ticket_is_answered_in_one_that_follows_it(api, channel, outgoing, ticket):
    await api.change_ticket(ticket.id, Change(status="closed"))
    assert await reconciled_later(channel, outgoing) is Reconciled.NOT_SENT
    async with channel.ready(outgoing) as send:
        assert await send(in_time()) == Left(channel.external_id(outgoing))
    following = await api.newest(ticket.id)
    (comment,) = await api.comments(following.id)
    assert (comment.body, comment.public, following.follows) == ("Send them back.", True, ticket.id)
    assert following.external_id == f"threadpilot:{outgoing.conversation.id}"
    assert await channel.reconcile(outgoing) is Reconciled.SENT
    # Where the outcome was lost it is not made twice, and what is said next goes to the new one.
    async with channel.ready(replace(outgoing, delivery=replace(outgoing.delivery, id="another"))) as send:
        await send(in_time())
    assert [one.body for one in await api.comments(following.id)] == ["Send them back."] * 2


async def test_of_several_tickets_the_newest_is_answered(channel, outgoing):
    both = replace(outgoing, thread=("35/1", "41/9", "no ticket"))
    assert channel.external_id(both).startswith("41/")


async def reconciled_later(channel, outgoing):
    aged = replace(outgoing.delivery, updated_at=outgoing.delivery.updated_at - timedelta(seconds=61))
    return await channel.reconcile(replace(outgoing, delivery=aged))
