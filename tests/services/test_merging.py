"""Merging and splitting: nothing is lost, nothing goes out twice, and what can be taken back is."""

from dataclasses import replace

import pytest

from bot.core.errors import OutcomeUnknown, Rejected, Superseded
from bot.core.model import Actor, Case, Channel, Conversation, DeliveryState, Returned, Sender, Status
from bot.services.merging import Merging
from tests.services.conftest import KIM, RIVERA, World

BEN = {"address": "ben@customer.example", "name": "Ben Okafor"}


@pytest.fixture
def merging(world: World) -> Merging:
    return Merging(world.database, world.clock)


async def read(world: World, conversation_id: str) -> Case:
    async with world.database.snapshot() as tx:
        case = await tx.conversations.case(conversation_id)
    assert case is not None
    return case


def texts(case: Case) -> list[str]:
    return [m.content for m in case.messages]


async def drafted(world: World, text: str, **values: object) -> Conversation:
    """Return a conversation whose draft waits for an agent."""
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.80)
    case = await world.arrive(text, **values)
    assert case.conversation.status is Status.WAITING
    world.clock.move(minutes=1)
    return case.conversation


async def answered(world: World, text: str, **values: object) -> Conversation:
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    case = await world.arrive(text, **values)
    assert case.conversation.status is Status.ANSWERED
    world.clock.move(minutes=1)
    return case.conversation


async def test_what_is_unanswered_in_both_is_drafted_as_one_question(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "Where is my parcel?"), await drafted(world, "It is number 7.")
    await merging.merge(second.id, first.id, KIM)
    target = await world.go_on(first.id)
    assert texts(target) == ["Where is my parcel?", "It is number 7."]
    assert [m.seq for m in target.messages] == [1, 2]
    assert world.answerer.asked[-1].texts == ("Where is my parcel?", "It is number 7.")
    assert target.conversation.status is Status.WAITING
    assert target.events[-1].text == (
        "Merged by <@UKIM>: 1 message of a mail without a subject of ada@customer.example"
    )
    source = await read(world, second.id)
    assert (source.messages, source.merged_into, source.conversation.status) == (
        (),
        first.id,
        Status.RESOLVED,
    )
    assert source.events[-1].text.startswith("Merged by <@UKIM> into ")


async def test_a_question_stays_open_and_an_answer_stays_an_answer_whichever_way_it_is_merged(
    world: World, merging: Merging
) -> None:
    done, waiting = await answered(world, "How do I return?"), await drafted(world, "And who pays?")
    await merging.merge(done.id, waiting.id, KIM)
    target = await read(world, waiting.id)
    assert texts(target)[::2] == ["How do I return?", "And who pays?"]
    assert [m.content for m in target.unanswered] == ["And who pays?"]
    assert target.conversation.status is Status.WAITING
    assert target.current_draft is not None

    done, waiting = await answered(world, "How do I pay?"), await drafted(world, "And when?")
    await merging.merge(waiting.id, done.id, KIM)
    target = await world.go_on(done.id)
    assert [m.content for m in target.unanswered] == ["And when?"]
    assert target.conversation.status is Status.WAITING


async def test_buttons_of_the_merged_card_do_nothing_and_say_why(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    draft = (await read(world, second.id)).draft
    assert draft is not None
    await merging.merge(second.id, first.id, KIM)
    with pytest.raises(Superseded, match="merged"):
        await world.review.approve(draft.id, KIM)
    with pytest.raises(Superseded, match="merged"):
        await world.review.send_own(second.id, 1, "Hello", KIM, None, key="w1")
    assert world.channel.sent == []


async def test_an_answer_that_has_not_left_is_taken_back(world: World, merging: Merging) -> None:
    await world.controls.set("undo", Channel.EMAIL, 60, replace(KIM, is_manager=True))
    target = await world.arrive("One")
    source = await world.arrive("Two")
    assert source.delivery is not None
    assert source.delivery.state is DeliveryState.PENDING
    await merging.merge(source.conversation.id, target.conversation.id, KIM)
    world.clock.move(minutes=2)
    await world.go_on(target.conversation.id)
    await world.advance(source.conversation.id, retried=False)
    world.clock.move(minutes=2)
    await world.go_on(target.conversation.id)
    (row,) = (await read(world, source.conversation.id)).deliveries
    assert row.state is DeliveryState.CANCELLED
    assert [o.delivery.conversation_id for o in world.channel.sent] == [target.conversation.id]


async def test_later_mails_to_the_merged_one_land_where_it_goes_on(world: World, merging: Merging) -> None:
    first, second, third = [await answered(world, str(n), external_id=f"<{n}@x>") for n in range(3)]
    await merging.merge(first.id, second.id, KIM)
    await merging.merge(second.id, third.id, KIM)
    by_address = await world.receive("a", conversation_hint=first.id)
    by_reference = await world.receive("b", references=("<0@x>",))
    by_subject = await world.receive("c", beginning=second.id[:10])
    assert {r.conversation_id for r in (by_address, by_reference, by_subject)} == {third.id}


async def test_whose_mails_were_merged_may_go_on_in_the_other_conversation(
    world: World, merging: Merging
) -> None:
    ours, bens = await answered(world, "One"), await answered(world, "Two", external_id="<b@x>", **BEN)
    await merging.merge(bens.id, ours.id, KIM)
    again = await world.receive("Three", references=("<b@x>",), **BEN)
    assert again.conversation_id == ours.id


async def test_asking_twice_changes_nothing(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    await merging.merge(second.id, first.id, KIM)
    before = await read(world, first.id)
    await merging.merge(second.id, first.id, KIM)
    assert await read(world, first.id) == before
    assert [row.action for row in await world.audit()].count("merge") == 1


async def test_what_cannot_be_merged_is_said(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    ticket = await world.receive("Three", channel=Channel.ZENDESK, address="v1")
    closed = await drafted(world, "Four")
    await world.review.resolve(closed.id, 1, KIM)
    for target, why in (
        (second.id, "itself"),
        (ticket.conversation_id, "Merge and split tickets there"),
        (closed.id, "closed"),
        ("0" * 32, "not known"),
    ):
        with pytest.raises(Rejected, match=why):
            await merging.merge(second.id, target, KIM)
    await merging.merge(second.id, first.id, KIM)
    with pytest.raises(Rejected, match="merged before"):
        await merging.merge(closed.id, second.id, KIM)
    with pytest.raises(Superseded, match="merged"):
        await merging.split(second.id, "m", KIM)


async def test_an_answer_nobody_knows_of_has_to_be_settled_first(world: World, merging: Merging) -> None:
    first = await drafted(world, "One")
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    world.channel.fail.append(OutcomeUnknown("?"))
    second = await world.arrive("Two")
    assert second.conversation.status is Status.UNDELIVERED
    with pytest.raises(Rejected, match="Settle that"):
        await merging.merge(second.conversation.id, first.id, KIM)


async def test_an_escalation_stays_one(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    await world.escalation.escalate(second.id, "Money", KIM)
    await merging.merge(second.id, first.id, KIM)
    assert (await world.go_on(first.id)).conversation.status is Status.ESCALATED


@pytest.mark.parametrize(
    ("had", "has", "then"), [(KIM, None, "UKIM"), (KIM, RIVERA, "URIVERA"), (None, RIVERA, "URIVERA")]
)
async def test_whose_conversation_is_merged_has_the_one_where_it_goes_on_unless_somebody_else_does(
    world: World, merging: Merging, had: Actor | None, has: Actor | None, then: str
) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    for owner, where in ((had, second.id), (has, first.id)):
        if owner is not None:
            await world.review.take(where, owner)
    await merging.merge(second.id, first.id, RIVERA)
    assert (await world.go_on(first.id)).conversation.assignee == then


async def test_who_escalated_what_is_merged_does_not_get_it_back(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    await world.review.take(second.id, KIM)
    await world.escalation.escalate(second.id, "Money", KIM)
    await merging.merge(second.id, first.id, RIVERA)
    assert (await world.go_on(first.id)).conversation.assignee is None


async def test_a_bounce_is_told_where_the_answer_stands_now(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await answered(world, "Two")
    sent = (await read(world, second.id)).delivery
    assert sent is not None
    await merging.merge(second.id, first.id, KIM)
    news = Returned((f"<{sent.id}@us.example>",), "550 no such user", permanent=True)
    report = await world.receive("x", address="mailer-daemon@x", automatic="delivery report", returned=news)
    assert report.conversation_id == first.id
    target = await read(world, first.id)
    assert target.conversation.status is Status.ESCALATED
    assert target.events[-1].text == "The answer came back: 550 no such user"
    assert (await read(world, second.id)).deliveries[-1].state is DeliveryState.BOUNCED


async def test_a_merge_can_be_taken_back(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    await merging.merge(second.id, first.id, KIM)
    await world.go_on(first.id)
    await merging.undo(second.id, KIM)
    target, source = await world.go_on(first.id), await world.go_on(second.id)
    assert (texts(target), texts(source)) == (["One"], ["Two"])
    assert [c.conversation.status for c in (target, source)] == [Status.WAITING] * 2
    assert [q.texts for q in world.answerer.asked[-2:]] == [("One",), ("Two",)]
    assert source.merged_into is None
    assert [row.action for row in await world.audit() if "merge" in row.action] == ["merge", "unmerge"]
    with pytest.raises(Rejected, match="not merged"):
        await merging.undo(second.id, KIM)
    await merging.merge(second.id, first.id, KIM)


async def test_a_merge_of_what_was_answered_can_be_taken_back_too(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await answered(world, "Two")
    await merging.merge(second.id, first.id, KIM)
    await merging.undo(second.id, KIM)
    source = await world.go_on(second.id)
    assert texts(source)[0] == "Two"
    assert source.conversation.status is Status.ANSWERED
    assert len(world.channel.sent) == 1


async def test_once_somebody_has_answered_a_merge_stays(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    await merging.merge(second.id, first.id, KIM)
    case = await world.go_on(first.id)
    await world.review.send_own(first.id, case.conversation.turn, "Both: yes", KIM, None, key="w1")
    world.clock.move(minutes=1)
    await world.go_on(first.id)
    with pytest.raises(Superseded, match="answered since"):
        await merging.undo(second.id, KIM)


async def test_of_two_merges_the_last_is_taken_back_first(world: World, merging: Merging) -> None:
    first, second, third = [await drafted(world, str(n)) for n in range(3)]
    await merging.merge(first.id, second.id, KIM)
    await merging.merge(second.id, third.id, KIM)
    with pytest.raises(Superseded, match="merged as well"):
        await merging.undo(first.id, KIM)
    await merging.undo(second.id, KIM)
    await merging.undo(first.id, KIM)
    assert [texts(await read(world, c.id)) for c in (first, second, third)] == [["0"], ["1"], ["2"]]


async def test_a_split_begins_a_conversation_with_a_message_and_all_after_it(
    world: World, merging: Merging
) -> None:
    first = await answered(world, "One")
    await answered(
        world, "Now two of them", conversation_hint=first.id, metadata={"subject": "Another matter"}
    )
    third = await drafted(world, "Three", conversation_hint=first.id)
    case = await read(world, third.id)
    at = next(m for m in case.messages if m.content == "Now two of them")
    fresh = await world.go_on(await merging.split(first.id, at.id, KIM))
    old = await world.go_on(first.id)
    assert [m.content for m in old.messages if m.sender is Sender.CUSTOMER] == ["One"]
    assert [m.content for m in fresh.messages if m.sender is Sender.CUSTOMER] == ["Now two of them", "Three"]
    assert fresh.conversation.subject == "Another matter"
    assert (old.conversation.status, fresh.conversation.status) == (Status.ANSWERED, Status.WAITING)
    assert [m.content for m in fresh.unanswered] == ["Three"]
    assert old.events[-1].text.startswith("Split by <@UKIM>: 3 messages")
    assert len(world.channel.sent) == 2


async def test_a_split_belongs_to_who_wrote_the_message(world: World, merging: Merging) -> None:
    first = await drafted(world, "One", metadata={"people": ["ben@customer.example"]})
    await world.arrive("And mine?", conversation_hint=first.id, **BEN)
    at = (await read(world, first.id)).messages[1]
    fresh = await world.go_on(await merging.split(first.id, at.id, KIM))
    assert fresh.conversation.address == "ben@customer.example"
    assert fresh.customer.name == "Ben Okafor"
    old = await world.go_on(first.id)
    assert [m.content for m in old.unanswered] == ["One"]
    assert old.conversation.status is Status.WAITING


async def test_what_cannot_be_split_is_said(world: World, merging: Merging) -> None:
    first, other = await answered(world, "One"), await answered(world, "Elsewhere")
    case = await read(world, first.id)
    for message, why in (
        (case.messages[0].id, "Nothing would be left"),
        (case.messages[1].id, "not in this"),
        ((await read(world, other.id)).messages[0].id, "not in this"),
    ):
        with pytest.raises(Rejected, match=why):
            await merging.split(first.id, message, KIM)
    ticket = await world.receive("Three", channel=Channel.ZENDESK, address="v1")
    with pytest.raises(Rejected, match="tickets there"):
        await merging.split(ticket.conversation_id, "m", KIM)


async def test_a_split_taken_back_is_a_merge(world: World, merging: Merging) -> None:
    first = await drafted(world, "One")
    await drafted(world, "Two", conversation_hint=first.id)
    at = (await read(world, first.id)).messages[1]
    fresh = await merging.split(first.id, at.id, KIM)
    await world.go_on(fresh)
    await merging.merge(fresh, first.id, KIM)
    case = await world.go_on(first.id)
    assert texts(case) == ["One", "Two"]
    assert case.conversation.status is Status.WAITING


async def test_candidates_are_the_customers_own_unless_one_searches(world: World, merging: Merging) -> None:
    first, second, bens = (
        await drafted(world, "One"),
        await drafted(world, "Two"),
        await drafted(world, "3", **BEN),
    )
    assert [c.conversation.id for c in await merging.candidates(first.id)] == [second.id]
    assert [c.conversation.id for c in await merging.candidates(first.id, "  ben ")] == [bens.id]


async def test_a_draft_that_is_being_written_for_the_merged_one_is_dropped(
    world: World, merging: Merging
) -> None:
    first = await drafted(world, "One")
    second = await world.receive("Two")

    async def merges() -> None:
        await merging.merge(second.conversation_id, first.id, KIM)

    world.answerer.meanwhile.append(merges)
    await world.advance(second.conversation_id, retried=False)
    source = await read(world, second.conversation_id)
    assert (source.draft, source.merged_into) == (None, first.id)
    target = await world.go_on(first.id)
    assert texts(target) == ["One", "Two"]


async def test_the_merged_card_leads_to_the_other_one(world: World, merging: Merging) -> None:
    first, second = await drafted(world, "One"), await drafted(world, "Two")
    for talk in (first, second):
        await world.show(talk.id)
    await merging.merge(second.id, first.id, KIM)
    await world.show(second.id)
    (source,) = [sheet for sheet in world.desk.named("root") if sheet.leads_to]
    assert source.leads_to == ("C1", "1.0")
