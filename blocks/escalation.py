"""The post in the Slack channel for escalations: everything the next person needs, without scrolling elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slackblocks import Block

from blocks import attached, buttons, ids, kit, parts, reading, text
from blocks.pressing import pressing
from blocks.state import state_line
from bot.answering.handover import handover
from bot.answering.secrets import hidden
from bot.core.model import Case, Closed, Message, Sender, Status
from bot.core.policy import percent
from bot.core.speech import to_quote

_WORDS_PARTS = 4
_TALK = 8
_TALK_LINE = 300
_WAY_BACK = "back"


def escalation_post(case: Case, *, now: datetime, thread: str) -> tuple[str, list[kit.Json]]:
    """Return the notification text and the blocks; `thread` is the mrkdwn that leads back to the conversation."""
    blocks = [
        kit.header("what", reading.subject(case)),
        *parts.who(case),
        kit.divider("line"),
        kit.context("state", state_line(_once_answered(case), now)),
        *pressing(case, now),
        *_asked(case),
        *_handover(case),
        *_draft(case),
        *_talk(case),
        _way_back(thread),
        *_buttons(case),
    ]
    name = reading.customer_name(case)
    return text.escape(f"Escalated: {reading.subject(case)} ({name})"), kit.message(blocks)


def _once_answered(case: Case) -> Case:
    """Return the case as it was before it was closed, where it was answered: an answer ends an escalation.

    That it arrived, its card says.
    """
    case = replace(case, deliveries=tuple(replace(d, delivered_at=None) for d in case.deliveries))
    closed = case.conversation.status is Status.RESOLVED and case.conversation.closed_as is Closed.USUAL
    if not closed or reading.received(case) is None:
        return case
    return replace(case, conversation=replace(case.conversation, status=Status.ANSWERED))


def _asked(case: Case) -> list[Block]:
    asked = reading.question(case)
    said = [p for m in to_quote(asked) for p in text.quoted(reading.said(m), text.SECTION_MAX - 100)]
    blocks = kit.sections("words", said[:_WORDS_PARTS] or ["> _(empty message)_"])
    if len(said) > _WORDS_PARTS:
        blocks.append(kit.context("words-cut", "_Cut here; the conversation's thread has every word._"))
    return [*blocks, *parts.strangers(case, asked), *attached.files(asked), *attached.call(asked)]


def _handover(case: Case) -> list[Block]:
    """Sum up for whoever takes over; each line says where it is taken from."""
    if case.conversation.status is not Status.ESCALATED:
        return []
    lines = [
        f"*{line.about}:* {text.escape(hidden(line.text))} _({text.escape(line.origin)})_"
        for line in handover(case)
    ]
    return [kit.context("handover", "\n".join(lines))] if lines else []


def _draft(case: Case) -> list[Block]:
    if case.conversation.status is not Status.ESCALATED:
        return []
    draft = reading.proposed(case)
    if draft is None:
        return parts.received(case)
    sure = percent(draft.proposal.confidence)
    return [
        kit.context("kept_back", f"_Draft, kept back ({sure} sure)_"),
        *parts.answer("answer", draft.proposal.text),
    ]


def _talk(case: Case) -> list[Block]:
    asked = {m.id for m in reading.question(case)}
    before = [m for m in reading.talk(case) if m.id not in asked][-_TALK:]
    lines = [
        f"*{_speaker(case, m)}:* {text.escape(text.cut(text.one_line(reading.said(m)), _TALK_LINE))}"
        for m in before
    ]
    return [kit.context(f"talk-{n}", line) for n, line in enumerate(["*So far*", *lines], 1)] if lines else []


def _speaker(case: Case, message: Message) -> str:
    if message.sender is Sender.CUSTOMER:
        name = reading.stranger(case, message) or reading.customer_name(case)
        return text.escape(name).replace("*", "∗")
    return text.person(message.author) if message.sender is Sender.AGENT else "threadpilot"


def _buttons(case: Case) -> list[Block]:
    if case.conversation.status is not Status.ESCALATED:
        return []
    on = buttons.target(case)
    approve = [kit.button("Approve & send", ids.APPROVE, on)] if reading.proposed(case) else []
    reject = kit.button("Hand back …", ids.HAND_BACK, on)
    return [
        kit.actions(
            "do", [buttons.take(case, on, "primary"), *approve, kit.button("Reply", ids.REPLY, on), reject]
        )
    ]


def with_way_back(blocks: Sequence[Mapping[str, Any]], thread: str) -> list[Mapping[str, Any]]:
    """Return the blocks of an escalation post with a better way back to the conversation."""
    (way_back,) = kit.message([_way_back(thread)])
    return [way_back if block.get("block_id") == _WAY_BACK else block for block in blocks]


def _way_back(thread: str) -> Block:
    return kit.context(_WAY_BACK, f"The whole conversation: {thread}")
