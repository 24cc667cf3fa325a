"""The windows that ask for a little: how to draft anew, why a draft is rejected, until when to sleep, whom to ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slackblocks import Block

from blocks import ids, kit, owned, parts, reading, text
from blocks.ids import Target
from bot.core.model import Case, Channel, Message, Sender, Status

_HINTS = ("Shorter", "Friendlier", "More detail", "More formal", "In German", "In French", "In Spanish")
_WRONG = ("A fact is wrong", "It misses the question", "The article is out of date", "The tone is wrong")
# What stands in the list at first: whoever only writes need not choose.
_WRITTEN = ("What I write below", "written")
_MOST_WORDS = 250  # With what was chosen before them they are within what a wish or a reason may be.
_PRESETS = {
    "1h": ("In 1 hour", timedelta(hours=1)),
    "3h": ("In 3 hours", timedelta(hours=3)),
    "1d": ("In 1 day", timedelta(days=1)),
    "3d": ("In 3 days", timedelta(days=3)),
    "7d": ("In a week", timedelta(days=7)),
}
_USUAL_PRESET = "1d"
_PART = 2900
_MOST_PARTS, _MOST_ANSWER = 60, 30
_MOVABLE = {Status.WAITING, Status.ESCALATED, Status.ANSWERED, Status.HELD}
_OPEN = {Status.WAITING, Status.ESCALATED, Status.HELD, Status.UNDELIVERED}


def regenerate(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks how the next draft should be."""
    hint = "For example: offer a call back. The facts still come from the articles alone."
    return kit.modal(
        "Draft anew",
        [*owned.told(owner), *_chosen_or_written(ids.QUICK_HINT, "How should it be?", _HINTS, hint)],
        callback_id=ids.REGENERATE_MODAL,
        submit="Draft anew",
        metadata=on.encode(),
    )


def reject(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks what is wrong with a draft."""
    return kit.modal(
        "Reject the draft",
        [
            *owned.told(owner),
            *_chosen_or_written(ids.QUICK_REASON, "What is wrong with it?", _WRONG),
            kit.context("learns", "_threadpilot learns from it; the customer hears nothing of it._"),
        ],
        callback_id=ids.REJECT_MODAL,
        submit="Reject",
        metadata=on.encode(),
    )


def _chosen_or_written(name: str, question: str, choices: Sequence[str], hint: str = "") -> list[Block]:
    """Return a list to choose from and a line to write in: either is enough."""
    listed = [_WRITTEN, *((choice, choice) for choice in choices)]
    words = kit.text_input(
        ids.HINT,
        ids.HINT,
        "In your words",
        hint=hint,
        optional=True,
        focus=True,
        multiline=False,
        longest=_MOST_WORDS,
    )
    return [kit.select_input(name, name, question, listed, optional=False, initial=_WRITTEN[1]), words]


def typed_hint(state: Mapping[str, Any], choice: str) -> str:
    """Read one of these two windows back: what was chosen from the list `choice`, and what was typed."""
    option = state.get(choice, {}).get(choice, {}).get("selected_option") or {}
    value = str(option.get("value") or "")
    picked = value if value != _WRITTEN[1] else ""
    typed = (state.get(ids.HINT, {}).get(ids.HINT, {}).get("value") or "").strip()
    return ": ".join(filter(None, (picked, typed)))


def snooze(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks until when a conversation sleeps; what counts is what it shows."""
    choices = [(label, code) for code, (label, _) in _PRESETS.items()]
    return kit.modal(
        "Snooze",
        [
            *owned.told(owner),
            kit.select_input(
                ids.UNTIL, ids.UNTIL, "Bring it back", choices, optional=False, initial=_USUAL_PRESET
            ),
            kit.moment_input(ids.UNTIL_AT, ids.UNTIL_AT, "Or rather at a moment of your choice"),
            kit.context("wakes", "_A new message from the customer brings it back at once._"),
        ],
        callback_id=ids.SNOOZE_MODAL,
        submit="Snooze",
        metadata=on.encode(),
    )


def chosen_moment(state: Mapping[str, Any], now: datetime) -> datetime | None:
    """Read until when; a moment that was picked counts before the list, which always shows something."""
    at = state.get(ids.UNTIL_AT, {}).get(ids.UNTIL_AT, {}).get("selected_date_time")
    if isinstance(at, int):
        return datetime.fromtimestamp(at, now.tzinfo)
    picked = state.get(ids.UNTIL, {}).get(ids.UNTIL, {}).get("selected_option") or {}
    preset = _PRESETS.get(str(picked.get("value")))
    return now + preset[1] if preset is not None else None


def ask(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks whom to ask, and what."""
    return kit.modal(
        "Ask a colleague",
        [
            *owned.told(owner),
            kit.user_input(ids.COLLEAGUE, ids.COLLEAGUE, "Whom?"),
            kit.text_input(
                ids.QUESTION, ids.QUESTION, "What do you want to know?", hint="They are told in the thread."
            ),
        ],
        callback_id=ids.ASK_MODAL,
        submit="Ask",
        metadata=on.encode(),
    )


def asked(state: Mapping[str, Any]) -> tuple[str, str]:
    """Read from the window whom to ask, and what."""
    who = state.get(ids.COLLEAGUE, {}).get(ids.COLLEAGUE, {}).get("selected_user") or ""
    return str(who), str(state.get(ids.QUESTION, {}).get(ids.QUESTION, {}).get("value") or "")


def others(case: Case, on: Target, owner: str = "") -> kit.Json:
    """Return the window with everything that can be done with a conversation, each with what it does."""
    name = text.cut_marked(parts.bold(reading.subject(case)), 300)
    blocks = [*owned.told(owner), kit.context("about", name), *(_row(row, on) for row in _rows(case))]
    return kit.modal("What else?", blocks, callback_id=ids.NOTICE_MODAL)


_Row = tuple[str, str, str, str]  # Action id, label, what it does, what to confirm.


def _row(row: _Row, on: Target) -> Block:
    action, label, does, confirm = row
    return kit.with_button(f"row-{action}", does, label, action, on.encode(), confirm)


def _rows(case: Case) -> list[_Row]:
    talk = case.conversation
    rows: list[_Row] = [(ids.REPLY, "Reply", "Write an answer in your own words", "")]
    if talk.status in _OPEN:
        rows.append((ids.REGENERATE, "Draft anew", "Another draft: shorter, friendlier, in German …", ""))
        if reading.proposed(case) is not None:
            rows.append((ids.REJECT, "Reject", "Take the draft away, and say what is wrong with it", ""))
    rows.append((ids.ASK, "Ask", "Ask a colleague in the thread", ""))
    if talk.status is Status.RESOLVED:
        return [*rows, (ids.REOPEN, "Reopen", "Let it wait for a person again", "")]
    if talk.status is not Status.WORKING:
        rows.append((ids.SNOOZE, "Snooze", "Put it off until later", ""))
    if talk.channel is not Channel.ZENDESK and talk.status in _MOVABLE:
        rows.append((ids.MERGE, "Merge", "Let it go on in another conversation", ""))
        if reading.splittable(case):
            rows.append((ids.SPLIT, "Split", "Begin a conversation of its own with a later message", ""))
    return [*rows, *_closing()]


def _closing() -> list[_Row]:
    block = "Nothing that they write will be answered. It is kept, and anybody can unblock them."
    return [
        (ids.RESOLVE, "Resolve", "Close it: this is dealt with", ""),
        (ids.NOT_SUPPORT, "Not support", "Close what does not belong here; nobody is asked for a rating", ""),
        (ids.BLOCK, "Block sender", "Close it as spam, and answer nothing that they write", block),
    ]


def everything(case: Case) -> kit.Json:
    """Return the window with the customer's newest words in full, and the answer that is proposed or was given."""
    said = [block for n, m in enumerate(reading.question(case), 1) for block in _whole(f"words-{n}", m)]
    draft, sent = reading.proposed(case), reading.sent(case)
    answer = draft.proposal.text if draft is not None else sent.text if sent is not None else ""
    label = "*The draft*" if draft is not None else "*The answer*"
    told = [kit.context("told", label), *kit.sections("answer", text.pieces(answer, _PART))] if answer else []
    cut = [kit.context("cut", "_Cut here; the thread has the rest._")]
    blocks = [
        *said[:_MOST_PARTS],
        *(cut if len(said) > _MOST_PARTS else []),
        kit.divider("line"),
        *told[:_MOST_ANSWER],
    ]
    return kit.modal("Everything they wrote", blocks, callback_id=ids.NOTICE_MODAL)


def _whole(name: str, message: Message) -> list[Block]:
    who = "They" if message.sender is Sender.CUSTOMER else "We"
    title = kit.context(f"{name}-at", f"{who} wrote {text.clock(message.created_at)}")
    return [title, *kit.sections(name, text.quoted(reading.said(message), _PART) or ["> _(empty message)_"])]
