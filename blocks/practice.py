"""The practice conversation: a card like a real one, of a customer who does not exist.

It lives in a window alone. Its buttons carry the number of a lesson and no conversation, so whatever is pressed,
nothing can be found that could be sent to anybody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from blocks import ids, kit
from blocks.card import root_card
from bot.core.model import (
    Action,
    Case,
    Channel,
    Conversation,
    Customer,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Evidence,
    Message,
    Proposal,
    Reason,
    Sender,
    Source,
    Status,
)

_ID = "practice"
_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_NOW = _AT + timedelta(minutes=3)
_YOU = "you"
_RIGHT = "Hi Ada,\n\nyou can send unused items back within 60 days [1].\n\nBest regards"


@dataclass(frozen=True)
class Lesson:
    """One exercise: the card, what to do about it, which button that is, and what it did."""

    case: Case
    task: str
    button: str
    label: str
    done: str
    after: Case


def _asked(subject: str, text: str, answer: str, confidence: float, *evidence: Evidence) -> Case:
    customer = Customer(_ID, Channel.EMAIL, "ada@practice.example", "Ada Practice", "A made-up company")
    talk = Conversation(
        _ID, _ID, Channel.EMAIL, customer.address, Status.WAITING, _AT, _AT, subject=subject, turn=1
    )
    source = Source(1, "returns", "Return an item", "https://help.example/returns")
    draft = Draft(_ID, _ID, 1, 1, Proposal(answer, confidence, (source,), evidence), _AT)
    unsure = Reason("confidence", f"{confidence:.0%} sure, below 90 %".replace("%", " %", 1))
    decision = Decision(_ID, _ID, 1, _ID, Action.REVIEW, (unsure,), 0.9, "practice", _AT)
    asked = Message(_ID, _ID, 1, 1, Sender.CUSTOMER, text, _AT)
    return Case(talk, customer, (asked,), draft=draft, decisions=(decision,))


def _sent(case: Case, text: str) -> Case:
    approved = Decision(
        "sent", _ID, 1, _ID, Action.SEND, (Reason("approved", "Approved"),), 0.9, "practice", _NOW, _YOU
    )
    delivery = Delivery(
        *(_ID, _ID, 1, "sent", _ID, Channel.EMAIL, case.customer.address, text, Sender.AGENT, _YOU),
        *(DeliveryState.SENT, _NOW, _NOW),
    )
    talk = replace(case.conversation, status=Status.ANSWERED)
    return replace(case, conversation=talk, decisions=(*case.decisions, approved), deliveries=(delivery,))


def _escalated(case: Case) -> Case:
    by_you = Decision(
        *("up", _ID, 1, _ID, Action.ESCALATE, (Reason("by_hand", "Wants to see a lawyer"),)),
        *(0.0, "practice", _NOW, _YOU),
    )
    talk = replace(case.conversation, status=Status.ESCALATED, escalated=True)
    return replace(case, conversation=talk, decisions=(*case.decisions, by_you))


def _right() -> Lesson:
    shoes = _asked(
        "Returning my shoes",
        "Hi, how long can I send my shoes back?",
        _RIGHT,
        0.86,
        Evidence("close to a question we know", 1.5),
        Evidence("short question", -0.4),
    )
    return Lesson(
        shoes,
        "Read the card from top to bottom: who, what they asked, the draft, how sure it is and why. "
        "This draft is right. Press *Approve & send*.",
        ids.APPROVE,
        "Approve & send",
        "A real customer would have it now. One click, and the card says who sent it and when.",
        _sent(shoes, _RIGHT),
    )


def _wrong() -> Lesson:
    wrong = "Hi Ada,\n\nthe tent has five doors and never gets wet [1].\n\nBest regards"
    tent = _asked(
        "How many doors?", "How many doors has the tent?", wrong, 0.74, Evidence("a number to check", -1.2)
    )
    return Lesson(
        tent,
        "This draft is wrong: the tent has two doors. Press *Edit*.",
        ids.EDIT,
        "Edit",
        "A window would open with the draft in it. What you type is saved as you type, you see at once when the "
        "customer writes again, and *Send* sends it in one step.",
        _sent(tent, "Hi Ada,\n\nthe tent has two doors.\n\nBest regards"),
    )


def _not_alone() -> Lesson:
    law = _asked(
        "Charged twice",
        "You charged me twice. Tomorrow I call my lawyer.",
        _RIGHT,
        0.71,
        Evidence("a legal matter", -1.8),
    )
    return Lesson(
        law,
        "Nobody should answer this alone. Press *Escalate*.",
        ids.ESCALATE,
        "Escalate",
        "You would say why in a few words, and those who decide get it with a summary.",
        _escalated(law),
    )


LESSONS = (_right(), _wrong(), _not_alone())


def lesson(number: int, hint: str = "") -> kit.Json:
    """Return the window of a lesson (from 0); `hint` says what was not right."""
    exercise = LESSONS[number]
    said = [kit.section("task", f"*{number + 1} of {len(LESSONS)}.* {exercise.task}")]
    return _window(
        [*said, *([kit.context("hint", f":point_right: {hint}")] if hint else [])], exercise.case, number
    )


def after(number: int, action: str) -> kit.Json:
    """Return the window after a button of a lesson was pressed: what it did, or what to press instead."""
    exercise = LESSONS[number]
    if action != exercise.button:
        return lesson(number, f"In earnest this would work too. For this exercise press *{exercise.label}*.")
    last = number == len(LESSONS) - 1
    on = f"{number + 1}"
    way_on = kit.with_button(
        "done",
        f":white_check_mark: *Done.* {exercise.done}",
        "Finish" if last else "Next",
        ids.PRACTICE_FINISH if last else ids.PRACTICE_NEXT,
        on,
    )
    return _window([way_on], exercise.after, number, pressable=False)


def finished() -> kit.Json:
    """Return the window at the end."""
    said = (
        ":tada: *That is all.* What you type in a conversation's thread stays with your team; only buttons send. "
        "Your queue stands on this page: press *Open* on the first entry."
    )
    return kit.modal("Practice", [kit.section("end", said)], callback_id=ids.NOTICE_MODAL)


def _window(before: Sequence[Any], case: Case, number: int, *, pressable: bool = True) -> kit.Json:
    _, card = root_card(case, threshold=0.9, now=_NOW)
    shown = [_harmless(block, number) for block in card if pressable or block["type"] != "actions"]
    made_up = kit.context("made-up", ":test_tube: *Practice.* This customer is made up; nothing is sent.")
    view = kit.modal("Practice", [made_up, *before], callback_id=ids.PRACTICE_MODAL)
    return {**view, "blocks": [*view["blocks"], {"type": "divider", "block_id": "card"}, *shown]}


def _harmless(block: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Let every control of a card carry the number of the lesson, and nothing else."""
    kept = {name: value for name, value in block.items() if name != "accessory"}
    if block["type"] != "actions":
        return kept
    pressed = [_button(element, number) for element in block["elements"] if element["type"] == "button"]
    return {**kept, "elements": pressed}


def _button(element: Mapping[str, Any], number: int) -> dict[str, Any]:
    kept = {name: value for name, value in element.items() if name != "confirm"}
    return {**kept, "action_id": f"{ids.PRACTICE}{element['action_id']}", "value": str(number)}


def pressed(action_id: str, value: str) -> tuple[str, int]:
    """Read which button of which lesson was pressed; of anything else the first lesson begins again."""
    number = int(value) if re.fullmatch(r"\d{1,2}", value) and int(value) <= len(LESSONS) else 0
    return action_id.removeprefix(ids.PRACTICE), number
