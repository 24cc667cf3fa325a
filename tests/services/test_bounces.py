"""Answers that come back, or are late: a state, a card, a line in the thread, and never a mail of ours."""

from dataclasses import replace

import pytest

from bot.core.errors import OutcomeUnknown, Superseded, Unavailable
from bot.core.model import Case, Channel, DeliveryState, Returned, Status
from bot.core.ports.channels import Outgoing
from tests.services.conftest import KIM, RIVERA, World

NO_USER = "550 5.1.1 <ada@customer.example>: no such user"
DAEMON = "mailer-daemon@customer.example"


def external_id(case: Case) -> str:
    assert case.delivery is not None
    return f"<{case.delivery.id}@us.example>"


async def came_back(world: World, case: Case, *, permanent: bool = True, reason: str = NO_USER) -> Case:
    assert await world.deliveries.came_back(Channel.EMAIL, external_id(case), reason, permanent)
    return await world.go_on(case.conversation.id)


async def bounce(world: World, *ids: str, permanent: bool = True, **values: object) -> Case:
    """Let a report arrive as a mail."""
    returned = Returned(ids, NO_USER, permanent)
    given = {"address": DAEMON, "name": "", "automatic": "delivery report", "returned": returned} | values
    return await world.arrive("It did not arrive.", **given)


async def test_what_came_back_is_a_state_with_the_servers_words(world: World) -> None:
    case = await came_back(world, await world.arrive())
    assert case.delivery is not None
    assert (case.delivery.state, case.delivery.error) == (DeliveryState.BOUNCED, NO_USER)
    assert case.conversation.status is Status.UNDELIVERED
    assert "came back: 550 5.1.1 ada@customer.example: no such user" in case.events[-1].text
    assert len(world.channel.sent) == 1


async def test_a_report_by_mail_belongs_to_the_conversation_of_the_answer(world: World) -> None:
    answered = await world.arrive()
    case = await bounce(world, "<elsewhere@x>", external_id(answered))
    assert case.conversation.id == answered.conversation.id
    assert (case.conversation.status, case.conversation.turn) == (Status.UNDELIVERED, 1)
    assert [m.automatic for m in case.messages] == ["", "", "delivery report"]
    assert len(world.channel.sent) == 1


async def test_a_report_that_belongs_to_nothing_of_ours_is_a_mail_like_any_other(world: World) -> None:
    answered = await world.arrive()
    case = await bounce(world, "<elsewhere@x>")
    assert case.conversation.id != answered.conversation.id
    assert case.conversation.status is Status.HELD
    assert (await world.case(answered.conversation.id)).conversation.status is Status.ANSWERED
    assert not await world.deliveries.came_back(Channel.SMS, external_id(answered), "x", True)


async def test_an_answer_that_is_late_is_a_line_in_the_thread(world: World) -> None:
    answered = await world.arrive()
    case = await came_back(world, answered, permanent=False, reason="451 greylisted")
    assert case.conversation.status is Status.ANSWERED
    assert case.events[-1].text == "The answer is late: 451 greylisted"
    assert case.conversation.version > answered.conversation.version


async def test_the_same_news_again_and_in_any_order_changes_nothing(world: World) -> None:
    first = await came_back(world, await world.arrive())
    await came_back(world, first)
    again = await came_back(world, first, permanent=False, reason="delayed")
    assert again == first


async def test_news_that_overtakes_the_record_of_sending_is_the_proof_that_it_went_out(world: World) -> None:
    receipt, send = await world.receive(), world.channel.send

    async def bounced_at_once(outgoing: Outgoing) -> str:
        sent = await send(outgoing)
        await world.deliveries.came_back(Channel.EMAIL, sent, NO_USER, True)
        return sent

    world.channel.send = bounced_at_once  # type: ignore[method-assign]
    case = await world.go_on(receipt.conversation_id)
    assert case.delivery is not None
    assert (case.delivery.state, case.conversation.status) == (DeliveryState.BOUNCED, Status.UNDELIVERED)
    assert len(case.messages) == 2


@pytest.mark.parametrize(("permanent", "status"), [(True, Status.UNDELIVERED), (False, Status.ANSWERED)])
async def test_a_report_settles_an_answer_of_which_nobody_knew(
    world: World, permanent: bool, status: Status
) -> None:
    world.channel.fail = [OutcomeUnknown("cut")]
    unknown = await world.arrive()
    assert unknown.delivery is not None
    case = await came_back(world, unknown, permanent=permanent)
    assert (case.conversation.status, len(case.messages)) == (status, 2)
    if permanent:
        with pytest.raises(Superseded, match="came back since: 550"):
            await world.review.settle(unknown.delivery.id, True, KIM)


async def test_what_never_left_cannot_come_back(world: World) -> None:
    world.channel.fail = [Unavailable("later")]
    receipt = await world.receive()
    with pytest.raises(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    pending = await world.case(receipt.conversation_id)
    assert await world.deliveries.came_back(Channel.EMAIL, external_id(pending), NO_USER, True)
    assert await world.case(receipt.conversation_id) == pending


async def test_an_older_answer_that_came_back_does_not_bury_a_newer_question(world: World) -> None:
    first = await world.arrive()
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.8)
    second = await world.arrive("And the cost?", conversation_hint=first.conversation.id)
    case = await came_back(world, first)
    assert (case.conversation.status, case.current_draft) == (Status.WAITING, second.current_draft)
    assert case.deliveries[0].state is DeliveryState.BOUNCED


async def test_a_closed_matter_whose_answer_came_back_is_open_again(world: World) -> None:
    answered = await world.arrive()
    await world.review.resolve(answered.conversation.id, 1, KIM)
    assert (await came_back(world, answered)).conversation.status is Status.UNDELIVERED


async def test_an_agent_sends_it_again_or_in_other_words(world: World) -> None:
    case = await came_back(world, await world.arrive())
    assert case.delivery is not None
    await world.review.settle(case.delivery.id, False, KIM)
    again = await world.go_on(case.conversation.id)
    assert (again.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 2)
    assert len(again.messages) == 2

    back = await came_back(world, again)
    assert back.conversation.status is Status.UNDELIVERED
    assert back.current_draft is not None
    await world.review.send_own(case.conversation.id, 1, "Please call us.", RIVERA, None, key="V1")
    after = await world.go_on(case.conversation.id)
    assert after.conversation.status is Status.ANSWERED
    assert [o.delivery.text for o in world.channel.sent][2:] == ["Please call us."]


async def test_the_draft_of_an_answer_that_came_back_may_be_approved_anew(world: World) -> None:
    case = await came_back(world, await world.arrive())
    assert case.current_draft is not None
    await world.review.approve(case.current_draft.id, KIM)
    after = await world.go_on(case.conversation.id)
    assert [d.state for d in after.deliveries] == [DeliveryState.BOUNCED, DeliveryState.SENT]


async def test_a_report_delivered_twice_is_one(world: World) -> None:
    answered = await world.arrive()
    first = await bounce(world, external_id(answered), permanent=False, external_id="<report@x>")
    again = await bounce(world, external_id(answered), permanent=False, external_id="<report@x>")
    assert again == first


async def test_a_copy_that_came_back_is_a_line_in_the_thread_for_the_customer_has_the_answer(
    world: World,
) -> None:
    case = await world.arrive(metadata={"people": ["ben@customer.example"]})
    await world.review.send_own(case.conversation.id, 1, "More", KIM, None, key="w1")
    case = await world.go_on(case.conversation.id)
    report = Returned((external_id(case),), "550 no such user", True, ("ben@customer.example",))
    case = await world.arrive("x", address=DAEMON, automatic="delivery report", returned=report)
    assert (case.conversation.status, case.deliveries[-1].state) == (Status.ANSWERED, DeliveryState.SENT)
    said = "The copy for ben@customer.example did not arrive: 550 no such user"
    assert (case.events[-1].text, case.deliveries[-1].uncopied) == (said, ("ben@customer.example",))
    again = await world.arrive("x", address=DAEMON, automatic="delivery report", returned=report)
    assert [event.text for event in again.events].count(said) == 1
    both = replace(report, recipients=("ben@customer.example", "ada@customer.example"))
    case = await world.arrive("y", address=DAEMON, automatic="delivery report", returned=both)
    assert case.conversation.status is Status.UNDELIVERED


async def test_a_copy_that_was_refused_at_once_is_told_and_the_others_got_theirs(world: World) -> None:
    people = ["ben@customer.example", "carl@customer.example"]
    case = await world.arrive(metadata={"people": people})
    world.channel.refused = {"ben@customer.example": "550 <!channel> no"}
    await world.review.send_own(case.conversation.id, 1, "More", KIM, None, key="w1")
    case = await world.go_on(case.conversation.id)
    assert (case.conversation.status, case.deliveries[-1].state) == (Status.ANSWERED, DeliveryState.SENT)
    assert (case.deliveries[-1].cc, case.deliveries[-1].uncopied) == (tuple(people), (people[0],))
    assert case.events[-1].text == "The copy for ben@customer.example did not arrive: 550 !channel no"
    await world.show(case.conversation.id)
    assert case.conversation.version == (await world.case(case.conversation.id)).conversation.shown_version
