"""Merging and splitting beyond mail: in and between all channels, beside record systems, and in the figures."""

from dataclasses import replace

import pytest

from bot.core.insights.scope import scope_of
from bot.core.model import Channel, Sender, Status
from bot.core.ports.records import RemoteFile, Voice
from bot.core.speech import Spoken
from bot.services.calls import Call, Calls, Recording
from bot.services.insights import FactKeeper, Insights
from bot.services.merging import Merging
from bot.services.outreach import Outreach
from bot.services.tickets import Tickets
from tests.services.conftest import KIM, World
from tests.services.fake_zendesk import FakeZendesk

ADDRESSES = {Channel.CHAT: "v1", Channel.SMS: "+15550100", Channel.PHONE: "+15550100"}


@pytest.fixture
def merging(world: World) -> Merging:
    return Merging(world.database, world.clock)


@pytest.fixture
def zendesk(world: World) -> FakeZendesk:
    return FakeZendesk(clock=world.clock)


@pytest.fixture
def tickets(world: World, zendesk: FakeZendesk) -> Tickets:
    return Tickets(world.database, zendesk, zendesk, world.intake, world.clock)


def by(channel: Channel, **values):
    return {"channel": channel, "external_id": "", "address": ADDRESSES[channel], **values}


async def stream(world: World, visitor: str = "v1"):
    async with world.database.snapshot() as tx:
        return [(event.kind, event.payload) for event in await tx.chat.after(visitor, 0, 100)]


def texts(case):
    return [m.content for m in case.messages]


async def reviewed(world: World, text: str, **values):
    """Return a conversation whose draft waits for an agent."""
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.80)
    case = await world.arrive(text, **values)
    assert case.conversation.status is Status.WAITING
    world.clock.move(minutes=1)
    return case.conversation


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_what_came_by_any_channel_goes_on_in_a_mail_and_back(world, merging, channel):
    mail = await reviewed(world, "Where is my parcel?")
    other = await reviewed(world, "It is number 7.", **by(channel))
    await merging.merge(other.id, mail.id, KIM)
    case = await world.go_on(mail.id)
    assert texts(case) == ["Where is my parcel?", "It is number 7."]
    await world.review.approve(case.current_draft.id, KIM)
    case = await world.go_on(mail.id)
    assert [(o.delivery.channel, o.delivery.address) for o in world.channel.sent] == [
        (Channel.EMAIL, "ada@customer.example")
    ]
    fresh = await merging.split(mail.id, case.messages[1].id, KIM)
    parted = await world.go_on(fresh)
    assert (parted.conversation.channel, parted.conversation.address) == (channel, ADDRESSES[channel])
    assert texts(parted)[0] == "It is number 7."


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_what_is_written_later_where_the_merged_one_was_begins_a_new_one(world, merging, channel):
    """An answer goes where the question came from."""
    mail, other = await reviewed(world, "One"), await reviewed(world, "Two", **by(channel))
    await merging.merge(other.id, mail.id, KIM)
    later = await world.receive("Three", **by(channel))
    assert later.conversation_id not in {mail.id, other.id}


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_a_split_line_goes_on_in_its_newest_part(world, merging, channel):
    first = await reviewed(world, "My lamp flickers.", **by(channel))
    await reviewed(world, "And another matter: my bill.", **by(channel))
    case = await world.case(first.id)
    fresh = await merging.split(first.id, case.messages[1].id, KIM)
    assert texts(await world.go_on(fresh)) == ["And another matter: my bill."]
    later = await world.receive("It is too high.", **by(channel))
    assert later.conversation_id == fresh
    await merging.merge(fresh, first.id, KIM)
    assert texts(await world.go_on(first.id)) == [
        "My lamp flickers.",
        "And another matter: my bill.",
        "It is too high.",
    ]
    assert (await world.receive("Hello?", **by(channel))).conversation_id == first.id


async def test_a_chat_that_goes_on_elsewhere_says_so_and_asks_for_no_rating(world, merging):
    mail, chat = await reviewed(world, "One"), await reviewed(world, "Two", **by(Channel.CHAT))
    await merging.merge(chat.id, mail.id, KIM)
    assert (await stream(world))[-1] == ("state", {"state": "moved"})
    await merging.undo(chat.id, KIM)
    await world.go_on(chat.id)
    assert (await stream(world))[-1] == ("state", {"state": "waiting"})


async def test_a_chat_that_was_split_and_put_together_again_is_not_over(world, merging):
    chat = await reviewed(world, "One", **by(Channel.CHAT))
    await reviewed(world, "Two", **by(Channel.CHAT))
    fresh = await merging.split(chat.id, (await world.case(chat.id)).messages[1].id, KIM)
    await world.go_on(fresh)
    before = len(await stream(world))
    await merging.merge(fresh, chat.id, KIM)
    await world.go_on(chat.id)
    assert {payload["state"] for _, payload in (await stream(world))[before:]} <= {"waiting"}


async def test_a_late_transcript_goes_where_its_recording_is(world, merging):
    calls, call = Calls(world.database, world.intake), Call("CA1", ADDRESSES[Channel.PHONE])
    recording = Recording("RE1", "https://desk.example/RE1", 9)
    await calls.recorded(call, recording)
    async with world.database.snapshot() as tx:
        phone = (await tx.messages.find(Channel.PHONE, "RE1")).conversation_id
    world.clock.move(minutes=15)
    await world.go_on(phone)
    mail = await reviewed(world, "One")
    await merging.merge(phone, mail.id, KIM)
    await calls.transcribed(call, recording, "My lamp flickers.")
    said = (await world.case(mail.id)).messages[-1]
    assert (said.content, said.metadata["speech"]["state"]) == ("My lamp flickers.", Spoken.TRANSCRIBED)


async def test_records_of_both_are_told_nothing_twice_and_name_each_other(world, merging, tickets, zendesk):
    first, second = await reviewed(world, "One"), await reviewed(world, "Two")
    for talk in (second, first):  # So the one that goes on has the later record.
        await tickets(talk.id, retried=False)
    await merging.merge(first.id, second.id, KIM)
    await world.go_on(second.id)
    for talk in (first, second) * 2:
        await tickets(talk.id, retried=False)
    assert zendesk.texts("30") == ["Two", "31 (https://acme.example/31) was merged into this one."]
    assert zendesk.texts("31") == [
        "One",
        "This was merged into 30 (https://acme.example/30), where it goes on.",
    ]
    assert (zendesk.tickets["30"].status, zendesk.tickets["31"].status) == ("open", "solved")
    await merging.undo(first.id, KIM)
    for talk in (first, second):
        await world.go_on(talk.id)
        await tickets(talk.id, retried=False)
    assert zendesk.texts("30")[2:] == [
        "The merge of 31 (https://acme.example/31) was taken back: that goes on there."
    ]
    assert zendesk.texts("31")[2:] == [
        "The merge into 30 (https://acme.example/30) was taken back: this goes on here."
    ]
    assert zendesk.tickets["31"].status == "open"


async def test_what_the_other_record_was_told_is_told_to_its_own_after_the_merge_is_taken_back(
    world, merging, tickets, zendesk
):
    first, second = await reviewed(world, "One"), await reviewed(world, "Three")
    await reviewed(world, "Two", conversation_hint=first.id)
    await tickets(second.id, retried=False)
    await merging.merge(first.id, second.id, KIM)
    world.clock.move(minutes=1)
    await world.go_on(second.id)
    await tickets(second.id, retried=False)
    await merging.undo(first.id, KIM)
    for talk in (first, second) * 2:
        await world.go_on(talk.id)
        await tickets(talk.id, retried=False)
    assert zendesk.texts("30") == ["Three", "One", "Two"]
    assert zendesk.texts("31") == ["One", "Two"]


async def test_a_record_that_began_with_a_reply_to_us_is_told_nothing_twice(world, merging, tickets, zendesk):
    other = await reviewed(world, "One")
    where = await Outreach(world.database, world.clock, frozenset(Channel)).begin(
        Channel.EMAIL, "ada@customer.example", "Ada", "On hold", "It is on hold.", KIM, key="V1"
    )
    sent = (await world.go_on(where)).messages[0].external_id
    talk = await reviewed(world, "Why?", references=(sent,))
    assert talk.id == where
    for each in (where, other.id):
        await tickets(each, retried=False)
    assert zendesk.texts("30") == ["Why?", "It is on hold."]
    await merging.merge(other.id, where, KIM)
    await world.go_on(where)
    for each in (where, other.id) * 2:
        await tickets(each, retried=False)
    assert zendesk.texts("30")[2:] == ["31 (https://acme.example/31) was merged into this one."]


async def test_what_was_merged_in_is_still_written_when_another_merge_comes_before_that(
    world, merging, tickets, zendesk
):
    """The record began with the later message, and is told of the earlier one after both merges."""
    earlier, talk = await reviewed(world, "One"), await reviewed(world, "Two")
    third = await reviewed(world, "Three")
    await tickets(talk.id, retried=False)
    for other in (earlier, third):
        await merging.merge(other.id, talk.id, KIM)
    await world.go_on(talk.id)
    await tickets(talk.id, retried=False)
    assert zendesk.texts("30") == ["Two", "One", "Three"]


async def test_what_is_said_on_a_merged_record_lands_where_it_goes_on(world, merging, tickets, zendesk):
    first, second = await reviewed(world, "One"), await reviewed(world, "Two")
    for talk in (first, second):
        await tickets(talk.id, retried=False)
    await merging.merge(second.id, first.id, KIM)
    await tickets(second.id, retried=False)
    zendesk.say("31", "Any news?", Voice.CUSTOMER)
    zendesk.say("31", "We look into it.", Voice.AGENT)
    zendesk.set("31", "open")
    for _ in range(2):
        await tickets(second.id, retried=False)
    async with world.database.snapshot() as tx:
        source = await tx.conversations.case(second.id)
    target = await world.case(first.id)
    assert [(m.sender, m.content) for m in target.messages[2:]] == [
        (Sender.CUSTOMER, "Any news?"),
        (Sender.AGENT, "We look into it."),
    ]
    assert (source.messages, source.conversation.status) == ((), Status.RESOLVED)
    assert zendesk.tickets["31"].status == "solved"


async def test_what_is_said_on_a_merged_record_is_told_once_to_the_one_where_it_goes_on(
    world, merging, tickets, zendesk
):
    first, second = await reviewed(world, "One"), await reviewed(world, "Two")
    for talk in (first, second):
        await tickets(talk.id, retried=False)
    await merging.merge(second.id, first.id, KIM)
    file = RemoteFile("lamp.png", "image/png", 4, "https://files.example/1")
    zendesk.contents[file.url] = b"lamp"
    world.clock.move(minutes=1)
    zendesk.say("31", "Any news?", Voice.CUSTOMER)
    zendesk.say("31", "We look into it.", Voice.AGENT, files=(file,))
    zendesk.say("31", "Ask the warehouse.", Voice.AGENT, public=False)
    for talk in (second, first) * 3:
        await tickets(talk.id, retried=False)
        world.clock.move(minutes=1)
    assert zendesk.texts("30")[2:] == ["Any news?", "We look into it.", "Ask the warehouse."]
    zendesk.say("31", "Any news now?", Voice.CUSTOMER)
    for talk in (second, first) * 2:
        await tickets(talk.id, retried=False)
    case = await world.case(first.id)
    assert texts(case) == ["One", "Two", "Any news?", "We look into it.", "Any news now?"]
    assert [note.content for note in case.notes if note.author == "Robin Park"] == ["Ask the warehouse."]
    assert zendesk.fetched == [file.url]


async def test_a_split_is_told_to_a_record_of_its_own(world, merging, tickets, zendesk):
    first = await reviewed(world, "One")
    await reviewed(world, "Two", conversation_hint=first.id)
    await tickets(first.id, retried=False)
    fresh = await merging.split(first.id, (await world.case(first.id)).messages[1].id, KIM)
    await world.go_on(fresh)
    for talk in (first.id, fresh) * 2:
        await tickets(talk, retried=False)
    assert zendesk.texts("30") == ["One", "Two"]
    assert zendesk.texts("31") == ["Two"]


async def figures(world: World):
    await FactKeeper(world.database, world.clock).refresh()
    overview = await Insights(world.database, world.clock).overview(scope_of(world.clock(), "24h", None))
    return {f.measure.key: f for f in overview.figures}


async def test_a_merged_conversation_counts_once(world, merging):
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    answered = (await world.arrive("One")).conversation
    world.clock.move(minutes=5)
    waiting = await reviewed(world, "Two")
    before = await figures(world)
    await merging.merge(answered.id, waiting.id, KIM)
    after = await figures(world)
    assert before["conversations"].n == 2
    assert after["conversations"].n == 1
    await merging.undo(answered.id, KIM)
    again = await figures(world)
    assert again["conversations"].n == 2
    assert again["automated"].estimates == before["automated"].estimates
