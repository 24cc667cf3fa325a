"""What Slack hands to an app, and the ways in which handing it over can fail."""

import uuid
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.wire import Json, Record

EVENT, INTERACTIVE, COMMAND = "events_api", "interactive", "slash_commands"


@dataclass(frozen=True)
class Envelope:
    kind: str
    payload: Record
    attempt: int = 0
    reason: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class NotDeliveredError(Exception):
    """The app has not taken an envelope. With `absent` there was nobody to take it, which counts against no one."""

    def __init__(self, reason: str, *, absent: bool = False, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.absent, self.final = reason, absent, final


class Receiver(Protocol):
    async def send(self, envelope: Envelope) -> Json:
        """Hand over and return the body of the acknowledgement, or None."""
        ...
