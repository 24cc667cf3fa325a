"""An agent writes first; the customer's reply comes into the same conversation."""

import pytest

from bot.core.errors import InvalidInput
from bot.core.model import Channel, Status
from bot.services.outreach import Outreach
from tests.services.conftest import KIM, World

BO = "bo@customer.example"


@pytest.fixture
def outreach(world: World) -> Outreach:
    return Outreach(world.database, world.clock, frozenset(Channel))


async def test_what_an_agent_writes_first_is_sent_once_and_answered_in_place(
    world: World, outreach: Outreach
) -> None:
    for _ in range(2):  # Slack may deliver a submission twice.
        where = await outreach.begin(
            Channel.EMAIL, " Bo@Customer.example ", "Bo", "On hold", "Hi Bo", KIM, key="V1"
        )
    case = await world.go_on(where)
    assert [one.delivery.text for one in world.channel.sent] == ["Hi Bo"]
    assert [one.delivery.address for one in world.channel.sent] == [BO]
    assert (case.conversation.status, case.conversation.assignee) == (Status.ANSWERED, "UKIM")
    sent = case.messages[0].external_id
    reply = await world.arrive("Why is it on hold?", address=BO, name="Bo", references=(sent,))
    assert reply.conversation.id == where
    assert reply.conversation.turn == 1
    assert [row.action for row in await world.audit()][:1] == ["decide.send"]


async def test_who_begins_again_with_the_same_words_is_told_and_the_customer_has_them_once(
    world: World, outreach: Outreach
) -> None:
    where = await outreach.begin(Channel.EMAIL, BO, "Bo", "On hold", "Hi Bo", KIM, key="V1")
    with pytest.raises(InvalidInput, match="these very words") as error:
        await outreach.begin(Channel.EMAIL, BO, "Bo", "On hold", "Hi  Bo ", KIM, key="V2")
    assert error.value.field == "text"
    other = await outreach.begin(Channel.EMAIL, BO, "Bo", "On hold", "Hi Bo, still", KIM, key="V2")
    for talk in (where, other):
        await world.go_on(talk)
    assert [one.delivery.text for one in world.channel.sent] == ["Hi Bo", "Hi Bo, still"]


async def test_a_text_message_goes_to_a_number(world: World, outreach: Outreach) -> None:
    where = await outreach.begin(
        Channel.SMS, "+44 (20) 7946-0101", "", "", "Your parcel waits", KIM, key="V1"
    )
    assert (await world.case(where)).conversation.address == "+442079460101"


@pytest.mark.parametrize(
    ("channel", "address", "subject", "text", "field"),
    [
        (Channel.CHAT, "v_1", "x", "Hi", "channel"),
        (Channel.EMAIL, "nobody", "x", "Hi", "address"),
        (Channel.EMAIL, f"{BO}, eve@customer.example", "x", "Hi", "address"),
        (Channel.EMAIL, f"{BO}\nBcc: eve@customer.example", "x", "Hi", "address"),
        (Channel.EMAIL, BO, " ", "Hi", "subject"),
        (Channel.EMAIL, BO, "x" * 301, "Hi", "subject"),
        (Channel.EMAIL, BO, "x", "  ", "text"),
        (Channel.SMS, "020 7946 0101", "", "Hi", "address"),
    ],
)
async def test_what_cannot_be_sent_begins_nothing(
    world: World, outreach: Outreach, channel: Channel, address: str, subject: str, text: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        await outreach.begin(channel, address, "", subject, text, KIM, key="V1")
    assert error.value.field == field
    async with world.database.snapshot() as tx:
        assert await tx.conversations.count_by_status() == {}


async def test_a_number_that_texted_stop_is_left_alone(world: World, outreach: Outreach) -> None:
    async with world.database.transaction() as tx:
        await tx.opt_outs.add("+442079460101", world.clock())
    with pytest.raises(InvalidInput, match="STOP"):
        await outreach.begin(Channel.SMS, "+442079460101", "", "", "Hi", KIM, key="V1")


def test_only_where_somebody_can_be_written_to_first(world: World) -> None:
    assert Outreach(world.database, world.clock, frozenset({Channel.CHAT, Channel.SMS})).channels == (
        Channel.SMS,
    )
