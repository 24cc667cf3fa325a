"""A conversation from arrival to the point where somebody else moves next."""

import asyncio
from dataclasses import replace

from bot.core.errors import Unavailable
from bot.core.model import Action, Channel, DeliveryState, Mode, Proposal, Sender, Status
from tests.fakes import known
from tests.services.conftest import BOSS, KIM, World


async def test_a_good_answer_goes_out_by_itself_once(world: World) -> None:
    case = await world.arrive()
    assert case.conversation.status is Status.ANSWERED
    assert [m.sender for m in case.messages] == [Sender.CUSTOMER, Sender.AI]
    assert [o.delivery.text for o in world.channel.sent] == [world.answerer.proposal.text]
    await world.go_on(case.conversation.id)
    assert len(world.channel.sent) == 1


async def test_who_has_the_answer_does_not_get_it_again_for_an_ok_but_for_the_same_question(
    world: World,
) -> None:
    first = await world.arrive()
    asked_again = await world.arrive(conversation_hint=first.conversation.id)
    said_ok = await world.arrive("ok", conversation_hint=first.conversation.id)
    assert asked_again.conversation.status is Status.ANSWERED
    assert said_ok.conversation.status is Status.WAITING
    assert said_ok.decision is not None
    assert "repeated" in {reason.code for reason in said_ok.decision.reasons}
    assert len(world.channel.sent) == 2


async def test_an_unsure_answer_waits_and_a_bad_one_is_escalated(world: World) -> None:
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.8)
    waiting = await world.arrive()
    world.answerer.proposal = Proposal(text="", confidence=0.1)
    escalated = await world.arrive()
    assert waiting.conversation.status is Status.WAITING
    assert escalated.conversation.status is Status.ESCALATED
    assert escalated.conversation.escalated
    assert world.channel.sent == []


async def test_a_threat_is_escalated_with_its_reason(world: World) -> None:
    case = await world.arrive("I will call my lawyer")
    assert case.decision is not None
    assert (case.decision.action, case.decision.reasons[0].code) == (Action.ESCALATE, "legal")
    assert world.channel.sent == []


async def test_machine_mail_is_kept_and_not_even_drafted(world: World) -> None:
    case = await world.arrive("I am away", automatic="out-of-office reply")
    assert case.conversation.status is Status.HELD
    assert world.answerer.asked == []


async def test_the_threshold_in_force_decides_about_the_next_message(world: World) -> None:
    await world.controls.set_threshold(Channel.EMAIL, 0.99, BOSS)
    assert (await world.arrive()).conversation.status is Status.WAITING
    await world.controls.set_threshold(Channel.EMAIL, 0.5, BOSS)
    assert (await world.arrive()).conversation.status is Status.ANSWERED


async def test_mode_off_drafts_nothing(world: World) -> None:
    await world.controls.set_mode(Channel.EMAIL, Mode.OFF, BOSS)
    case = await world.arrive()
    assert case.decision is not None
    assert case.decision.reasons[0].code == "mode_off"
    assert world.answerer.asked == []


async def test_who_knows_the_customer_names_them(world: World) -> None:
    world.source.records = {"ada@customer.example": known("Ada Quill", "Quill Ltd", "Gold since 2021")}
    case = await world.arrive()
    said = [fact.text for fact in case.customer.facts]
    assert (case.customer.company, said, case.customer.known) == ("Quill Ltd", ["Gold since 2021"], True)


async def test_a_source_that_fails_or_hangs_delays_nobody(world: World) -> None:
    world.source.fail = Unavailable("down")
    assert (await world.arrive()).conversation.status is Status.ANSWERED
    world.source.fail, world.source.hang = None, asyncio.Event()
    assert (await world.arrive()).conversation.status is Status.ANSWERED


async def test_a_message_during_drafting_makes_that_draft_obsolete(world: World) -> None:
    receipt = await world.receive("How do I return it?")

    async def write_again() -> None:
        await world.receive("And what does it cost?", conversation_hint=receipt.conversation_id)

    world.answerer.meanwhile = [write_again]
    case = await world.go_on(receipt.conversation_id)
    assert world.answerer.asked[-1].texts == ("How do I return it?", "And what does it cost?")
    assert case.draft is not None
    assert (case.draft.turn, len(world.channel.sent)) == (2, 1)


async def test_the_question_carries_the_talk_before(world: World) -> None:
    case = await world.arrive("How do I return it?", subject="Shoes")
    await world.arrive("And the cost?", conversation_hint=case.conversation.id, subject="Re: Shoes")
    question = world.answerer.asked[-1]
    assert question.texts == ("And the cost?",)
    assert [sender for sender, _ in question.history] == [Sender.CUSTOMER, Sender.AI]
    assert (question.subject, question.customer_name) == ("Re: Shoes", "Ada Quill")


async def test_an_unknown_conversation_is_no_work(world: World) -> None:
    await world.advance("0" * 32, retried=True)
    assert world.channel.sent == []


async def test_two_jobs_for_one_conversation_send_once(world: World) -> None:
    receipt = await world.receive()
    doubled = (world.advance(receipt.conversation_id, retried=False) for _ in range(5))
    outcomes = await asyncio.gather(*doubled, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Unavailable) for outcome in outcomes)
    assert (await world.go_on(receipt.conversation_id)).conversation.status is Status.ANSWERED
    assert len(world.channel.sent) == 1


async def test_what_an_agent_has_taken_waits_for_them(world: World) -> None:
    case = await world.arrive()
    await world.review.take(case.conversation.id, KIM)
    after = await world.arrive("And another question", conversation_hint=case.conversation.id)
    assert after.conversation.status is Status.WAITING
    assert after.decision is not None
    assert [r.code for r in after.decision.reasons] == ["taken"]
    assert all(d.state is DeliveryState.SENT for d in after.deliveries)


async def test_who_may_be_forged_gets_nothing_personal_and_no_answer_by_itself(world: World) -> None:
    world.source.records = {"ada@customer.example": known("Ada Quill", "", "Gold")}
    first = await world.arrive()
    forged = {"sender_check": "fail", "verdict": "DMARC fail"}
    case = await world.arrive(
        "And where do I live?", conversation_hint=first.conversation.id, metadata=forged
    )
    assert case.decision is not None
    assert (case.decision.action, case.decision.reasons[0].code) == (Action.REVIEW, "forged")
    assert world.answerer.asked[0].customer_name == "Ada Quill"
    assert (world.answerer.asked[1].customer_name, world.answerer.asked[1].history) == ("", ())
    assert [fact.text for fact in case.customer.facts] == ["Gold"]
