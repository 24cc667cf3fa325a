"""Every action, callback and block id, and what a button carries: one place, so that no id is typed twice.

A button's value says which state of the conversation its reader saw: conversation, turn, draft, delivery. The
services compare it with the newest state, which is how a dead button is recognised.
"""

import re
from dataclasses import dataclass
from typing import Self

from bot.core.errors import InvalidInput

APPROVE = "approve"
EDIT = "edit"
ESCALATE = "escalate"
TAKE = "take"
TAKE_OVER = "take_over"
REPLY = "reply"
RESOLVE = "resolve"
GOOD = "good"
WRONG = "wrong"
WENT_OUT = "went_out"
RESEND = "resend"
STOP = "stop"
ORIGINAL = "original"
MERGE = "merge"
UNMERGE = "unmerge"
SPLIT = "split"
DETAILS = "details"
REFRESH = "refresh"
CUSTOMER = "customer"
JOIN = "join"
PART = "part"
MORE = "more"
OTHERS = "others"
UNMASK = "unmask"
SHOW_ALL = "show_all"
REGENERATE = "regenerate"
REJECT = "reject"
SNOOZE = "snooze"
WAKE = "wake"
ASK = "ask"
REOPEN = "reopen"
NOT_SUPPORT = "not_support"
BLOCK = "block"
UNBLOCK = "unblock"
NEXT = "next"
INSERT = "insert"
MORE_ROOM = "more_room"
START_OVER = "start_over"
OPEN_CARD = "open_card"
HOME_REFRESH = "home_refresh"
BEGIN = "begin"
PRACTISE = "practise"
PRACTICE = "practice_"  # Before the action id of every button in the practice conversation.
PRACTICE_NEXT, PRACTICE_FINISH = "practice_next", "practice_finish"
SET_THRESHOLD = "set_threshold"
SET_MODE = "set_mode"
SET_ROLLOUT = "set_rollout"
SUGGESTION = "suggestion"
DECLINE_SUGGESTION = "decline_suggestion"
SET_MORE = "set_more"
DO_SETTING, DROP_SETTING = "do_setting", "drop_setting"

NEW_CONVERSATION = "new_conversation"
SEND_TO_CUSTOMER = "send_to_customer"
ASSIGN = "assign"
HAND_BACK = "hand_back"

# The entries of the overflow menu: each is also a button, and does what that does.
CHOICES = frozenset(
    {
        ASSIGN,
        REPLY,
        RESOLVE,
        ESCALATE,
        ORIGINAL,
        MERGE,
        SPLIT,
        DETAILS,
        REFRESH,
        REGENERATE,
        REJECT,
        SNOOZE,
        ASK,
        OTHERS,
        UNMASK,
    }
)

# What is done at once with a press, and asked about first where a colleague has the conversation.
DEEDS = frozenset({APPROVE, RESOLVE, NOT_SUPPORT, BLOCK})

EDIT_MODAL = "edit_answer"
ESCALATE_MODAL = "escalate_conversation"
NOTICE_MODAL = "notice"
MERGE_MODAL = "merge_conversation"
SPLIT_MODAL = "split_conversation"
JOIN_MODAL = "join_customer"
REGENERATE_MODAL = "regenerate_draft"
REJECT_MODAL = "reject_draft"
SNOOZE_MODAL = "snooze_conversation"
ASK_MODAL = "ask_colleague"
BEGIN_MODAL = "begin_conversation"
SETTING_MODAL = "change_setting"
SUGGESTION_MODAL = "accept_suggestion"
CONFIRM_MODAL = "confirm_setting"
REVIEW_MODAL = "review_answer"
IMPORT_MODAL = "import_settings"
PRACTICE_MODAL = "practice"
ASSIGN_MODAL = "assign_conversation"
HAND_BACK_MODAL = "hand_back_escalation"
ALL_THE_SAME_MODAL = "do_all_the_same"

ANSWER = "answer"
REASON = "reason"
ADDRESS = "address"
QUICK_REASON = "quick_reason"
COPIES = "copies"
MERGE_INTO = "merge_into"
SEARCH = "search"
SPLIT_AT = "split_at"
HINT = "hint"
QUICK_HINT = "quick_hint"
COLLEAGUE = "colleague"
QUESTION = "question"
UNTIL = "until"
UNTIL_AT = "until_at"
CHANNEL = "channel"
NAME = "name"
SUBJECT = "subject"
TITLE = "title"
TEXT = "text"
VALUE = "value"
ASSIGNEE = "assignee"
PRIORITY = "priority"
FOLLOW = "follow"

SHEET_EVENT = "threadpilot_sheet"

_STALE = "This button belongs to an older version of the card. Use the newest card of the conversation."
_ID = r"[0-9A-Za-z_]{1,36}"
_TARGET = re.compile(rf"({_ID})\.(\d{{1,9}})\.({_ID})?\.({_ID})?", re.ASCII)
# Where a conversation is named in a value or in what a window keeps.
TARGETS = re.compile(r"(?<![0-9a-f])([0-9a-f]{32})\.\d{1,9}\.", re.ASCII)
# What joins the parts of a long answer again: a paragraph's end, a blank inside one, or nothing inside a word.
PARAGRAPH, BLANK, NOTHING = "\n\n", " ", ""
_MARKS = {PARAGRAPH: "", BLANK: "b", NOTHING: "n"}
_JOINTS = {mark: joint for joint, mark in _MARKS.items()}
_INPUT = re.compile(rf"{ANSWER}-\d{{1,9}}-(\d{{1,3}})([bn]?)", re.ASCII)


@dataclass(frozen=True)
class Target:
    """What a button acts on, as its reader saw it."""

    conversation: str
    turn: int
    draft: str | None = None
    delivery: str | None = None

    def encode(self) -> str:
        """Write it as `conversation.turn.draft.delivery`: at most 120 characters, Slack's least is 150."""
        return f"{self.conversation}.{self.turn}.{self.draft or ''}.{self.delivery or ''}"

    @classmethod
    def decode(cls, value: object) -> Self:
        """Read what `encode` wrote; anything else is InvalidInput, for it came from outside."""
        found = _TARGET.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise InvalidInput(_STALE)
        conversation, turn, draft, delivery = found.groups()
        return cls(conversation, int(turn), draft, delivery)


def encode_choice(choice: str, target: Target) -> str:
    """Write the value of an entry of the overflow menu: its action id and its target."""
    return f"{choice}:{target.encode()}"


def decode_choice(value: object) -> tuple[str, Target]:
    """Read what `encode_choice` wrote."""
    return _one_of(CHOICES, value)


def encode_deed(deed: str, owner: str, target: Target) -> str:
    """Write what a window asks about: one of the DEEDS, the colleague over whom it is done, and its target."""
    return f"{owner}:{encode_choice(deed, target)}"


def decode_deed(value: object) -> tuple[str, str, Target]:
    """Read what `encode_deed` wrote."""
    owner, _, choice = value.partition(":") if isinstance(value, str) else ("", "", "")
    deed, target = _one_of(DEEDS, choice)
    return deed, owner, target


def _one_of(known: frozenset[str], value: object) -> tuple[str, Target]:
    choice, _, target = value.partition(":") if isinstance(value, str) else ("", "", "")
    if choice not in known:
        raise InvalidInput(_STALE)
    return choice, Target.decode(target)


def encode_customer(customer_id: str, target: Target) -> str:
    """Write the value of a button that is about one of a customer's addresses."""
    return f"{customer_id}:{target.encode()}"


def decode_customer(value: object) -> tuple[str, Target]:
    """Read what `encode_customer` wrote."""
    customer_id, _, target = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not re.fullmatch(_ID, customer_id):
        raise InvalidInput(_STALE)
    return customer_id, Target.decode(target)


def answer_input(turn: int, number: int, joint: str = PARAGRAPH) -> str:
    """Return the block id of one input of the edit modal; `joint` is what stands between it and the one before.

    The turn is part of it: Slack ignores a new initial value under an old block id.
    """
    return f"{ANSWER}-{turn}-{number}{_MARKS[joint]}"


def answer_input_place(block_id: str) -> tuple[int, str] | None:
    """Return the number of an input of the edit modal and its joint, or None for another block."""
    found = _INPUT.fullmatch(block_id)
    return (int(found[1]), _JOINTS[found[2]]) if found else None
