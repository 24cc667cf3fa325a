"""The words with which people stop text messages and allow them again (CTIA's, and what Twilio acts on by itself)."""

import re
from enum import StrEnum

_STOP = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT".split())
_START = frozenset("START UNSTOP".split())
_AGREES = frozenset({"YES"})  # Only from somebody who had opted out; from others it is an answer.
_AROUND = re.compile(r"[\s.!?\"'“”’]+")
_LONGEST = 40


class Keyword(StrEnum):
    """What a text message asks of the line itself, and not of us."""

    STOP = "stop"
    START = "start"
    HELP = "help"


def keyword(text: str, *, told: str = "", opted_out: bool = False) -> Keyword | None:
    """Return what a message asks for: `told` is what the carrier's side has recognised and acted on."""
    if told.lower() in set(Keyword):
        return Keyword(told.lower())
    word = _AROUND.sub("", text[:_LONGEST]).upper() if len(text) <= _LONGEST else ""
    if word in _STOP:
        return Keyword.STOP
    return Keyword.START if word in _START or (opted_out and word in _AGREES) else None
