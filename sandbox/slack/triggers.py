"""Trigger ids: the short-lived right, once, to open a modal for the user who has just done something."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.errors import SlackError

KEPT = 2_000


@dataclass
class Trigger:
    user: str
    issued: float
    used: bool = False


class Triggers:
    def __init__(self, clock: Callable[[], float], lifetime: float = 3.0) -> None:
        self._clock, self._lifetime = clock, lifetime
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str) -> str:
        now = self._clock()
        trigger_id = f"{int(now * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, now)
        for old in list(self._issued)[:-KEPT]:
            del self._issued[old]
        return trigger_id

    def exchange(self, trigger_id: object) -> str:
        """Use a trigger id up and return whose it was."""
        trigger = self._issued.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() - trigger.issued > self._lifetime:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user
