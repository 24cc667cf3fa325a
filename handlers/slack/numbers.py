"""Numbers as people type them after `/cockpit`. What could be meant either way is refused, never guessed."""

import re

from blocks import replies
from bot.core.errors import InvalidInput

NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?|[.,]\d{1,6})(%?)", re.ASCII)
_WHOLE = re.compile(r"(\d{1,6})s?", re.ASCII | re.IGNORECASE)
_CLEARLY_PERCENT = 10
_OFF = {"off", "none", "never"}


def share(value: str, what: str = "threshold", least: float = 0.1) -> float:
    """Read 0.85, .85, 85 or 85% as the share 0.85.

    From 10 on a number is percent, so 70 is 70 %. Between 1 and 10 (1.5) nobody knows what was meant.
    """
    found = NUMBER.fullmatch(value)
    if not found:
        raise InvalidInput(f"{replies.code(value)} is no {what}: write it like `0.85` or `85%`.")
    number = float(found[1].replace(",", "."))
    unclear = not found[2] and 1 < number < _CLEARLY_PERCENT
    if found[2] or number > 1:
        number /= 100
    if unclear or not least <= number <= 1:
        raise InvalidInput(
            f"{replies.code(value)} would be {100 * number:.4g} %: "
            f"a {what} lies between {100 * least:g}% and 100%, like `85%`."
        )
    return round(number, 6)


def percent(value: str, what: str, example: str) -> float:
    """Read 2%, 2 or 0.5% as a share; a number below 1 without a sign could be meant either way."""
    found = NUMBER.fullmatch(value)
    number = float(found[1].replace(",", ".")) if found else 0.0
    if not found or (number < 1 and not found[2]):
        raise InvalidInput(f"{replies.code(value)} is no {what}: write it in percent, like `{example}`.")
    return round(number / 100, 6)


def percent_or_off(value: str, what: str, example: str) -> float | None:
    """Read a share in percent, or that there is none."""
    return None if value.lower() in _OFF else percent(value, what, example)


def count(value: str) -> int:
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise InvalidInput(f"{replies.code(value)} is no number: write it like `3`.")
    return int(value)


def seconds(value: str) -> int:
    found = _WHOLE.fullmatch(value)
    if not found:
        raise InvalidInput(f"{replies.code(value)} is no number of seconds: write it like `30`.")
    return int(found[1])
