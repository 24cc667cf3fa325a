"""All settings as one file, out and in again. Pure: an import is checked whole, before anything of it counts."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.insights import digest
from bot.core.places import is_mains
from bot.core.steering.knobs import OFF, STRICTER, WORDS, split, takes_nothing
from bot.core.steering.reviews import AGENTS_KEY
from bot.core.steering.stored import problem
from bot.core.teamwork.rules import is_ours

FORMAT = 1
LONGEST = 1_000_000
_MOST_TOLD = 10
_EVERYWHERE = (WORDS, OFF, STRICTER, digest.SETTING, AGENTS_KEY)
Values = Mapping[str, Any]


def written(current: Values, at: datetime) -> str:
    """Write the settings that anybody has set, as JSON."""
    kept = dict(sorted(_set(current).items()))
    told = {"threadpilot_settings": FORMAT, "at": at.isoformat(timespec="seconds"), "settings": kept}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def is_kept(key: str) -> bool:
    """Tell whether a setting belongs in the file.

    Experiments, what verdicts taught, and where other workspaces have their cards, do not.
    """
    return split(key)[1] is not None or key in _EVERYWHERE or is_ours(key) or is_mains(key)


def _set(current: Values) -> dict[str, Any]:
    """Return what somebody has set: None is a value of some settings, and of the others that they are not set."""
    return {
        key: value
        for key, value in current.items()
        if is_kept(key) and (value is not None or takes_nothing(split(key)[0]))
    }


def read(text: str, current: Values, given: Callable[[str], Any]) -> dict[str, Any]:
    """Return what a file would change of the current values; what it does not name becomes what is `given`.

    Raises:
        InvalidInput: it is no such file, or something in it is not possible; the message names all of it.
    """
    settings = _settings(text)
    problems = [problem for key, value in settings.items() if (problem := _problem(key, value))]
    if problems:
        more = f" And {len(problems) - _MOST_TOLD} more." if len(problems) > _MOST_TOLD else ""
        raise InvalidInput(f"Nothing was imported. {' '.join(problems[:_MOST_TOLD])}{more}")
    old = _set(current)
    gone = {key: given(key) for key in old if key not in settings}
    return {key: value for key, value in (gone | settings).items() if key not in old or old[key] != value}


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
    return problem(key, value) if is_kept(key) else f"{key[:80]!r} is no setting."
