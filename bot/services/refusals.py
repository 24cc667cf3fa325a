"""Why an answer cannot be sent, stopped or settled any more: who was first, and what has become of it."""

from bot.core.errors import AlreadyDecided, InvalidInput, Superseded
from bot.core.model import Case, Decision, Delivery, DeliveryState, Reason

STOPPED = Reason("stopped", "Stopped before it went out")
WENT_OUT, SENT_AGAIN = "says that it went out", "sends it again"
_SAID = "The customer has these very words already, or gets them in a moment. Change them to write once more."
# Of a draft whose answer came to this, the customer has nothing: it may be sent anew.
_NOT_RECEIVED = (DeliveryState.CANCELLED, DeliveryState.FAILED, DeliveryState.BOUNCED)


def taken_back(case: Case, decision: Decision) -> bool:
    """Tell whether a decision to send came to nothing: it was cancelled before anything left, or did not arrive."""
    rows = [d for d in case.deliveries if d.decision_id == decision.id]
    return bool(rows) and all(d.state in _NOT_RECEIVED for d in rows)


def check_not_said(case: Case, turn: int, text: str) -> None:
    """Raise InvalidInput where the customer has these very words in this turn, or gets them in a moment.

    Whoever sends an answer again because nothing seemed to happen does not know that the first one is on its way.
    """
    words = text.split()
    for delivery in case.deliveries:
        counts = delivery.is_on_its_way or (delivery.turn == turn and delivery.state not in _NOT_RECEIVED)
        if counts and delivery.text.split() == words:
            raise InvalidInput(_SAID, field="text")


def too_late(earlier: Decision | None, *, stoppable: bool = False) -> AlreadyDecided:
    if stoppable:
        return AlreadyDecided("This answer goes out by itself in a moment. Press Stop first to change it.")
    if earlier is None or earlier.actor is None:
        return AlreadyDecided("This answer went out by itself already.")
    return AlreadyDecided(f"<@{earlier.actor}> was first: this answer is on its way.", winner=earlier.actor)


def waits(case: Case, decision: Decision) -> bool:
    """Tell whether an automatic answer has been decided on and can still be stopped."""
    rows = [d for d in case.deliveries if d.decision_id == decision.id]
    return any(d.unattended and d.state is DeliveryState.PENDING for d in rows)


def replaced(case: Case, newer: Decision | None) -> AlreadyDecided | Superseded:
    """Say why the newest draft of a turn stands in the way of an older one."""
    if newer is None or taken_back(case, newer):
        return Superseded("There is a newer draft of this answer. The card shows it.")
    return too_late(newer)


def not_stopped(case: Case, delivery: Delivery) -> AlreadyDecided | Superseded:
    """Say why an answer cannot be stopped any more."""
    if delivery.state is not DeliveryState.CANCELLED:
        return AlreadyDecided("Too late to stop it: this answer is on its way or has left already.")
    before = [d for d in case.decisions if d.draft_id == delivery.draft_id and STOPPED in d.reasons]
    if not before:
        return Superseded("This answer was taken back before. The card shows how things stand.")
    return AlreadyDecided(f"<@{before[-1].actor}> has stopped it already.", winner=before[-1].actor)


def who_settled(case: Case) -> str:
    """Say who was faster: the event that tells of it begins with them."""
    told = next((e.text for e in reversed(case.events) if e.text.endswith((WENT_OUT, SENT_AGAIN))), "")
    return f"{told.split()[0]} was first." if told else "This is settled already."
