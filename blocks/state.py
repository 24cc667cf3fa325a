"""The state line of a card: one emoji, one bold phrase, then why, when and who."""

from collections.abc import Callable
from datetime import datetime

from blocks import parts, reading, text
from bot.answering.secrets import hidden
from bot.core.model import Case, Channel, Closed, Delivery, DeliveryState, Draft, Sender, Status, by_people
from bot.core.speech import waits_for_words

_SHADOW = ":crescent_moon: *Shadow mode:* nothing is proposed"
_TROUBLES = {
    DeliveryState.FAILED: "Not delivered",
    DeliveryState.UNKNOWN: "Nobody knows whether it went out",
    DeliveryState.BOUNCED: "It came back",
}
_HELD = {
    "courtesy": ":wave: *No answer needed*",
    "automatic": ":robot_face: *Not answered*",
    "opted_out": ":no_entry_sign: *Opted out*",
    "opted_in": ":wave: *Opted in again*",
    "help_keyword": ":wave: *No answer needed*",
    "mode_off": ":no_entry_sign: *Switched off*",
    "blocked": ":no_entry: *Blocked sender*",
}
_CLOSED = {
    Closed.NOT_SUPPORT: (":wastebasket:", "Not a support matter", "nobody is asked for a rating"),
    Closed.SPAM: (":no_entry:", "Spam", "the sender is blocked"),
}


def state_line(case: Case, now: datetime, escalated_to: str | None = None) -> str:
    """Say where the conversation stands and who did what, when."""
    if case.merged_into is not None:
        return _merged(case, now)
    if case.conversation.snoozed_until is not None:
        return _snoozed(case, now, case.conversation.snoozed_until)
    if case.conversation.status is Status.ESCALATED:
        return _escalated(case, now, escalated_to)
    return _LINES[case.conversation.status](case, now)


def headline(case: Case) -> str:
    """Say the same in a few plain words, for notifications."""
    status = case.conversation.status
    if case.merged_into is not None:
        return "Merged"
    if case.conversation.snoozed_until is not None:
        return "Snoozed"
    if status is Status.RESOLVED and case.conversation.closed_as in _CLOSED:
        return _CLOSED[case.conversation.closed_as][1]
    if status is Status.ANSWERED:
        delivery, elsewhere = reading.sent(case), reading.answered_elsewhere(case)
        by_hand = elsewhere or (delivery and delivery.sender is Sender.AGENT)
        return "Answered" if by_hand else "Answered by itself"
    if status is Status.WORKING and reading.stoppable(case):
        return "Goes out by itself"
    stuck = reading.stuck(case)
    if status is Status.UNDELIVERED and stuck is not None and stuck.state is DeliveryState.UNKNOWN:
        return "Nobody knows whether it went out"
    return _HEADLINES[status]


def _snoozed(case: Case, now: datetime, until: datetime) -> str:
    return text.dotted(
        [
            f":zzz: *Snoozed* until {text.clock(until, now)}",
            _who_did(case, "Snoozed"),
            "escalated" if case.conversation.status is Status.ESCALATED else "",
            parts.written(case, now),
            parts.owner(case),
        ]
    )


def _who_did(case: Case, what: str) -> str:
    """Return `by <@U…>` of the newest event that begins with `what`, or nothing."""
    told = next((e.text for e in reversed(case.events) if e.text.startswith(f"{what} by")), "")
    return text.with_actor(told.split(">")[0] + ">").removeprefix(what).strip() if told else ""


def _reopened(case: Case) -> str:
    newest = case.messages[-1].created_at if case.messages else None
    since = [e for e in case.events if e.text.startswith("Reopened by")]
    fresh = bool(since) and (newest is None or since[-1].created_at >= newest)
    return f"reopened {_who_did(case, 'Reopened')}" if fresh else ""


def _working(case: Case, now: datetime) -> str:
    delivery, dead = reading.on_the_way(case), reading.dead_draft(case)
    if delivery is not None and delivery.due_at is not None and delivery.is_waiting(now):
        return f":hourglass_flowing_sand: *Goes out by itself* at {text.to_the_second(delivery.due_at)}"
    if delivery is not None:
        return text.dotted([":outbox_tray: *Sending*", _whose(delivery)])
    if waits_for_words(case.unanswered, now):
        return text.dotted(
            [":studio_microphone: *On the phone:* more words are to come", parts.written(case, now)]
        )
    if dead is not None:
        return f"{_is_dead(case, dead, now)} A new one is being written."
    return text.dotted([":writing_hand: *Drafting an answer*", parts.written(case, now)])


def _is_dead(case: Case, draft: Draft, now: datetime) -> str:
    label = reading.draft_label(draft).capitalize()
    return f":leftwards_arrow_with_hook: *{label} is dead:* {_wrote_again(case, now)} before anyone sent it."


def _waiting(case: Case, now: datetime) -> str:
    assignee = case.conversation.assignee
    draft = case.current_draft
    return text.dotted(
        [
            ":hourglass_flowing_sand: "
            + (f"*Waiting for* {text.person(assignee)}" if assignee else "*Waiting for you*"),
            _reopened(case) or parts.reasons(case),
            _again(case, now) or parts.written(case, now),
            reading.draft_label(draft)
            if draft and draft.proposal.text and reading.is_worth_numbering(case, draft)
            else "",
        ]
    )


def _again(case: Case, now: datetime) -> str:
    if not reading.wrote_again(case):
        return ""
    dead = ": what was drafted before is dead" if reading.draft_died(case) else ""
    return f"{_wrote_again(case, now)}{dead}"


def _wrote_again(case: Case, now: datetime) -> str:
    did = "called" if case.conversation.channel is Channel.PHONE else "wrote"
    name = text.escape(reading.first_name(case))
    return f"{name[:1].upper()}{name[1:]} {did} again at {parts.wrote_at(case, now)}"


def _escalated(case: Case, now: datetime, to: str | None) -> str:
    decision = reading.escalation(case)
    reasons = [r for r in decision.reasons if r.code != "shadow"] if decision else []
    by = f" by {text.person(decision.actor)}" if decision and decision.actor else ""
    return text.dotted(
        [
            f":rotating_light: *Escalated*{by}",
            *(text.escape(text.cut(hidden(r.text), 600)) for r in reasons),
            f"to <#{to}>" if to else "",
            _reopened(case),
            parts.written(case, now),
            parts.owner(case),
            _SHADOW if reading.in_shadow(case) else "",
        ]
    )


def _answered(case: Case, now: datetime) -> str:
    elsewhere = reading.answered_elsewhere(case)
    if elsewhere is not None:
        where = text.escape(str(elsewhere.metadata["written_in"]).capitalize())
        who, when = text.person(elsewhere.author), text.clock(elsewhere.created_at, now)
        return f":white_check_mark: *Answered by* {who} in {where} {when}"
    delivery = reading.sent(case)
    if delivery is None:
        return ":white_check_mark: *Answered*"
    took = _took(case, delivery)
    when = f"{f' after {took},' if took else ''} {text.clock(delivery.updated_at, now)}"
    if delivery.sender is Sender.AGENT:
        return text.dotted(
            [
                f":white_check_mark: *Sent by* {text.person(delivery.author)}{when}",
                _how(case, delivery),
                _copied(delivery),
                _arrived(delivery),
            ]
        )
    again = f"sent again by {text.person(delivery.author)}" if delivery.author else ""
    decision = reading.decision_of(case, delivery)
    picked = decision is not None and any(r.code == "audit_sample" for r in decision.reasons)
    check = "picked for a quality check: was it good?" if picked and case.verdict is None else ""
    return text.dotted(
        [f":white_check_mark: *Answered by itself*{when}", _arrived(delivery), again, check, _verdict(case)]
    )


def _copied(delivery: Delivery) -> str:
    """Say who got a copy, and who did not."""
    got = tuple(one for one in delivery.cc if one not in delivery.uncopied)
    said = [f"copy to {parts.names(got)}" if got else ""]
    said.append(f":warning: *no copy to* {parts.names(delivery.uncopied)}" if delivery.uncopied else "")
    return text.dotted(said)


def _arrived(delivery: Delivery) -> str:
    return "delivered" if delivery.delivered_at is not None else ""


def _took(case: Case, delivery: Delivery) -> str:
    asked = by_people(m for m in case.messages if m.sender is Sender.CUSTOMER and m.turn <= delivery.turn)
    return text.span(delivery.updated_at - asked[-1].created_at) if asked else ""


def _how(case: Case, delivery: Delivery) -> str:
    if reading.edited(case, delivery):
        return "edited"
    return "as drafted" if reading.draft_of(case, delivery) else "in their own words"


def _verdict(case: Case) -> str:
    verdict = case.verdict
    if verdict is None:
        return ""
    mark = ":thumbsup: *good*" if verdict.good else ":thumbsdown: *wrong*"
    return f"{mark}, says {text.person(verdict.actor)}"


def _undelivered(case: Case, now: datetime) -> str:
    delivery = reading.stuck(case)
    if delivery is None:
        return ":warning: *Not delivered*"
    what = _trouble(delivery)
    error = text.escape(text.cut(delivery.error, 600)).rstrip(".") or "no reason was given"
    when = f"{_whose(delivery)}, {text.clock(delivery.updated_at, now)}"
    return text.dotted([f":warning: *{what}:* {error}.", when])


def _trouble(delivery: Delivery) -> str:
    """Name what went wrong; of texts and calls nothing comes back, they just do not arrive."""
    if delivery.state is DeliveryState.BOUNCED and delivery.channel in (Channel.SMS, Channel.PHONE):
        return "Sent, but not delivered"
    return _TROUBLES[delivery.state]


def _whose(delivery: Delivery) -> str:
    return f"answer of {text.person(delivery.author)}" if delivery.author else "by itself"


def _held(case: Case, now: datetime) -> str:
    return text.dotted([*_why_held(case), parts.written(case, now), parts.owner(case)])


def _why_held(case: Case) -> tuple[str, ...]:
    if reading.in_shadow(case):
        return (_SHADOW,)  # What it would have done, and why, is left out: that would be a proposal.
    codes = [r.code for r in case.decision.reasons] if case.decision else []
    phrase = next((_HELD[code] for code in codes if code in _HELD), ":pause_button: *Held*")
    return phrase, parts.reasons(case)


def _merged(case: Case, now: datetime) -> str:
    told = next((e.text for e in reversed(case.events) if e.text.startswith("Merged")), "Merged")
    rest = text.cut_marked(text.with_actor(told).removeprefix("Merged"), 400)
    when = text.clock(case.conversation.updated_at, now)
    return text.dotted([f":twisted_rightwards_arrows: *Merged*{rest}".rstrip(), when])


def _resolved(case: Case, now: datetime) -> str:
    if case.conversation.closed_as in _CLOSED:
        mark, words, more = _CLOSED[case.conversation.closed_as]
        when = text.clock(case.conversation.updated_at, now)
        return text.dotted([f"{mark} *{words}*", more, _who_did(case, "Closed"), when])
    told = next((e.text for e in reversed(case.events) if e.text.startswith("Resolved")), "Resolved")
    rest = text.with_actor(told).removeprefix("Resolved")
    when = text.clock(case.conversation.updated_at, now)
    return text.dotted([f":ballot_box_with_check: *Resolved*{rest}".rstrip(), when, _verdict(case)])


_LINES: dict[Status, Callable[[Case, datetime], str]] = {
    Status.WORKING: _working,
    Status.WAITING: _waiting,
    Status.ANSWERED: _answered,
    Status.UNDELIVERED: _undelivered,
    Status.HELD: _held,
    Status.RESOLVED: _resolved,
}
_HEADLINES = {
    Status.WORKING: "New",
    Status.WAITING: "Waiting for you",
    Status.ESCALATED: "Escalated",
    Status.UNDELIVERED: "Not delivered",
    Status.HELD: "Held",
    Status.RESOLVED: "Resolved",
}
