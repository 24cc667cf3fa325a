"""The windows of teamwork: hand a conversation to somebody, and hand an escalation back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks import ids, kit, owned
from blocks.ids import Target
from bot.core.model import Case
from bot.core.priority import Priority

_BY_RULES = "by_rules"
_PRIORITIES = [
    ("By the rules", _BY_RULES),
    ("High", Priority.HIGH.value),
    ("Normal", Priority.NORMAL.value),
]


@dataclass(frozen=True)
class Handed:
    """What was chosen; `assignee` is None when nobody was."""

    assignee: str | None
    priority: Priority | None
    follow: bool


def assign(case: Case, on: Target, me: str) -> kit.Json:
    """Return the window in which somebody says who has a conversation, how urgent it is, and that they follow it."""
    follow = "Mention me when something here is late"
    return kit.modal(
        "Assign and follow",
        [
            *owned.told(owned.theirs(case, me)),
            kit.user_input(
                ids.ASSIGNEE,
                ids.ASSIGNEE,
                "Who has it?",
                initial=case.conversation.assignee,
                optional=True,
            ),
            kit.select_input(
                ids.PRIORITY,
                ids.PRIORITY,
                "How urgent is it?",
                _PRIORITIES,
                optional=False,
                initial=case.priority or _BY_RULES,
            ),
            kit.tick_box(ids.FOLLOW, ids.FOLLOW, "Follow", follow, ticked=me in case.followers),
        ],
        callback_id=ids.ASSIGN_MODAL,
        submit="Save",
        metadata=on.encode(),
    )


def chosen(state: Mapping[str, Any]) -> Handed:
    """Read that window back."""
    who = state.get(ids.ASSIGNEE, {}).get(ids.ASSIGNEE, {}).get("selected_user")
    urgent = state.get(ids.PRIORITY, {}).get(ids.PRIORITY, {}).get("selected_option") or {}
    ticked = state.get(ids.FOLLOW, {}).get(ids.FOLLOW, {}).get("selected_options") or ()
    value = urgent.get("value", _BY_RULES)
    return Handed(who or None, Priority(value) if value in set(Priority) else None, bool(ticked))


def shown_assignee(view: Mapping[str, Any]) -> str | None:
    """Return who had the conversation when the window was opened."""
    fields = (b["element"] for b in view.get("blocks") or () if b.get("block_id") == ids.ASSIGNEE)
    return next((field.get("initial_user") for field in fields), None)


def hand_back(on: Target, owner: str = "") -> kit.Json:
    """Return the window that asks why an escalation goes back to the agents."""
    return kit.modal(
        "Hand back",
        [
            *owned.told(owner),
            kit.text_input(
                ids.REASON,
                ids.REASON,
                "Why, and what should the agents do?",
                hint="It waits for an agent again, who reads this first. The customer is told nothing.",
                focus=True,
            ),
        ],
        callback_id=ids.HAND_BACK_MODAL,
        submit="Hand back",
        metadata=on.encode(),
    )
