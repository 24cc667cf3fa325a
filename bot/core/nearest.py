"""Names that were perhaps meant, for whoever typed one that there is not."""

from collections.abc import Collection
from difflib import get_close_matches

from bot.core.errors import InvalidInput

_SHOWN = 3


def known(kind: str, typed: str, names: Collection[str]) -> str:
    """Return a name that was typed, if there is such a one.

    Raises:
        InvalidInput: there is none; the sentence says which `kind` it would be, and names the nearest.
    """
    if typed in names:
        return typed
    near = get_close_matches(typed, names, n=_SHOWN, cutoff=0.5) or sorted(names)[:_SHOWN]
    others = f" The nearest are {', '.join(near)}." if near else ""
    raise InvalidInput(f"There is no {kind} “{typed}”.{others}")
