"""When a text message is nothing but a rating: one digit, and hardly anything around it."""

import re

from bot.core.model import BEST_SCORE

_SCORE = re.compile(rf"\s*([1-{BEST_SCORE}])\s*(?:/\s*{BEST_SCORE}\s*)?[.!]*\s*", re.ASCII)


def score_of(text: str) -> int | None:
    """Return the score a text is, such as 5 for `5`, `5/5` or ` 5! `; None for everything that says more."""
    found = _SCORE.fullmatch(text)
    return int(found.group(1)) if found else None
