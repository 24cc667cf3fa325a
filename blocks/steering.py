"""The windows in which managers change a setting; what is typed is read as the command of the same name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block

from blocks import ids, kit, parts, text
from bot.core.model import Channel, Mode, Rules
from bot.core.policy import percent

EVERYWHERE = "all"
_MODES = (
    ("off: does nothing", Mode.OFF.value),
    ("shadow: only records what it would do", Mode.SHADOW.value),
    ("assist: drafts, a person sends", Mode.ASSIST.value),
    ("auto: sends what is sure enough", Mode.AUTO.value),
)
_PAUSES = (("pause: every answer waits for a person", "pause"), ("resume: answers go out again", "resume"))


@dataclass(frozen=True)
class Kind:
    """One setting: its command (with `where` and `value` in it), its field of `Rules`, and how it is asked for."""

    command: str
    field: str
    title: str
    label: str
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()


KINDS: Mapping[str, Kind] = {
    ids.SET_THRESHOLD: Kind(
        "threshold {where} {value}",
        "auto_above",
        "Threshold",
        "Answers go out by themselves from",
        "For example 90%.",
    ),
    ids.SET_MODE: Kind("mode {where} {value}", "mode", "Mode", "How far it goes by itself", choices=_MODES),
    ids.SET_ROLLOUT: Kind(
        "rollout {where} {value}",
        "rollout",
        "Rollout",
        "Share of conversations answered by themselves",
        "For example 10%.",
    ),
    "paused": Kind("{value} {where}", "paused", "Pause", "Automatic answers", choices=_PAUSES),
    "risk": Kind(
        "risk {where} {value}",
        "risk",
        "Risk",
        "At most so many automatic answers may be wrong",
        "For example 2%; the threshold follows from your agents' verdicts.",
    ),
    "floor": Kind(
        "floor {where} {value}",
        "escalate_below",
        "Floor",
        "Drafts go to the people who decide below",
        "For example 60%.",
    ),
    "check": Kind(
        "check {where} {value}",
        "audit_share",
        "Checks",
        "Share of automatic answers shown for a check",
        "For example 10%.",
    ),
    "undo": Kind(
        "undo {where} {value}",
        "undo",
        "Time to stop",
        "Seconds in which an automatic answer can be stopped",
        "For example 30; 0 sends at once.",
    ),
    "exchanges": Kind(
        "rules {where} exchanges {value}",
        "exchanges",
        "Exchanges",
        "Messages of a customer before a person answers",
        "For example 5.",
    ),
    "in_a_row": Kind(
        "rules {where} in-a-row {value}",
        "in_a_row",
        "Answers in a row",
        "Automatic answers one after the other",
        "For example 2.",
    ),
    "per_hour": Kind(
        "rules {where} per-hour {value}",
        "per_hour",
        "Answers an hour",
        "Automatic answers an hour to one customer",
        "For example 30.",
    ),
    "wrong": Kind(
        "bounds {where} wrong {value}",
        "wrong",
        "Bound: wrong",
        "Back to people when checked answers are wrong above",
        "For example 10%, or off.",
    ),
    "reopened": Kind(
        "bounds {where} reopened {value}",
        "reopened",
        "Bound: reopened",
        "Back to people when customers come back above",
        "For example 25%, or off.",
    ),
    "satisfied": Kind(
        "bounds {where} csat {value}",
        "satisfied",
        "Bound: ratings",
        "Back to people when satisfied customers fall below",
        "For example 50%, or off.",
    ),
}
_BUTTONS = (ids.SET_THRESHOLD, ids.SET_MODE, ids.SET_ROLLOUT)
MORE = tuple((kind.title, name) for name, kind in KINDS.items() if name not in _BUTTONS)


def chosen(action: Mapping[str, Any]) -> str:
    """Return which setting a button, or an entry of the menu, is about."""
    picked = (action.get("selected_option") or {}).get("value")
    return str(picked or action.get("action_id"))


def setting(name: str, rules: Mapping[Channel, Rules]) -> kit.Json:
    """Return the window for one setting; it remembers what is in force, to notice when somebody else changes it."""
    kind = KINDS[name]
    channels = [(parts.channel_word(one), one.value) for one in rules]
    value: Block = (
        kit.select_input(ids.VALUE, ids.VALUE, kind.label, kind.choices, optional=False)
        if kind.choices
        else kit.line_input(ids.VALUE, ids.VALUE, kind.label, kind.hint)
    )
    words = {parts.channel_word(one): _worded(rule, kind) for one, rule in rules.items()}
    now = text.dotted(f"{channel}: *{word}*" for channel, word in words.items())
    if len(set(words.values())) == 1:
        now = f"*{next(iter(words.values()))}* everywhere"
    return kit.modal(
        kind.title,
        [
            kit.context("now", f"Now: {now}"),
            kit.select_input(
                ids.CHANNEL, ids.CHANNEL, "Where", [*channels, ("everywhere", EVERYWHERE)], optional=False
            ),
            value,
        ],
        callback_id=ids.SETTING_MODAL,
        submit="Change",
        metadata=json.dumps({"setting": name, "shown": in_force(name, rules)}),
    )


def in_force(name: str, rules: Mapping[Channel, Rules]) -> dict[str, Any]:
    """Return what is set on each channel, as a window remembers it."""
    return {channel.value: getattr(rule, KINDS[name].field) for channel, rule in rules.items()}


def changed_meanwhile(metadata: str, channel: str, rules: Mapping[Channel, Rules]) -> str:
    """Return a sentence when somebody changed on this channel what the window shows; else nothing."""
    said = json.loads(metadata)
    now, shown = in_force(said["setting"], rules), said["shown"]
    moved = [one for one in now if channel in (one, EVERYWHERE) and now[one] != shown.get(one)]
    if not moved:
        return ""
    kind = KINDS[said["setting"]]
    words = ", ".join(f"{one} is {_worded(rules[Channel(one)], kind)} now" for one in moved)
    return f"Somebody changed this meanwhile: {words}. Open the window again to change it once more."


def typed_setting(state: Mapping[str, Any]) -> tuple[str, str]:
    """Read from the window where, and what."""
    where = state.get(ids.CHANNEL, {}).get(ids.CHANNEL, {}).get("selected_option") or {}
    field = state.get(ids.VALUE, {}).get(ids.VALUE, {})
    picked = (field.get("selected_option") or {}).get("value")
    return str(where.get("value") or EVERYWHERE), str(picked or field.get("value") or "").strip()


def command_of(name: str, where: str, value: str) -> str:
    """Return the command that says the same as the window."""
    return KINDS[name].command.format(where=where, value=value)


def _worded(rule: Rules, kind: Kind) -> str:
    value = getattr(rule, kind.field)
    if kind.field == "paused":
        return "paused" if value else "running"
    if value is None:
        return "off"
    return percent(value) if isinstance(value, float) else str(value)
