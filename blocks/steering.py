"""The windows in which managers change a setting; what is typed is read as the command of the same name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slackblocks import Block

from blocks import ids, kit, parts
from bot.core.model import Channel, Mode, Rules
from bot.core.policy import percent

EVERYWHERE = "all"


@dataclass(frozen=True)
class Kind:
    """One setting: its command, its field of `Rules`, and how it is asked for."""

    command: str
    field: str
    title: str
    label: str
    hint: str


KINDS = {
    ids.SET_THRESHOLD: Kind(
        "threshold", "auto_above", "Threshold", "Answers go out by themselves from", "For example 90%."
    ),
    ids.SET_MODE: Kind("mode", "mode", "Mode", "How far it goes by itself", ""),
    ids.SET_ROLLOUT: Kind(
        "rollout", "rollout", "Rollout", "Share of conversations answered by themselves", "For example 10%."
    ),
}
_MODES = {
    Mode.OFF: "off: does nothing",
    Mode.SHADOW: "shadow: only records what it would do",
    Mode.ASSIST: "assist: drafts, a person sends",
    Mode.AUTO: "auto: sends what is sure enough",
}


def setting(action: str, rules: Mapping[Channel, Rules]) -> kit.Json:
    """Return the window for one setting; it remembers what is in force, to notice when somebody else changes it."""
    kind = KINDS[action]
    channels = [(parts.channel_word(one), one.value) for one in rules]
    value: Block = (
        kit.select_input(
            ids.VALUE,
            ids.VALUE,
            kind.label,
            [(said, mode.value) for mode, said in _MODES.items()],
            optional=False,
        )
        if action == ids.SET_MODE
        else kit.line_input(ids.VALUE, ids.VALUE, kind.label, kind.hint)
    )
    now = "  ·  ".join(f"{parts.channel_word(one)}: *{_worded(rule, kind)}*" for one, rule in rules.items())
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
        metadata=json.dumps({"setting": action, "shown": in_force(action, rules)}),
    )


def in_force(action: str, rules: Mapping[Channel, Rules]) -> dict[str, Any]:
    """Return what is set on each channel, as a window remembers it."""
    return {channel.value: getattr(rule, KINDS[action].field) for channel, rule in rules.items()}


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


def _worded(rule: Rules, kind: Kind) -> str:
    value = getattr(rule, kind.field)
    return str(value) if kind.field == "mode" else percent(value)
