"""Lists as answers quote them: an item never without what introduces it, which often says that it only may be so."""

import re
from collections.abc import Iterable

_MARK = "\n- "
_CONDITION = re.compile(
    r"\b(?:why|if|whether|when|unless|except|exceptions?|may|might|could|perhaps|sometimes|possibl[ey]|reasons?|causes?"
    r"|in case|troubleshooting)\b",
    re.IGNORECASE,
)


def listed(lead_in: str, item: str) -> str:
    """Return an item below its lead-in; without one it is an ordinary sentence."""
    return f"{_closed(lead_in)}{_MARK}{item}" if lead_in else item


def item_of(told: str) -> str:
    """Return the sentence itself, without the lead-in."""
    return told.rpartition(_MARK)[2]


def lead_in_of(told: str) -> str:
    """Return what introduces a sentence; nothing for one that is in no list."""
    return told.rpartition(_MARK)[0]


def conditional(lead_in: str) -> bool:
    """Tell whether what follows holds only in some cases: “Why a code may be refused”, “If no email arrives”."""
    return _CONDITION.search(lead_in) is not None


def prose(told: Iterable[str]) -> str:
    """Join sentences; a list is a paragraph of its own, its items below their lead-in, which is said once."""
    text = before = ""
    for one in told:
        lead_in = lead_in_of(one)
        if lead_in and (lead_in == before or text.endswith(lead_in)):
            text += f"{_MARK}{item_of(one)}"
        else:
            gap = "\n\n" if lead_in or before else " "
            text = f"{text}{gap}{one}" if text else one
        before = lead_in
    return text


def _closed(lead_in: str) -> str:
    bare = lead_in.rstrip(" :.")
    return bare if bare.endswith(("?", "!")) else f"{bare}:"
