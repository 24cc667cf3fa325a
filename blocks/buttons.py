"""The buttons of a card: the likeliest next action first, `danger` only for Escalate, at most four and a menu."""

from collections.abc import Callable, Sequence

from slackblocks import Block, Element

from blocks import ids, kit, reading
from blocks.ids import Target
from blocks.kit import button
from bot.core.model import Case, Channel, DeliveryState, Sender, Status

_TWICE = "If the first one did arrive, the customer gets the same answer twice."
_THEIRS = "Whoever has this conversation, as the card says, is told in its thread that it is yours."
_MYSELF, _ASK = ("Reply myself", ids.REPLY), ("Ask a colleague …", ids.ASK)
_SNOOZE, _RESOLVE, _OTHERS = ("Snooze …", ids.SNOOZE), ("Resolve", ids.RESOLVE), ("More …", ids.OTHERS)
_NOT_TO_ANSWER = {"courtesy", "automatic", "opted_out", "opted_in", "help_keyword"}


def target(case: Case) -> Target:
    """Name the state of the case that a reader of the card has in view."""
    draft, delivery = case.current_draft, case.delivery
    return Target(
        case.conversation.id,
        case.conversation.turn,
        draft.id if draft is not None else None,
        delivery.id if delivery is not None else None,
    )


def row(case: Case) -> list[Block]:
    """Return the actions block of the card, or nothing where there is nothing to press."""
    on = target(case)
    if case.merged_into is not None:
        return [kit.actions("do", [button("Take the merge back", ids.UNMERGE, on)])]
    asleep = case.conversation.snoozed_until is not None
    elements = (_snoozed if asleep else _ROWS[case.conversation.status])(case, on)
    return [kit.actions("do", elements)] if elements else []


def about_them(case: Case) -> Sequence[tuple[str, str]]:
    """Return the menu beside the customer's words."""
    choices = [("Customer details", ids.DETAILS), ("Refresh what is known", ids.REFRESH)]
    choices.append(("Assign, follow …", ids.ASSIGN))
    if case.conversation.channel is Channel.EMAIL:
        choices.append(("Show original", ids.ORIGINAL))
    if reading.masked(case):
        choices.append(("Show what is masked", ids.UNMASK))
    return choices


def _working(case: Case, on: Target) -> Sequence[Element]:
    if reading.stoppable(case):
        return (button("Stop", ids.STOP, on),)
    if reading.dead_draft(case) or reading.on_the_way(case):
        return ()
    return (take(case, on), _escalate(on))


def _waiting(case: Case, on: Target) -> Sequence[Element]:
    if reading.proposed(case) is None:
        return _without_draft(case, on)
    return (
        button("Approve & send", ids.APPROVE, on, "primary"),
        button("Edit", ids.EDIT, on),
        _escalate(on),
        take(case, on),
        kit.overflow(on, [_MYSELF, ("Draft anew …", ids.REGENERATE), _SNOOZE, _RESOLVE, _OTHERS]),
    )


def _without_draft(case: Case, on: Target) -> Sequence[Element]:
    return (
        button("Reply", ids.REPLY, on, "primary"),
        _escalate(on),
        take(case, on),
        kit.overflow(on, [_ASK, _SNOOZE, _RESOLVE, _OTHERS]),
    )


def _snoozed(case: Case, on: Target) -> Sequence[Element]:  # noqa: ARG001 - All rows are called alike.
    return (
        button("Wake now", ids.WAKE, on, "primary"),
        button("Reply", ids.REPLY, on),
        kit.overflow(on, [_RESOLVE, _OTHERS]),
    )


def _escalated(case: Case, on: Target) -> Sequence[Element]:
    edit = [button("Edit draft", ids.EDIT, on)] if reading.proposed(case) else []
    more = kit.overflow(on, [("Escalate again", ids.ESCALATE), _ASK, _SNOOZE, _RESOLVE, _OTHERS])
    if case.conversation.assignee:
        return (button("Reply", ids.REPLY, on, "primary"), *edit, take(case, on), more)
    return (take(case, on, "primary"), button("Reply", ids.REPLY, on), *edit, more)


def _answered(case: Case, on: Target) -> Sequence[Element]:
    delivery = reading.sent(case)
    if delivery is None or delivery.sender is Sender.AGENT:
        more = kit.overflow(on, [_SNOOZE, _OTHERS])
        return (button("Reply again", ids.REPLY, on), button("Resolve", ids.RESOLVE, on), more)
    if case.verdict is None:
        return (
            button("Good answer", ids.GOOD, on),
            button("Wrong answer", ids.WRONG, on),
            take(case, on),
            kit.overflow(on, [_MYSELF, _SNOOZE, _RESOLVE, _OTHERS]),
        )
    if case.verdict.good:
        return (
            button("Resolve", ids.RESOLVE, on, "primary"),
            button("Reply", ids.REPLY, on),
            take(case, on),
        )
    return (button("Reply", ids.REPLY, on, "primary"), _escalate(on), take(case, on))


def _undelivered(case: Case, on: Target) -> Sequence[Element]:
    more = kit.overflow(on, [("Escalate", ids.ESCALATE), _SNOOZE, _RESOLVE, _OTHERS])
    other_words = button("Reply in other words", ids.REPLY, on)
    delivery = reading.stuck(case)
    if delivery is not None and delivery.state is not DeliveryState.UNKNOWN:
        return (button("Send again", ids.RESEND, on, "primary"), other_words, take(case, on), more)
    return (
        button("It went out", ids.WENT_OUT, on, "primary"),
        button("Send again", ids.RESEND, on, confirm=_TWICE),
        other_words,
        more,
    )


def _held(case: Case, on: Target) -> Sequence[Element]:
    codes = {r.code for r in case.decision.reasons} if case.decision else set()
    if case.blocked:
        return (button("Unblock", ids.UNBLOCK, on), button("Resolve", ids.RESOLVE, on))
    if codes & _NOT_TO_ANSWER:
        return (
            button("Resolve", ids.RESOLVE, on, "primary"),
            button("Reply", ids.REPLY, on),
            take(case, on),
        )
    return _without_draft(case, on)


def _resolved(case: Case, on: Target) -> Sequence[Element]:
    if case.blocked:
        return (button("Unblock", ids.UNBLOCK, on),)
    return (button("Reply again", ids.REPLY, on), button("Reopen", ids.REOPEN, on))


def take(case: Case, on: Target, style: kit.Style | None = None) -> Element:
    """Return the button to take a conversation; what somebody has is taken over, after a question."""
    if case.owner:
        return button("Take over", ids.TAKE_OVER, on, style, confirm=_THEIRS)
    return button("Take over" if case.conversation.status is Status.ANSWERED else "Take", ids.TAKE, on, style)


def _escalate(on: Target) -> Element:
    return button("Escalate", ids.ESCALATE, on, "danger")


_ROWS: dict[Status, Callable[[Case, Target], Sequence[Element]]] = {
    Status.WORKING: _working,
    Status.WAITING: _waiting,
    Status.ESCALATED: _escalated,
    Status.ANSWERED: _answered,
    Status.UNDELIVERED: _undelivered,
    Status.HELD: _held,
    Status.RESOLVED: _resolved,
}
