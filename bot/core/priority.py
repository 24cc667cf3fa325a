"""How urgent a conversation is, and what is due in it next."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Priority(StrEnum):
    """What an agent says of a conversation, or what follows from it."""

    HIGH = "high"
    NORMAL = "normal"


@dataclass(frozen=True)
class Pressing:
    """What makes a conversation press, under the rules in force.

    `due` names what was promised next (None where nothing was, or while it stands still), by when, and from when on
    that is near.
    """

    vip: bool = False
    due: str | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
