"""What agents decide: one wins, the other is told who, and nothing outdated is sent."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.errors import AlreadyDecided, InvalidInput, Owned, Refused, Rejected, Superseded
from bot.core.model import Actor, Case, DeliveryState, Proposal, Sender, Status
from bot.services.closing import Closing
from tests.services.conftest import KIM, RIVERA, World


def draft_id(case: Case) -> str:
    assert case.current_draft is not None
    return case.current_draft.id


async def test_approving_sends_the_draft_as_it_is(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    after = await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent] == [world.answerer.proposal.text]
    assert (after.messages[-1].sender, after.messages[-1].author) == (Sender.AGENT, "UKIM")


async def test_of_two_who_press_one_wins_and_the_other_is_told_who(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    with pytest.raises(AlreadyDecided, match="<@UKIM>") as told:
        await world.review.approve(draft_id(case), RIVERA)
    assert told.value.winner == "UKIM"


async def test_a_crowd_pressing_at_once_sends_once(world: World) -> None:
    case = await world.waiting()
    crowd = [Actor(f"U{n}") for n in range(10)]
    outcomes = await asyncio.gather(
        *(world.review.approve(draft_id(case), actor) for actor in crowd), return_exceptions=True
    )
    await world.go_on(case.conversation.id)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyDecided) for outcome in outcomes) == 9
    assert len(world.channel.sent) == 1


async def test_what_went_out_by_itself_cannot_be_approved(world: World) -> None:
    case = await world.arrive()
    with pytest.raises(AlreadyDecided, match="by itself"):
        await world.review.approve(draft_id(case), KIM)


async def test_a_draft_is_dead_once_the_customer_wrote_again(world: World) -> None:
    case = await world.waiting()
    await world.receive("Wait", conversation_hint=case.conversation.id)
    with pytest.raises(Superseded, match="Ada Quill wrote again"):
        await world.review.approve(draft_id(case), KIM)


async def test_there_must_be_something_to_approve(world: World) -> None:
    world.answerer.proposal = Proposal(text="", confidence=0.0)
    case = await world.arrive()
    with pytest.raises(InvalidInput):
        await world.review.approve(draft_id(case), KIM)


@pytest.mark.parametrize("unknown", ["", "0" * 32, "'; drop table drafts"])
async def test_unknown_ids_are_answered_in_words(world: World, unknown: str) -> None:
    for attempt in (
        world.review.approve(unknown, KIM),
        world.review.take(unknown, KIM),
        world.review.settle(unknown, True, KIM),
        world.review.judge(unknown, True, KIM),
        world.escalation.escalate(unknown, "because", KIM),
    ):
        with pytest.raises(Rejected, match="not known"):
            await attempt


async def test_an_edited_draft_is_sent_as_edited(world: World) -> None:
    case = await world.waiting()
    await world.review.send_own(case.conversation.id, 1, "  Dear Ada, …  ", KIM, draft_id(case), key="V1")
    await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent] == ["Dear Ada, …"]
    with pytest.raises(AlreadyDecided):
        await world.review.approve(draft_id(case), RIVERA)


async def test_an_agent_can_answer_in_their_own_words_and_again(world: World) -> None:
    case = await world.arrive()
    for text in ("One more thing from me.", "And another."):
        await world.review.send_own(case.conversation.id, 1, text, KIM, None, key=text)
        await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent][1:] == ["One more thing from me.", "And another."]


async def test_own_words_replace_an_answer_that_has_not_left_yet(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    await world.review.send_own(case.conversation.id, 1, "Better words.", RIVERA, None, key="V1")
    after = await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent] == ["Better words."]
    assert after.deliveries[0].state is DeliveryState.CANCELLED


async def test_an_edit_of_a_dead_draft_keeps_the_agents_words_for_the_new_turn(world: World) -> None:
    case = await world.waiting()
    await world.arrive("Also this", conversation_hint=case.conversation.id)
    with pytest.raises(Superseded):
        await world.review.send_own(case.conversation.id, 1, "My words", KIM, draft_id(case), key="V1")
    await world.review.send_own(case.conversation.id, 2, "My words", KIM, draft_id(case), key="V1")
    await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent] == ["My words"]


@pytest.mark.parametrize("text", ["", "   \n", "\u200b", "x" * 40_001])
async def test_an_empty_or_endless_answer_is_refused(world: World, text: str) -> None:
    case = await world.waiting()
    with pytest.raises(InvalidInput) as refused:
        await world.review.send_own(case.conversation.id, 1, text, KIM, draft_id(case), key="V1")
    assert refused.value.field == "text"


async def test_taking_twice_is_taking_once(world: World) -> None:
    case = await world.waiting()
    assert [await world.review.take(case.conversation.id, KIM) for _ in range(2)] == ["", ""]
    after = await world.case(case.conversation.id)
    assert after.conversation.assignee == "UKIM"
    assert [e.text for e in after.events] == ["Taken by <@UKIM>"]


async def test_of_two_who_take_the_second_is_told_and_takes_over_only_knowingly(world: World) -> None:
    case = await world.waiting()
    await world.review.take(case.conversation.id, KIM)
    with pytest.raises(AlreadyDecided, match="<@UKIM> was first and has this") as told:
        await world.review.take(case.conversation.id, RIVERA)
    assert told.value.winner == "UKIM"
    assert (await world.case(case.conversation.id)).conversation.assignee == "UKIM"

    assert await world.review.take(case.conversation.id, RIVERA, over=True) == "UKIM"
    after = await world.case(case.conversation.id)
    assert after.conversation.assignee == "URIVERA"
    assert after.events[-1].text == "Taken by <@URIVERA>, <@UKIM> had it before"


async def test_what_a_colleague_has_is_sent_and_closed_only_knowingly(world: World) -> None:
    case = await world.waiting()
    where, closing = case.conversation.id, Closing(world.database, world.clock)
    await world.review.take(where, KIM)
    for act in (
        lambda: world.review.approve(draft_id(case), RIVERA),
        lambda: world.review.resolve(where, 1, RIVERA),
        lambda: closing.not_support(where, 1, RIVERA),
        lambda: closing.block(where, 1, RIVERA),
    ):
        with pytest.raises(Owned) as told:
            await act()
        assert told.value.owner == "UKIM"
    assert (await world.case(where)).conversation.status is Status.WAITING
    with pytest.raises(Owned):
        await world.review.approve(draft_id(case), RIVERA, over="UBEN")  # Who had it when they were asked.
    await world.review.approve(draft_id(case), RIVERA, over="UKIM")
    after = await world.go_on(where)
    assert (after.delivery.author, len(world.channel.sent)) == ("URIVERA", 1)
    with pytest.raises(Owned):
        await world.review.resolve(where, 1, RIVERA)
    await world.review.resolve(where, 1, KIM)


async def test_a_dead_draft_is_refused_before_anybody_is_asked_about_its_owner(world: World) -> None:
    case = await world.waiting()
    await world.review.take(case.conversation.id, KIM)
    await world.receive("One more thing", references=("<1@customer.example>",))
    with pytest.raises(Superseded):
        await world.review.approve(draft_id(case), RIVERA)


async def test_what_its_owner_escalated_is_taken_without_a_question(world: World) -> None:
    case = await world.waiting()
    await world.review.take(case.conversation.id, KIM)
    await world.escalation.escalate(case.conversation.id, "Needs a specialist", KIM)
    assert await world.review.take(case.conversation.id, RIVERA) == "UKIM"
    with pytest.raises(AlreadyDecided, match="<@URIVERA> was first"):
        await world.review.take(case.conversation.id, KIM)


@pytest.mark.parametrize("had_it", [False, True])
async def test_who_takes_what_they_escalated_has_it_and_others_are_asked(world: World, had_it: bool) -> None:
    where = (await world.waiting()).conversation.id
    if had_it:
        await world.review.take(where, KIM)
    await world.escalation.escalate(where, "Needs a specialist", KIM)
    assert await world.review.take(where, KIM) == ""
    after = await world.case(where)
    assert (after.owner, after.events[-1].text) == (KIM.id, "Taken by <@UKIM>")
    with pytest.raises(AlreadyDecided, match="<@UKIM> was first and has this"):
        await world.review.take(where, RIVERA)


async def test_resolving_takes_back_what_has_not_left(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    for _ in range(2):
        await world.review.resolve(case.conversation.id, 1, RIVERA)
    after = await world.go_on(case.conversation.id)
    assert (after.conversation.status, world.channel.sent) == (Status.RESOLVED, [])


async def test_the_newest_verdict_counts(world: World) -> None:
    case = await world.arrive()
    await world.review.judge(draft_id(case), True, KIM)
    await world.review.judge(draft_id(case), False, RIVERA)
    verdict = (await world.case(case.conversation.id)).verdict
    assert verdict is not None
    assert (verdict.good, verdict.actor) == (False, "URIVERA")


async def test_escalating_by_hand(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    await world.escalation.escalate(case.conversation.id, "  needs billing ", RIVERA)
    after = await world.go_on(case.conversation.id)
    assert (after.conversation.status, after.conversation.escalated) == (Status.ESCALATED, True)
    assert world.channel.sent == []
    assert after.events[-1].text == "Escalated by <@URIVERA>: needs billing"


async def test_a_verdict_pressed_twice_is_one(world: World) -> None:
    case = await world.arrive()
    await world.review.judge(draft_id(case), True, KIM)
    once = await world.case(case.conversation.id)
    await world.review.judge(draft_id(case), True, KIM)
    assert (await world.case(case.conversation.id)).conversation.version == once.conversation.version


async def test_a_window_submitted_twice_escalates_once(world: World) -> None:
    case = await world.waiting()
    for _ in range(2):
        await world.escalation.escalate(case.conversation.id, "billing", KIM, key="V1")
    after = await world.case(case.conversation.id)
    assert [e.text for e in after.events] == ["Escalated by <@UKIM>: billing"]
    await world.escalation.escalate(case.conversation.id, "and legal", KIM, key="V2")
    assert (await world.case(case.conversation.id)).events[-1].text == "Escalated by <@UKIM>: and legal"


async def test_escalating_before_a_draft_exists(world: World) -> None:
    receipt = await world.receive()
    await world.escalation.escalate(receipt.conversation_id, "VIP", KIM)
    case = await world.go_on(receipt.conversation_id)
    assert case.conversation.escalated
    assert world.channel.sent == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001])
async def test_an_escalation_needs_a_short_reason(world: World, reason: str) -> None:
    case = await world.waiting()
    with pytest.raises(InvalidInput):
        await world.escalation.escalate(case.conversation.id, reason, KIM)


async def test_an_agents_answer_ends_an_escalation(world: World) -> None:
    case = await world.arrive("I will call my lawyer")
    await world.review.send_own(case.conversation.id, 1, "I am sorry, I will call you.", KIM, None, key="V1")
    assert not (await world.go_on(case.conversation.id)).conversation.escalated


async def test_an_unknown_outcome_is_settled_by_one_person(world: World) -> None:
    from bot.core.errors import OutcomeUnknown

    world.channel.fail = [OutcomeUnknown("cut")]
    case = await world.arrive()
    assert case.delivery is not None
    await world.review.settle(case.delivery.id, False, KIM)
    with pytest.raises(AlreadyDecided, match=f"^<@{KIM.id}> was first.$"):
        await world.review.settle(case.delivery.id, False, RIVERA)
    after = await world.go_on(case.conversation.id)
    assert (len(world.channel.sent), after.conversation.status) == (1, Status.ANSWERED)


async def test_one_answer_per_turn_whoever_was_first(world: World) -> None:
    case = await world.waiting()
    await world.review.send_own(case.conversation.id, 1, "In my words.", KIM, None, key="V1")
    with pytest.raises(AlreadyDecided) as told:
        await world.review.approve(draft_id(case), RIVERA)
    assert told.value.winner == "UKIM"
    await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent] == ["In my words."]


async def test_a_submission_delivered_twice_is_one_answer(world: World) -> None:
    case = await world.arrive()
    await world.review.send_own(case.conversation.id, 1, "Once.", KIM, None, key="V1")
    with pytest.raises(AlreadyDecided) as told:
        await world.review.send_own(case.conversation.id, 1, "Once.", KIM, None, key="V1")
    assert told.value.winner == "UKIM"
    await world.go_on(case.conversation.id)
    assert [o.delivery.text for o in world.channel.sent][1:] == ["Once."]


@pytest.mark.parametrize("left_between", [False, True])
async def test_the_same_words_from_another_window_are_refused_and_the_customer_has_them_once(
    world: World, left_between: bool
) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await world.review.send_own(where, 1, "I will look into it.", KIM, None, key="V1")
    if left_between:
        await world.go_on(where)
    for actor in (KIM, RIVERA):
        with pytest.raises(InvalidInput, match="these very words") as told:
            await world.review.send_own(where, 1, " I will look\ninto it. ", actor, None, key=f"V2{actor.id}")
        assert told.value.field == "text"
    await world.go_on(where)
    assert [o.delivery.text for o in world.channel.sent] == ["I will look into it."]


async def test_windows_that_are_sent_at_once_with_the_same_words_are_one_answer(world: World) -> None:
    where = (await world.waiting()).conversation.id
    windows = [world.review.send_own(where, 1, "On it.", KIM, None, key=f"V{n}") for n in range(8)]
    outcomes = await asyncio.gather(*windows, return_exceptions=True)
    await world.go_on(where)
    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 7
    assert [o.delivery.text for o in world.channel.sent] == ["On it."]


async def test_words_that_did_not_arrive_or_that_answer_a_new_message_can_be_sent_again(world: World) -> None:
    where = (await world.waiting()).conversation.id
    world.channel.fail = [Refused("no such mailbox")]
    await world.review.send_own(where, 1, "On it.", KIM, None, key="V1")
    await world.go_on(where)
    await world.review.send_own(where, 1, "On it.", KIM, None, key="V2")
    await world.go_on(where)
    assert [o.delivery.text for o in world.channel.sent] == ["On it."]
    case = await world.arrive("And now?", conversation_hint=where)
    await world.review.send_own(where, case.conversation.turn, "On it.", KIM, None, key="V3")
    await world.go_on(where)
    assert [o.delivery.text for o in world.channel.sent] == ["On it.", "On it."]


async def test_a_resolved_conversation_is_not_answered_by_an_old_button(world: World) -> None:
    case = await world.waiting()
    await world.review.resolve(case.conversation.id, 1, KIM)
    with pytest.raises(Superseded, match="resolved"):
        await world.review.approve(draft_id(case), RIVERA)


async def test_an_old_resolve_does_not_close_a_new_message(world: World) -> None:
    case = await world.arrive()
    await world.receive("One more", conversation_hint=case.conversation.id)
    with pytest.raises(Superseded):
        await world.review.resolve(case.conversation.id, 1, KIM)


async def test_resolving_while_the_draft_is_written_sends_nothing(world: World) -> None:
    receipt = await world.receive()

    async def close() -> None:
        await world.review.resolve(receipt.conversation_id, 1, KIM)

    world.answerer.meanwhile = [close]
    case = await world.go_on(receipt.conversation_id)
    assert (case.conversation.status, world.channel.sent) == (Status.RESOLVED, [])


async def test_an_approval_taken_back_can_be_given_again(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(draft_id(case), KIM)
    await world.escalation.escalate(case.conversation.id, "wait", RIVERA)
    after = await world.case(case.conversation.id)
    assert any("<@UKIM>'s answer was taken back" in event.text for event in after.events)
    await world.review.approve(draft_id(after), RIVERA)
    await world.go_on(case.conversation.id)
    assert [o.delivery.author for o in world.channel.sent] == ["URIVERA"]


async def test_only_the_newest_answer_can_be_settled(world: World) -> None:
    from bot.core.errors import OutcomeUnknown

    world.channel.fail = [OutcomeUnknown("cut")]
    case = await world.arrive()
    assert case.delivery is not None
    old = case.delivery.id
    await world.receive("Hello?", conversation_hint=case.conversation.id)
    with pytest.raises(Superseded):
        await world.review.settle(old, False, KIM)
    await world.review.send_own(case.conversation.id, 2, "Here.", KIM, None, key="V1")
    with pytest.raises(Superseded):
        await world.review.settle(old, True, KIM)


async def test_a_name_cannot_smuggle_markup_into_what_agents_read(world: World) -> None:
    from dataclasses import replace

    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.8)
    case = await world.arrive(name="<https://evil.test|Click> <@U0ADMIN>")
    await world.receive("Wait", conversation_hint=case.conversation.id, name="<@U0ADMIN>")
    with pytest.raises(Superseded) as told:
        await world.review.approve(draft_id(case), KIM)
    assert "<" not in str(told.value)
    assert "<" not in (await world.case(case.conversation.id)).events[-1].text


async def test_an_older_draft_is_not_said_to_be_sent_when_the_newer_one_was_taken_back(world: World) -> None:
    case = await world.waiting()
    old = draft_id(case)
    await world.review.send_own(case.conversation.id, 1, "In my words.", KIM, None, key="V1")
    await world.escalation.escalate(case.conversation.id, "wait", RIVERA)
    with pytest.raises(Superseded, match="newer draft"):
        await world.review.approve(old, KIM)
    assert world.channel.sent == []


async def test_an_agents_answer_goes_to_people_in_copy_too_and_an_automatic_one_does_not(
    world: World,
) -> None:
    copied = {"people": ["ben@customer.example"], "from": "ada@customer.example"}
    automatic = await world.arrive(metadata=copied)
    assert world.channel.sent[-1].delivery.cc == ()
    await world.review.send_own(automatic.conversation.id, 1, "More", KIM, None, key="w1")
    await world.go_on(automatic.conversation.id)
    assert world.channel.sent[-1].delivery.cc == ("ben@customer.example",)
    await world.review.send_own(automatic.conversation.id, 1, "Just you", KIM, None, key="w2", copies=False)
    case = await world.go_on(automatic.conversation.id)
    assert world.channel.sent[-1].delivery.cc == ()
    sends = [row.payload.get("cc") for row in await world.audit() if row.action == "send"]
    assert sends == [None, ["ben@customer.example"], None]
    assert [d.cc for d in case.deliveries] == [(), ("ben@customer.example",), ()]


async def test_an_approved_draft_goes_to_people_in_copy_too(world: World) -> None:
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.80)
    case = await world.arrive(metadata={"people": ["ben@customer.example"]})
    assert case.draft is not None
    await world.review.approve(case.draft.id, KIM)
    await world.go_on(case.conversation.id)
    assert world.channel.sent[-1].delivery.cc == ("ben@customer.example",)
