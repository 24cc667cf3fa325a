"""All settings as one file, out and in again. Pure: an import is checked whole, before anything of it counts."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.insights import digest
from bot.core.model import Channel
from bot.core.steering.knobs import KNOBS, MOST_TOPICS, MOST_WORDS, OFF, STRICTER, WORDS, checked, split
from bot.core.steering.reviews import AGENTS_KEY
from bot.core.teamwork.rules import is_ours, team_rules
from bot.core.topics import word_of

FORMAT = 1
LONGEST = 1_000_000
_MOST_TOLD = 10
_EVERYWHERE = (WORDS, OFF, STRICTER, digest.SETTING, AGENTS_KEY)
Values = Mapping[str, Any]


def written(current: Values, at: datetime) -> str:
    """Write the settings that anybody has set, as JSON."""
    kept = {key: value for key, value in sorted(current.items()) if is_kept(key) and value is not None}
    told = {"threadpilot_settings": FORMAT, "at": at.isoformat(timespec="seconds"), "settings": kept}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def is_kept(key: str) -> bool:
    """Tell whether a setting belongs in the file: experiments, and what verdicts taught, do not."""
    return split(key)[1] is not None or key in _EVERYWHERE or is_ours(key)


def read(text: str, current: Values) -> dict[str, Any]:
    """Return what a file would change of the current values; what it does not name is as if nobody had set it.

    Raises:
        InvalidInput: it is no such file, or something in it is not possible; the message names all of it.
    """
    settings = _settings(text)
    problems = [problem for key, value in settings.items() if (problem := _problem(key, value))]
    if problems:
        more = f" And {len(problems) - _MOST_TOLD} more." if len(problems) > _MOST_TOLD else ""
        raise InvalidInput(f"Nothing was imported. {' '.join(problems[:_MOST_TOLD])}{more}")
    kept = {key: value for key, value in current.items() if is_kept(key) and value is not None}
    gone = {key: None for key in kept if key not in settings}
    return {key: value for key, value in (gone | settings).items() if kept.get(key) != value}


def _settings(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise InvalidInput("That is no file of settings: it is far too long.")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"That is no file of settings: it is not JSON ({error}).") from None
    if not isinstance(told, dict) or told.get("threadpilot_settings") != FORMAT:
        raise InvalidInput("That is no file of settings of this version: make one with `/cockpit export`.")
    settings = told.get("settings")
    if not isinstance(settings, dict):
        raise InvalidInput("That file holds no settings: make one with `/cockpit export`.")
    return settings


def _problem(key: str, value: Any) -> str:
    """Return what is wrong with a setting, "" for nothing."""
    try:
        if not is_kept(key):
            return f"{key[:80]!r} is no setting."
        _check(key, value)
    except InvalidInput as error:
        return f"{key}: {error}"
    except (TypeError, ValueError, KeyError, AttributeError, IndexError):
        return f"{key}: that value cannot be read."
    return ""


def _check(key: str, value: Any) -> None:
    name, channel = split(key)
    if channel is not None:
        checked(name, value)
    elif key == WORDS:
        _list_of(value, MOST_WORDS, word_of)
    elif key == OFF:
        _list_of(value, MOST_WORDS, str.isidentifier)
    elif key == STRICTER:
        _list_of(list(value.items()), MOST_TOPICS, lambda item: checked("auto_above", item[1]))
    elif key == AGENTS_KEY:
        checked("audit_share", value)
    elif key == digest.SETTING:
        digest.checked(value)
    elif team_rules({key: value}) is None:
        raise ValueError(key)


def _list_of(values: Any, most: int, check: Any) -> None:
    if not isinstance(values, list) or not 0 < len(values) <= most:
        raise ValueError(values)
    for one in values:
        if check(one) is False:
            raise ValueError(one)


def known_keys() -> list[str]:
    """Return every key that belongs to a channel."""
    return [f"{name}.{channel}" for name in KNOBS for channel in Channel]
