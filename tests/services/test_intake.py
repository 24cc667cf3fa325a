"""Whatever arrives is kept once, in the right conversation, with its job, before anybody acknowledges it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.core.model import Channel, Status
from bot.core.ports.engine import Lane
from bot.core.routing import Routes
from bot.services.intake import Intake
from bot.services.merging import Merging
from tests.services.conftest import KIM, World


async def test_a_message_is_kept_with_its_job(world: World) -> None:
    receipt = await world.receive("Where is it?", subject="My parcel")
    case = await world.case(receipt.conversation_id)
    assert (case.conversation.subject, case.conversation.status, case.conversation.turn) == (
        "My parcel",
        Status.WORKING,
        1,
    )
    assert [m.content for m in case.messages] == ["Where is it?"]
    assert await world.jobs() == {(Lane.ADVANCE, receipt.conversation_id)}


async def test_redelivery_changes_nothing(world: World) -> None:
    first = await world.receive("Hello?", external_id="<1@x>")
    again = await world.receive("Hello?", external_id="<1@x>")
    case = await world.case(first.conversation_id)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert again.message == first.message
    assert len(case.messages) == case.conversation.turn == 1


async def test_the_same_message_arriving_at_once_is_kept_once(world: World) -> None:
    receipts = await asyncio.gather(*(world.receive(external_id="<1@x>") for _ in range(8)))
    assert len({r.conversation_id for r in receipts}) == 1
    assert sum(not r.duplicate for r in receipts) == 1


async def test_a_failure_beside_it_keeps_nothing(world: World) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        await world.intake.receive((await _inbound(world)), also=explode)
    assert await world.jobs() == set()


async def _inbound(world: World):
    from bot.core.model import Inbound

    return Inbound(Channel.EMAIL, "<boom@x>", "ada@customer.example", "hi")


async def test_mail_is_threaded_by_hint_then_references(world: World) -> None:
    first = await world.receive(external_id="<a@x>")
    by_hint = await world.receive(conversation_hint=first.conversation_id)
    by_reference = await world.receive(references=("<unknown@x>", "<a@x>"))
    unrelated = await world.receive()
    assert by_hint.conversation_id == by_reference.conversation_id == first.conversation_id
    assert unrelated.conversation_id != first.conversation_id


async def test_a_hint_of_another_channel_or_nowhere_begins_anew(world: World) -> None:
    mail = await world.receive()
    chat = await world.receive(channel=Channel.CHAT, address="v1", conversation_hint=mail.conversation_id)
    lost = await world.receive(conversation_hint="0" * 32)
    assert len({mail.conversation_id, chat.conversation_id, lost.conversation_id}) == 3


async def test_chat_has_one_open_conversation_per_visitor(world: World) -> None:
    first = await world.receive(channel=Channel.CHAT, address="v1")
    second = await world.receive(channel=Channel.CHAT, address="v1")
    await world.review.resolve(
        first.conversation_id, (await world.case(first.conversation_id)).conversation.turn, KIM
    )
    third = await world.receive(channel=Channel.CHAT, address="v1")
    assert first.conversation_id == second.conversation_id != third.conversation_id


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PHONE])
async def test_whoever_writes_soon_after_the_end_opens_it_again(world: World, channel: Channel) -> None:
    first = await world.arrive(channel=channel, address="v1")
    await world.review.resolve(first.conversation.id, first.conversation.turn, KIM)
    world.clock.move(hours=23)
    again = await world.receive("It still does not work", channel=channel, address="v1")
    assert again.conversation_id == first.conversation.id
    case = await world.case(first.conversation.id)
    assert case.conversation.status is Status.WORKING
    assert case.events[-1].text == "Opened again: Ada Quill wrote after it was closed."


@pytest.mark.parametrize("values", [{"automatic": "a machine"}, {"metadata": {"keyword": "stop"}}])
async def test_what_asks_for_nothing_opens_nothing_again(world: World, values: dict) -> None:
    first = await world.arrive(channel=Channel.SMS, address="v1")
    await world.review.resolve(first.conversation.id, first.conversation.turn, KIM)
    other = await world.receive(channel=Channel.SMS, address="v1", **values)
    assert other.conversation_id != first.conversation.id


async def test_a_reply_opens_a_resolved_mail_conversation_again(world: World) -> None:
    first = await world.receive(external_id="<a@x>")
    await world.review.resolve(
        first.conversation_id, (await world.case(first.conversation_id)).conversation.turn, KIM
    )
    await world.receive(references=("<a@x>",))
    assert (await world.case(first.conversation_id)).conversation.status is Status.WORKING


async def test_the_same_address_is_the_same_customer(world: World) -> None:
    first, second = await world.receive(), await world.receive()
    cases = [await world.case(r.conversation_id) for r in (first, second)]
    assert cases[0].customer == cases[1].customer
    assert [c.earlier for c in cases] == [1, 1]


@pytest.mark.parametrize("text", ["", "\x00\x00", "\ud800 broken", "x" * 300_000, "🙂", "<!channel>"])
async def test_any_text_is_kept(world: World, text: str) -> None:
    receipt = await world.receive(text, subject=text, name=text)
    stored = (await world.case(receipt.conversation_id)).messages[0].content
    assert stored == text.replace("\x00", "").replace("\ud800", "?")


async def test_a_waiting_draft_dies_visibly_when_the_customer_writes_again(world: World) -> None:
    case = await world.waiting()
    await world.receive("One more thing", conversation_hint=case.conversation.id)
    after = await world.case(case.conversation.id)
    assert after.current_draft is None
    assert "wrote again" in after.events[-1].text


async def test_another_mail_under_a_known_message_id_is_kept_too(world: World) -> None:
    first = await world.receive("Form one", external_id="<form@x>")
    second = await world.receive("Form two", external_id="<form@x>")
    again = await world.receive("Form two", external_id="<form@x>")
    assert (second.duplicate, again.duplicate) == (False, True)
    assert second.message.id == again.message.id != first.message.id


async def test_a_stranger_with_a_forwarded_mail_begins_their_own_conversation(world: World) -> None:
    first = await world.receive(external_id="<a@x>")
    stranger = await world.receive(references=("<a@x>",), address="eve@customer.example")
    assert stranger.conversation_id != first.conversation_id


async def test_who_was_in_copy_goes_on_in_the_conversation_and_a_person_looks(world: World) -> None:
    first = await world.arrive(external_id="<m1@x>", metadata={"cc": ["ben@customer.example"]})
    reply = {"address": "ben@customer.example", "name": "Ben", "references": ("<m1@x>",)}
    case = await world.arrive("And mine?", **reply)
    assert case.conversation.id == first.conversation.id
    assert case.decision is not None
    assert case.decision.reasons[0].code == "other_sender"
    assert case.conversation.address == "ada@customer.example"
    stranger = await world.arrive("Me too", address="eve@elsewhere.example", references=("<m1@x>",))
    assert stranger.conversation.id != first.conversation.id


async def test_a_token_in_the_subject_finds_the_conversation_for_who_takes_part_in_it(world: World) -> None:
    first = await world.receive(metadata={"people": ["ben@customer.example"]})
    named = {"beginning": first.conversation_id[:10]}
    assert (await world.receive(**named)).conversation_id == first.conversation_id
    ben = await world.receive(address="ben@customer.example", **named)
    assert ben.conversation_id == first.conversation_id
    stranger = await world.receive(address="eve@customer.example", **named)
    assert stranger.conversation_id != first.conversation_id


async def test_headers_are_surer_than_the_token_in_the_subject(world: World) -> None:
    first, second = await world.receive(external_id="<a@x>"), await world.receive()
    said = {"references": ("<a@x>",), "beginning": second.conversation_id[:10]}
    assert (await world.receive(**said)).conversation_id == first.conversation_id
    hinted = await world.receive(conversation_hint=second.conversation_id, references=("<a@x>",))
    assert hinted.conversation_id == second.conversation_id


async def test_a_token_for_nothing_we_have_begins_anew(world: World) -> None:
    first = await world.receive()
    lost = await world.receive(beginning="0" * 10)
    assert lost.conversation_id != first.conversation_id


async def test_who_lost_the_headers_once_gets_a_subject_that_names_the_conversation(world: World) -> None:
    case = await world.arrive()
    assert not world.channel.sent[-1].headerless
    await world.arrive("And?", conversation_hint=case.conversation.id, metadata={"headerless": True})
    assert world.channel.sent[-1].headerless


async def test_what_is_routed_is_begun_where_it_belongs_and_stays_there(world: World) -> None:
    routes = Routes({"help@south.example": "T2", "+442079460101": "T3", "chat": "T2"})
    routed = replace(world, intake=Intake(world.database, world.clock, routes=routes))

    async def where(**values: Any) -> tuple[str, str]:
        case = await world.case((await routed.receive(**values)).conversation_id)
        return case.conversation.id, case.conversation.workspace

    first, north = await where(external_id="<a@x>", metadata={"to": ["help@north.example"]})
    mail, south = await where(external_id="<b@x>", metadata={"to": ["help@south.example"]})
    assert (north, south) == ("", "T2")
    # What goes on stays, whatever it names: its people know it.
    again = await where(references=("<b@x>",), metadata={"to": ["help@north.example"]})
    assert again == (mail, "T2")
    assert (await where(channel=Channel.CHAT, address="v1"))[1] == "T2"
    # One line at a time, unless the customer writes to a number of another workspace.
    line = {"channel": Channel.SMS, "address": "+4915112345678"}
    one = await where(**line, metadata={"to": "+442079460100"})
    other = await where(**line, metadata={"to": "+442079460101"})
    assert (one[1], other[1]) == ("", "T3")
    assert await where(**line, metadata={"to": "+442079460101"}) == other
    assert first not in {mail, one[0], other[0]}
    # Nor does it go on in one of theirs from a number of the main one, open or just closed.
    caller = {"channel": Channel.SMS, "address": "+4915187654321"}
    theirs = await where(**caller, metadata={"to": "+442079460101"})
    world.clock.move(minutes=1)
    ours = await where(**caller, metadata={"to": "+442079460100"})
    assert (theirs[1], ours[1]) == ("T3", "")
    for one in (ours, theirs):
        closed = await world.go_on(one[0])
        await world.review.resolve(one[0], closed.conversation.turn, KIM)
    assert await where(**caller, metadata={"to": "+442079460100"}) == ours
    assert await where(**caller, metadata={"to": "whatsapp:+442079460101"}) == theirs


async def test_who_texts_is_answered_from_the_number_they_wrote_to(world: World) -> None:
    line = {"channel": Channel.SMS, "address": "+4915112345678"}
    first = await world.arrive(**line, metadata={"to": "+442079460101"})
    await world.arrive("And socks?", **line, metadata={"to": "+442079460109"})
    assert [one.number for one in world.channel.sent] == ["+442079460101", "+442079460109"]
    assert first.conversation.address == line["address"]


async def test_what_is_split_off_stays_in_its_workspace(world: World) -> None:
    routed = replace(world, intake=Intake(world.database, world.clock, routes=Routes({"email": "T2"})))
    first = await routed.receive("My parcel?", external_id="<a@x>")
    second = await routed.receive("And my invoice?", references=("<a@x>",))
    merging = Merging(world.database, world.clock)
    split = await merging.split(first.conversation_id, second.message.id, KIM)
    assert (await world.case(split)).conversation.workspace == "T2"
