"""The next step of a conversation, as a pure function of its state."""

from datetime import datetime
from enum import StrEnum

from bot.core.model import Case, DeliveryState, Status
from bot.core.speech import waits_for_words


class Step(StrEnum):
    """What `advance` does next; WAIT means that a person or the customer moves next."""

    RECONCILE = "reconcile"
    DELIVER = "deliver"
    WAKE = "wake"
    DRAFT = "draft"  # see who asks, and decide, in the same transaction: no draft is ever without a decision
    WAIT = "wait"


def next_step(case: Case, now: datetime) -> Step:
    """Return the one step that moves this conversation on.

    An answer already on its way comes before anything newer, so that a conversation is sent in order. One that is
    due later waits, unless the customer wrote again: then it is withdrawn at once. Nothing is drafted while the
    caller, or a transcript, is about to say more.
    """
    delivery = case.on_its_way
    if delivery is not None:
        if delivery.state is DeliveryState.SENDING:
            return Step.RECONCILE
        waits = delivery.is_waiting(now) and delivery.turn == case.conversation.turn
        return Step.WAIT if waits else Step.DELIVER
    if _has_slept(case, now):
        return Step.WAKE
    if case.conversation.status is Status.RESOLVED:
        return Step.WAIT
    if case.unanswered and case.current_draft is None:
        return Step.WAIT if waits_for_words(case.unanswered, now) else Step.DRAFT
    return Step.WAIT


def _has_slept(case: Case, now: datetime) -> bool:
    until = case.conversation.snoozed_until
    return until is not None and until <= now


def is_last(step: Step, case: Case) -> bool:
    """Tell whether nothing is left to do after this step, of all that the case knows of.

    Whatever happens meanwhile asks by itself for the work that it makes.
    """
    if step is not Step.DELIVER:
        return False
    (first, *more) = (delivery for delivery in case.deliveries if delivery.is_on_its_way)
    return not more and first.turn == case.conversation.turn
