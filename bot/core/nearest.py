"""Names that were perhaps meant, for whoever typed one that there is not."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from bot.core.errors import InvalidInput

_NEAR, _NEAREST = 3, 0.5
_LISTED = 20


def nearest(typed: str, names: Iterable[str]) -> list[str]:
    """Return the few names that are much like what was typed, the nearest first; none where none is."""
    return get_close_matches(typed, sorted(names), n=_NEAR, cutoff=_NEAREST)


def known(kind: str, typed: str, names: Collection[str]) -> str:
    """Return a name that was typed, if there is such a one.

    Raises:
        InvalidInput: there is none; the sentence says which `kind` it would be, and names the nearest, or all.
    """
    if typed in names:
        return typed
    raise InvalidInput(f"There is no {kind} “{typed}”.{_others(nearest(typed, names), sorted(names))}")


def _others(near: list[str], names: list[str]) -> str:
    if near:
        return f" The nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)}."
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f" There {'is' if len(names) == 1 else 'are'} {', '.join(names[:_LISTED])}{more}." if names else ""
