"""What Slack says of users and of lists of them, remembered for all who ask: one call for many questions."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bot.core.errors import Gone, Refused, ThreadpilotError
from integrations.slack.client import Json, SlackClient

log = logging.getLogger(__name__)

_ACCOUNT_FOR = 300.0
_MEMBERS_FOR = 60.0
_FAILED_FOR = 5.0
_MEMORY = 10_000


@dataclass(frozen=True)
class _Known:
    """An answer of Slack's, or its last word that there is none, and until when to believe it."""

    until: float
    said: Any = None
    error: ThreadpilotError | None = None


class Accounts:
    """Believes Slack for five minutes about accounts, and for a minute about who is in a group or a Slack channel."""

    def __init__(self, client: SlackClient, clock: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._lists: Mapping[str, Callable[[str], Awaitable[frozenset[str]]]] = {
            "S": client.group_members,
            "C": client.channel_members,
            "G": client.channel_members,
        }

    async def ours(self) -> Json:
        """Return what Slack says of us, which does not change. Raises as `user`."""
        known = self._known.get("")
        if known is None:
            known = self._known[""] = _Known(float("inf"), await self._client.auth_test())
        return dict(known.said)

    async def user(self, user: str, *, insist: bool = False) -> Json:
        """Return somebody's account; while Slack does not answer, the last one known.

        With `insist` Slack is asked also where it has just failed.

        Raises:
            Gone: Slack does not know them.
            Refused: we may not know.
            Unavailable: Slack does not say, and never has.
        """
        found: Json = await self._recall(user, self._client.user, _ACCOUNT_FOR, insist=insist)
        return found

    def is_list(self, name: str) -> bool:
        """Tell whether a name is one of a list: a user group (S) or a Slack channel (C, G)."""
        return name[:1] in self._lists

    async def members(self, name: str) -> frozenset[str]:
        """Return who is in a list. Raises as `user`, and does not take an old answer for a new one."""
        found: frozenset[str] = await self._recall(name, self._lists[name[0]], _MEMBERS_FOR, insist=False)
        return found

    async def _recall(
        self, name: str, ask: Callable[[str], Awaitable[Any]], good_for: float, *, insist: bool
    ) -> Any:
        known = self._known.get(name)
        stale = known is None or self._clock() >= known.until or (insist and _failed(known))
        if known is None or stale:
            known = await self._asked(name, ask, good_for, known)
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[name] = known
        if known.error is not None:
            raise known.error
        return known.said

    async def _asked(
        self, name: str, ask: Callable[[str], Awaitable[Any]], good_for: float, before: _Known | None
    ) -> _Known:
        now = self._clock()
        try:
            return _Known(now + good_for, await ask(name))
        except Refused as error:  # It will say the same for a while; of lists we look soon again.
            if not isinstance(error, Gone):
                self._complain(name, error)
            return _Known(now + (_FAILED_FOR if self.is_list(name) else good_for), error=error)
        except ThreadpilotError as error:
            self._complain(name, error)
            if before is not None and before.error is None and not self.is_list(name):
                return _Known(now + _FAILED_FOR, before.said)
            return _Known(now + _FAILED_FOR, error=error)

    def _complain(self, name: str, error: ThreadpilotError) -> None:
        if self.is_list(name):
            log.warning("members_unknown", extra={"list": name, "error": str(error)})
        else:
            log.warning("account_unknown", extra={"user": name, "error": str(error)})


def _failed(known: _Known) -> bool:
    return known.error is not None and not isinstance(known.error, Refused)
