"""The send ledger: at most once, never blindly again, never after a newer message."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.model import Channel, DeliveryState, Mode, Sender, Status
from bot.core.policy import default_rules
from bot.core.ports.channels import Reconciled
from tests.services.conftest import BOSS, KIM, RIVERA, World
from tests.waiting import PATIENCE


async def interrupted(world: World) -> str:
    """Leave a delivery in `sending`, as a crash right after the claim does."""
    receipt = await world.receive()

    class Crash(BaseException):
        pass

    world.channel.fail = [Crash()]  # type: ignore[list-item]
    with pytest.raises(Crash):
        await world.advance(receipt.conversation_id, retried=False)
    case = await world.case(receipt.conversation_id)
    assert case.delivery is not None
    assert case.delivery.state is DeliveryState.SENDING
    return receipt.conversation_id


@pytest.mark.parametrize(
    ("known", "state", "sent"),
    [
        (Reconciled.SENT, DeliveryState.SENT, 0),
        (Reconciled.NOT_SENT, DeliveryState.SENT, 1),
        (Reconciled.UNKNOWN, DeliveryState.UNKNOWN, 0),
    ],
)
async def test_an_interrupted_send_is_reconciled(
    world: World, known: Reconciled, state: DeliveryState, sent: int
) -> None:
    conversation_id = await interrupted(world)
    world.channel.known = known
    case = await world.go_on(conversation_id)
    assert case.delivery is not None
    assert (case.delivery.state, len(world.channel.sent)) == (state, sent)
    told = [m for m in case.messages if m.sender is Sender.AI]
    assert len(told) == (state is DeliveryState.SENT)


async def test_a_doubled_job_that_comes_too_late_does_not_take_a_send_under_way_for_cut_short(
    world: World,
) -> None:
    receipt, send = await world.receive(), world.channel.send
    world.channel.closed = [Unavailable("later")]
    with suppress(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    pending = await world.case(receipt.conversation_id)

    async def meanwhile(outgoing):
        await world.deliveries.deliver(pending)
        with pytest.raises(Unavailable, match="being sent right now"):
            await world.deliveries.reconcile(await world.case(receipt.conversation_id))
        return await send(outgoing)

    world.channel.send = meanwhile  # type: ignore[method-assign]
    case = await world.go_on(receipt.conversation_id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)


async def test_a_claim_that_could_not_be_kept_is_not_taken_for_a_send_under_way(world: World) -> None:
    receipt = await world.receive()
    world.channel.closed = [Unavailable("later")]
    with suppress(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    pending = await world.case(receipt.conversation_id)
    world.database.fail_next_commit = True  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="could not commit"):
        await world.deliveries.deliver(pending)
    case = await world.go_on(receipt.conversation_id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)


async def test_a_channel_that_is_down_is_tried_again_later(world: World) -> None:
    receipt = await world.receive()
    world.channel.fail = [Unavailable("421 try later", retry_after=7)]
    with pytest.raises(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    case = await world.case(receipt.conversation_id)
    assert case.delivery is not None
    assert case.delivery.state is DeliveryState.PENDING
    case = await world.go_on(receipt.conversation_id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)


@pytest.mark.parametrize(
    ("error", "state"),
    [(Refused("550 no such user"), DeliveryState.FAILED), (Unavailable("no route"), DeliveryState.PENDING)],
)
async def test_a_channel_that_does_not_open_leaves_no_doubt(
    world: World, error: Exception, state: DeliveryState
) -> None:
    receipt = await world.receive()
    world.channel.closed = [error]
    with suppress(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    case = await world.case(receipt.conversation_id)
    assert case.delivery is not None
    assert case.delivery.state is state
    assert "send" not in [row.action for row in await world.audit()]


async def test_an_answer_that_went_out_is_put_on_record_when_the_database_is_back(world: World) -> None:
    receipt = await world.receive()
    send = world.channel.send

    async def send_then_lose_the_database(outgoing):
        world.database.fail_next = True  # type: ignore[attr-defined]
        return await send(outgoing)

    world.channel.send = send_then_lose_the_database  # type: ignore[method-assign]
    world.channel.known = Reconciled.UNKNOWN  # Nobody else could tell.
    case = await world.go_on(receipt.conversation_id)
    assert (case.conversation.status, len(world.channel.sent)) == (Status.ANSWERED, 1)


async def test_what_went_out_is_put_on_record_although_the_engine_ended_the_job(world: World) -> None:
    receipt = await world.receive()
    send, sent = world.channel.send, asyncio.Event()

    async def send_then_lose_the_database(outgoing):
        world.database.fail_next = True  # type: ignore[attr-defined]
        sent.set()
        return await send(outgoing)

    world.channel.send = send_then_lose_the_database  # type: ignore[method-assign]
    world.channel.known = Reconciled.UNKNOWN  # Nobody else could tell.
    job = asyncio.create_task(world.advance(receipt.conversation_id, retried=False))
    await sent.wait()
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        while (  # noqa: ASYNC110 - the database tells nobody.
            await world.case(receipt.conversation_id)
        ).conversation.status is not Status.ANSWERED:
            await asyncio.sleep(0.01)
    assert len(world.channel.sent) == 1


async def test_an_answer_of_which_nobody_knows_stays_in_the_thread_when_the_customer_writes_again(
    world: World,
) -> None:
    world.channel.fail = [OutcomeUnknown("cut")]
    unknown = await world.arrive()
    assert unknown.delivery is not None
    again = await world.arrive(
        "And when does the refund come?", references=(unknown.messages[0].external_id,)
    )
    assert again.conversation.status is Status.ANSWERED
    assert [event.text for event in again.events] == [
        f"Nobody knows whether this answer went out: {unknown.delivery.text}"
    ]


async def test_a_channel_down_for_a_day_is_given_up_visibly(world: World) -> None:
    receipt = await world.receive()
    world.channel.fail = [Unavailable("down"), Unavailable("down")]
    with pytest.raises(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    world.clock.move(hours=25)
    case = await world.go_on(receipt.conversation_id)
    assert case.delivery is not None
    assert (case.conversation.status, case.delivery.state) == (Status.UNDELIVERED, DeliveryState.FAILED)
    assert "24 hours" in case.delivery.error


@pytest.mark.parametrize(
    ("error", "state"),
    [(Refused("550 no such user"), DeliveryState.FAILED), (OutcomeUnknown("cut"), DeliveryState.UNKNOWN)],
)
async def test_what_did_not_work_becomes_a_state_a_person_sees(
    world: World, error: Exception, state: DeliveryState
) -> None:
    world.channel.fail = [error]
    case = await world.arrive()
    assert case.delivery is not None
    assert (case.conversation.status, case.delivery.state) == (Status.UNDELIVERED, state)
    assert case.delivery.error


async def test_an_answer_overtaken_by_the_customer_is_cancelled(world: World) -> None:
    case = await world.waiting()
    await world.review.approve(_draft(case), KIM)
    await world.receive("Wait, another thing", conversation_hint=case.conversation.id)
    after = await world.go_on(case.conversation.id)
    assert world.channel.sent == []
    assert after.deliveries[0].state is DeliveryState.CANCELLED
    assert after.conversation.status is Status.WAITING
    assert any("was not sent" in event.text for event in after.events)


async def test_a_message_that_arrives_while_sending_keeps_its_turn(world: World) -> None:
    receipt = await world.receive()
    send: Callable = world.channel.send

    async def send_slowly(outgoing):
        await world.receive("P.S. one more thing", conversation_hint=receipt.conversation_id)
        world.channel.send = send  # type: ignore[method-assign]
        return await send(outgoing)

    world.channel.send = send_slowly  # type: ignore[method-assign]
    await world.go_on(receipt.conversation_id)
    case = await world.go_on(receipt.conversation_id)  # The P.S. has asked for that.
    assert [m.content for m in case.messages][1] == "P.S. one more thing"
    assert case.conversation.status is Status.ANSWERED
    assert len(case.deliveries) == 2


async def test_a_channel_that_is_not_configured_is_said(world: World) -> None:
    case = await world.arrive(channel=Channel.ZENDESK, address="42")
    assert case.delivery is not None
    assert case.conversation.status is Status.UNDELIVERED
    assert "not configured" in case.delivery.error
    await world.review.settle(case.delivery.id, True, KIM)
    assert (await world.case(case.conversation.id)).messages[-1].external_id == f"zendesk:{case.delivery.id}"


async def test_an_interrupted_send_on_a_channel_gone_since_is_unknown(world: World) -> None:
    conversation_id = await interrupted(world)
    case = await world.case(conversation_id)
    from bot.services.delivery import Deliveries

    without = Deliveries(world.database, {}, world.clock, default_rules(Mode.AUTO))
    await without.reconcile(case)
    after = await world.case(conversation_id)
    assert after.conversation.status is Status.UNDELIVERED


async def test_the_thread_of_message_ids_goes_along(world: World) -> None:
    case = await world.arrive(external_id="<first@x>")
    await world.arrive("And one thing more", external_id="<second@x>", conversation_hint=case.conversation.id)
    sent = world.channel.sent
    assert sent[0].thread == ("<first@x>",)
    assert sent[1].thread == ("<first@x>", f"<{sent[0].delivery.id}@us.example>", "<second@x>")


def _draft(case) -> str:
    assert case.current_draft is not None
    return case.current_draft.id


async def test_an_answer_held_up_by_its_channel_does_not_leave_once_it_may_not(world: World) -> None:
    for overtake in (
        lambda case: world.controls.set("paused", Channel.EMAIL, True, BOSS),
        lambda case: world.controls.set_mode(Channel.EMAIL, Mode.ASSIST, BOSS),
        lambda case: world.review.take(case.conversation.id, KIM),
    ):
        await world.controls.set("paused", None, False, BOSS)
        await world.controls.set_mode(None, Mode.AUTO, BOSS)
        receipt = await world.receive()
        world.channel.closed = [Unavailable("relay down")]
        with pytest.raises(Unavailable):
            await world.advance(receipt.conversation_id, retried=False)
        await overtake(await world.case(receipt.conversation_id))
        case = await world.go_on(receipt.conversation_id)
        assert world.channel.sent == []
        assert case.conversation.status is Status.WAITING
        assert case.current_draft is not None
        await world.review.approve(case.current_draft.id, KIM)
        await world.go_on(receipt.conversation_id)
        assert [o.delivery.author for o in world.channel.sent] == ["UKIM"]
        world.channel.sent.clear()


async def test_a_channel_that_is_down_does_not_keep_a_threat_from_being_escalated(world: World) -> None:
    receipt = await world.receive()
    world.channel.closed = [Unavailable("relay down")] * 3
    with pytest.raises(Unavailable):
        await world.advance(receipt.conversation_id, retried=False)
    await world.receive("I will call my lawyer", conversation_hint=receipt.conversation_id)
    case = await world.go_on(receipt.conversation_id)
    assert case.conversation.status is Status.ESCALATED
    assert case.deliveries[0].state is DeliveryState.CANCELLED


async def test_answers_leave_in_order_also_after_a_crash(world: World) -> None:
    conversation_id = await interrupted(world)
    await world.review.send_own(conversation_id, 1, "From Kim.", KIM, None, key="V1")
    case = await world.go_on(conversation_id)
    assert [d.state for d in case.deliveries] == [DeliveryState.UNKNOWN, DeliveryState.SENT]
    world.channel.known = Reconciled.SENT


@pytest.mark.parametrize("act", ["escalate", "resolve"])
async def test_what_a_person_did_while_it_was_sent_stands(world: World, act: str) -> None:
    receipt = await world.receive()
    send = world.channel.send

    async def meanwhile(outgoing):
        if act == "escalate":
            await world.escalation.escalate(receipt.conversation_id, "look", KIM)
        else:
            await world.review.resolve(receipt.conversation_id, 1, KIM)
        return await send(outgoing)

    world.channel.send = meanwhile  # type: ignore[method-assign]
    case = await world.go_on(receipt.conversation_id)
    expected = Status.ESCALATED if act == "escalate" else Status.RESOLVED
    assert (case.conversation.status, case.conversation.escalated) == (expected, act == "escalate")


async def test_a_fault_of_ours_is_tried_once_more_and_then_shown_to_a_person(world: World) -> None:
    receipt = await world.receive()
    world.channel.closed = [ValueError("bad address"), ValueError("bad address")]
    with pytest.raises(ValueError, match="bad address"):
        await world.advance(receipt.conversation_id, retried=False)
    await world.advance(receipt.conversation_id, retried=True)
    case = await world.case(receipt.conversation_id)
    assert case.delivery is not None
    assert (case.conversation.status, case.delivery.state) == (Status.UNDELIVERED, DeliveryState.FAILED)
    assert "reference" in case.events[-1].text


async def test_a_fault_while_drafting_asks_a_person_too(world: World) -> None:
    receipt = await world.receive()

    async def explode() -> None:
        raise KeyError("surprise")

    world.answerer.meanwhile = [explode]
    await world.advance(receipt.conversation_id, retried=True)
    assert (await world.case(receipt.conversation_id)).conversation.status is Status.ESCALATED


async def escalated_while_it_is_sent(world: World, error: Exception) -> str:
    case = await world.waiting()
    await world.review.approve(_draft(case), KIM)

    async def meanwhile(_):
        await world.escalation.escalate(case.conversation.id, "wants a call from legal", KIM)
        raise error

    world.channel.send = meanwhile  # type: ignore[method-assign]
    await world.go_on(case.conversation.id)
    return case.conversation.id


@pytest.mark.parametrize("error", [OutcomeUnknown("cut"), Refused("550 no such user")])
async def test_an_escalation_made_while_an_answer_failed_outlives_its_settling(
    world: World, error: Exception
) -> None:
    conversation_id = await escalated_while_it_is_sent(world, error)
    case = await world.case(conversation_id)
    assert case.delivery is not None
    assert (case.conversation.status, case.conversation.escalated) == (Status.UNDELIVERED, True)
    await world.review.settle(case.delivery.id, True, KIM)
    case = await world.case(conversation_id)
    assert (case.conversation.status, case.conversation.escalated) == (Status.ESCALATED, True)


async def test_an_escalation_of_a_later_question_outlives_the_settling_of_an_earlier_answer(
    world: World,
) -> None:
    world.channel.fail = [OutcomeUnknown("cut")]
    case = await world.waiting()
    await world.review.approve(_draft(case), KIM)
    stuck = (await world.go_on(case.conversation.id)).delivery
    assert stuck is not None
    await world.receive("And now?", conversation_hint=case.conversation.id)
    await world.escalation.escalate(case.conversation.id, "wants a call from legal", KIM)
    await world.receive("Hello?", conversation_hint=case.conversation.id)
    await world.review.settle(stuck.id, True, KIM)
    after = await world.go_on(case.conversation.id)
    assert (after.conversation.status, after.conversation.escalated) == (Status.ESCALATED, True)


async def test_an_answer_that_fails_does_not_hide_a_newer_question(world: World) -> None:
    receipt = await world.receive()
    send = world.channel.send

    async def overtaken(_):
        await world.receive("P.S.", conversation_hint=receipt.conversation_id)
        world.channel.send = send  # type: ignore[method-assign]
        raise OutcomeUnknown("cut")

    world.channel.send = overtaken  # type: ignore[method-assign]
    await world.go_on(receipt.conversation_id)
    case = await world.go_on(receipt.conversation_id)  # The P.S. has asked for that.
    assert [d.state for d in case.deliveries] == [DeliveryState.UNKNOWN, DeliveryState.SENT]
    assert case.conversation.status is Status.ANSWERED


@pytest.mark.parametrize("rule", ["taken", "paused"])
async def test_what_a_person_sends_again_leaves_whatever_holds_automatic_answers(
    world: World, rule: str
) -> None:
    world.channel.fail = [OutcomeUnknown("cut")]
    case = await world.arrive()
    assert case.delivery is not None
    if rule == "taken":
        await world.review.take(case.conversation.id, KIM)
    else:
        await world.controls.set("paused", None, True, BOSS)
    await world.review.settle(case.delivery.id, False, KIM)
    await world.review.take(case.conversation.id, RIVERA, over=True)
    after = await world.go_on(case.conversation.id)
    assert len(world.channel.sent) == 1
    assert after.conversation.status is Status.ANSWERED
    assert [row.actor for row in await world.audit() if row.action == "send"] == ["policy", KIM.id]
