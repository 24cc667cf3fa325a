"""What our things are called in record systems."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefState(StrEnum):
    """How far an entry of a record system is."""

    OPEN = "open"  # to be written, and perhaps written already
    DONE = "done"
    PARKED = "parked"  # refused: people have to look


@dataclass(frozen=True)
class Ref:
    """What one of our things is called in a record system: a help desk, a CRM.

    `entry_id` is the id of an entry (see `bot.core.ports.records`); `conversation_id` is None for what belongs to
    none. `external_id` and `url` are the far side's, "" until it is written. `mark` is how far the far side was read,
    and `trouble` why the entry is not written.
    """

    system: str
    entry_id: str
    conversation_id: str | None
    state: RefState
    at: datetime
    external_id: str = ""
    url: str = ""
    mark: str = ""
    trouble: str = ""
