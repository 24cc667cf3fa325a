"""Answers to tickets as public comments, and what becomes of one that was cut short."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import TooLate, Unavailable, Undeliverable
from bot.core.model import Channel
from bot.core.ports.channels import Deadline, OutboundChannel, Outgoing, Reconciled
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


async def test_a_closed_ticket_takes_no_answer(api, channel, outgoing, ticket):
    await api.change_ticket(ticket.id, Change(status="closed"))
    async with AsyncExitStack() as stack:
        with pytest.raises(Undeliverable, match="closed"):
            await stack.enter_async_context(channel.ready(outgoing))
