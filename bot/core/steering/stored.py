"""What is kept as settings: whether a value is possible for its key. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.insights import digest
from bot.core.model import Channel
from bot.core.places import check_place, is_place
from bot.core.steering.experiments import channel_of, parse
from bot.core.steering.knobs import EVERYWHERE, KNOBS, UNREADABLE, check_everywhere, checked, split
from bot.core.steering.reviews import AGENTS_KEY
from bot.core.teamwork.rules import is_ours, team_rules


def problem(key: str, value: Any) -> str:
    """Return what is wrong with a value, "" for nothing, or where nobody here knows the key."""
    try:
        _check(key, value)
    except InvalidInput as error:
        return f"{key}: {error}"
    except UNREADABLE:
        return f"{key}: that value cannot be read."
    return ""


def _check(key: str, value: Any) -> None:
    name, channel = split(key)
    if channel is not None:
        checked(name, value)
    elif key in EVERYWHERE:
        check_everywhere(key, value)
    elif key == AGENTS_KEY:
        checked("audit_share", value)
    elif key == digest.SETTING:
        digest.checked(value)
    elif is_place(key):
        if value is not None:
            check_place(value)
    elif is_ours(key):
        team_rules({key: value})
    elif value and (tried := channel_of(key)):
        parse(tried, value)


def unreadable(current: Mapping[str, Any]) -> list[str]:
    """Return the keys whose values are not possible, so that what is given counts instead."""
    return [key for key, value in sorted(current.items()) if value is not None and problem(key, value)]


def of_rules(channel: Channel, current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the rules of a channel are made of."""
    keys = (*EVERYWHERE, *(f"{name}.{channel}" for name in KNOBS))
    return {key: current[key] for key in keys if key in current}
