"""The next step of a conversation, as a pure function of its state."""

from datetime import datetime
from enum import StrEnum

from bot.core.model import Case, DeliveryState, Status


class Step(StrEnum):
    """What `advance` does next; WAIT means that a person or the customer moves next."""

    RECONCILE = "reconcile"
    DELIVER = "deliver"
    IDENTIFY = "identify"
    DRAFT = "draft"  # and decide, in the same transaction: no draft is ever without a decision
    WAIT = "wait"


def next_step(case: Case, now: datetime) -> Step:
    """Return the one step that moves this conversation on.

    An answer already on its way comes before anything newer, so that a conversation is sent in order. One that is
    due later waits, unless the customer wrote again: then it is withdrawn at once.
    """
    delivery = case.on_its_way
    if delivery is not None:
        if delivery.state is DeliveryState.SENDING:
            return Step.RECONCILE
        waits = delivery.is_waiting(now) and delivery.turn == case.conversation.turn
        return Step.WAIT if waits else Step.DELIVER
    if case.conversation.status is Status.RESOLVED:
        return Step.WAIT
    if not case.conversation.identified:
        return Step.IDENTIFY
    if case.unanswered and case.current_draft is None:
        return Step.DRAFT
    return Step.WAIT
