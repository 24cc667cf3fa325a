"""One customer, many addresses: joined and parted by people and by a CRM's id, on record."""

import pytest

from bot.core.context import Urgency
from bot.core.errors import InvalidInput, Rejected
from bot.core.model import Channel
from bot.services.identities import Identities
from tests.fakes import known
from tests.services.conftest import KIM, World
from tests.waiting import until

ADA, NUMBER = "ada@customer.example", "+442079460101"


@pytest.fixture
def identities(world: World) -> Identities:
    return Identities(world.database, world.clock)


async def texted(world: World, **values: object):
    return await world.arrive(channel=Channel.SMS, address=NUMBER, external_id="SM1", name="", **values)


async def persons(world: World, customer_id: str) -> list[str]:
    async with world.database.snapshot() as tx:
        return sorted(one.address for one in await tx.customers.same_person(customer_id))


async def test_joined_customers_share_their_history_and_what_is_known(
    world: World, identities: Identities
) -> None:
    mail, text = await world.arrive(), await texted(world)
    assert (mail.earlier, text.earlier) == (0, 0)
    await identities.join(text.conversation.id, f" {ADA.upper()} ", KIM)
    case = await world.case(text.conversation.id)
    assert (case.earlier, await persons(world, text.customer.id)) == (1, [NUMBER, ADA])
    assert f"<@{KIM.id}> says that {ADA} is the same customer." in [event.text for event in case.events]
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd")}
    await world.identify.refresh(text.conversation.id)
    assert (await world.case(text.conversation.id)).customer.company == "Quill Ltd"
    row = (await world.audit())[-1]
    assert (row.action, row.actor) == ("customer.join", KIM.id)


async def test_being_one_customer_proves_nothing(world: World, identities: Identities) -> None:
    world.source.records = {ADA: known("Ada Quill", "", "Gold")}
    await world.arrive(metadata={"sender_check": "pass"})
    text = await texted(world)
    await identities.join(text.conversation.id, ADA, KIM)
    await world.identify.refresh(text.conversation.id)
    await world.arrive("And me?", channel=Channel.SMS, address=NUMBER, external_id="SM2")
    assert world.answerer.asked[-1].facts == ()


async def test_parted_customers_are_two_again_and_stay_so(world: World, identities: Identities) -> None:
    mail, text = await world.arrive(), await texted(world)
    await identities.join(text.conversation.id, ADA, KIM)
    await identities.part(text.conversation.id, mail.customer.id, KIM)
    assert await persons(world, text.customer.id) == [NUMBER]
    assert await persons(world, mail.customer.id) == [ADA]
    assert (await world.audit())[-1].action == "customer.part"
    with pytest.raises(Rejected, match="not part of this customer"):
        await identities.part(text.conversation.id, mail.customer.id, KIM)


@pytest.mark.parametrize(
    ("address", "why"), [("nobody@x", "Nobody has written"), (NUMBER, "already"), (" ", "Write an address")]
)
async def test_what_cannot_be_joined_is_said(
    world: World, identities: Identities, address: str, why: str
) -> None:
    text = await texted(world)
    with pytest.raises(InvalidInput, match=why):
        await identities.join(text.conversation.id, address, KIM)


async def test_whom_a_crm_calls_by_one_id_is_one_customer(world: World, identities: Identities) -> None:
    ada = known("Ada Quill", ids=("003ADA",))
    world.source.records = {ADA: ada, NUMBER: ada}
    mail, text = await world.arrive(), await texted(world)

    async def joined() -> bool:
        return len(await persons(world, text.customer.id)) == 2

    await until(joined)
    (row,) = [row for row in await world.audit() if row.action == "customer.join"]
    assert (row.actor, row.payload["why"]) == ("threadpilot", "the same in Salesforce")
    await identities.part(text.conversation.id, mail.customer.id, KIM)
    await world.identify.refresh(text.conversation.id)
    await world.identify.refresh(mail.conversation.id)
    assert await persons(world, text.customer.id) == [NUMBER]


async def test_everything_there_is_comes_together(world: World, identities: Identities) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold")}
    mail, text = await world.arrive(), await texted(world)
    await identities.join(text.conversation.id, ADA, KIM)
    all_of_it = await world.identify.everything(text.conversation.id)
    assert {one.address for one in all_of_it.reached_at} == {NUMBER, ADA}
    assert {talk.id for talk in all_of_it.conversations} == {mail.conversation.id, text.conversation.id}
    assert [record.name for record in all_of_it.records] == ["Ada Quill"]
    assert Urgency.CLICKED not in world.source.asked
    with pytest.raises(Rejected):
        await world.identify.everything("0" * 32)
