"""The next step for every state a conversation can be found in, also right after a crash."""

from datetime import timedelta

import pytest

from bot.core.model import DeliveryState, Sender, Status
from bot.core.steps import Step, is_last, next_step
from tests import builders as make
from tests.builders import AT


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (DeliveryState.PENDING, Step.DELIVER),
        (DeliveryState.SENDING, Step.RECONCILE),
        (DeliveryState.SENT, Step.WAIT),
        (DeliveryState.FAILED, Step.WAIT),
        (DeliveryState.UNKNOWN, Step.WAIT),
        (DeliveryState.CANCELLED, Step.WAIT),
        (DeliveryState.BOUNCED, Step.WAIT),
    ],
)
def test_what_a_ledger_row_asks_for(state: DeliveryState, step: Step) -> None:
    case = make.case(messages=(make.message(),), draft=make.draft(), deliveries=(make.delivery(state=state),))
    assert next_step(case, AT) is step


def test_a_new_conversation_is_drafted() -> None:
    new = make.case(conversation=make.conversation(identified=False), messages=(make.message(),), draft=None)
    assert next_step(new, AT) is Step.DRAFT


@pytest.mark.parametrize(
    ("step", "turn", "states", "last"),
    [
        (Step.DELIVER, 1, [DeliveryState.PENDING], True),
        (Step.DELIVER, 1, [DeliveryState.SENT, DeliveryState.PENDING], True),
        (Step.DELIVER, 1, [DeliveryState.PENDING, DeliveryState.PENDING], False),
        (Step.DELIVER, 2, [DeliveryState.PENDING], False),
        (Step.RECONCILE, 1, [DeliveryState.SENDING], False),
        (Step.DRAFT, 1, [], False),
    ],
)
def test_after_the_only_answer_to_the_newest_question_nothing_is_left(
    step: Step, turn: int, states: list[DeliveryState], last: bool
) -> None:
    deliveries = tuple(make.delivery(id=f"d{n}", state=state) for n, state in enumerate(states))
    talk = make.conversation(turn=turn)
    case = make.case(conversation=talk, messages=(make.message(),), deliveries=deliveries)
    assert is_last(step, case) is last


def test_a_newer_message_makes_a_new_draft() -> None:
    messages = (make.message(), make.message(seq=2, turn=2))
    case = make.case(conversation=make.conversation(turn=2), messages=messages, draft=make.draft(turn=1))
    assert next_step(case, AT) is Step.DRAFT


def test_an_answer_under_way_comes_before_the_next_draft() -> None:
    messages = (make.message(), make.message(seq=2, turn=2))
    case = make.case(
        conversation=make.conversation(turn=2),
        messages=messages,
        draft=make.draft(turn=1),
        deliveries=(make.delivery(state=DeliveryState.SENDING),),
    )
    assert next_step(case, AT) is Step.RECONCILE


def test_an_answer_that_can_be_stopped_waits_until_it_is_due_or_the_customer_writes_again() -> None:
    waiting = make.delivery(due_at=AT + timedelta(seconds=30))
    case = make.case(draft=make.draft(), deliveries=(waiting,))
    again = make.case(conversation=make.conversation(turn=2), draft=make.draft(), deliveries=(waiting,))
    assert next_step(case, AT) is Step.WAIT
    assert next_step(case, AT + timedelta(seconds=30)) is Step.DELIVER
    assert next_step(again, AT) is Step.DELIVER


def test_nothing_to_answer_means_waiting() -> None:
    answered = (make.message(), make.message(seq=2, sender=Sender.AGENT))
    assert next_step(make.case(messages=answered, draft=None), AT) is Step.WAIT


def test_what_was_resolved_is_left_alone_until_the_customer_writes() -> None:
    case = make.case(
        conversation=make.conversation(status=Status.RESOLVED), messages=(make.message(),), draft=None
    )
    assert next_step(case, AT) is Step.WAIT


@pytest.mark.parametrize("status", [Status.WAITING, Status.ESCALATED, Status.ANSWERED])
def test_what_sleeps_is_woken_when_its_time_has_come(status: Status) -> None:
    talk = make.conversation(status=status, snoozed_until=AT + timedelta(hours=1))
    asleep = make.case(conversation=talk, messages=(make.message(),), draft=make.draft())
    assert next_step(asleep, AT + timedelta(minutes=59)) is Step.WAIT
    assert next_step(asleep, AT + timedelta(hours=1)) is Step.WAKE
