"""Who is still there: users that were not deactivated and are no robots, and user groups with somebody in them."""

import logging
from collections.abc import Callable, Collection
from time import monotonic

from bot.core.errors import Gone, Refused, ThreadpilotError
from integrations.slack.client import SlackClient

log = logging.getLogger(__name__)

_FRESH_FOR = 600.0
_FAILED_FOR = 30.0
_UNKNOWN = ("no_such_subteam", "subteam_not_found")


class SlackPeople:
    """Implements `bot.core.ports.teamwork.People`; asks about each at most every ten minutes."""

    def __init__(self, client: SlackClient, clock: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[float, bool]] = {}

    async def gone(self, names: Collection[str]) -> Collection[str]:
        """Return who of these is not there any more; whoever cannot be asked about is there."""
        return [name for name in sorted(names) if not await self._is_there(name)]

    async def _is_there(self, name: str) -> bool:
        good_until, there = self._known.get(name, (float("-inf"), True))
        if self._clock() < good_until:
            return there
        there, good_for = await self._ask(name)
        self._known[name] = self._clock() + good_for, there
        return there

    async def _ask(self, name: str) -> tuple[bool, float]:
        """Return whether somebody is there, and for how long to believe it."""
        try:
            if name.startswith("S"):
                return bool(await self._client.group_members(name)), _FRESH_FOR
            user = await self._client.user(name)
            return not (user.get("deleted") or user.get("is_bot")), _FRESH_FOR
        except Gone:
            return False, _FRESH_FOR
        except Refused as error:
            return not str(error).endswith(_UNKNOWN), _FRESH_FOR
        except ThreadpilotError as error:
            log.info("people_unknown", extra={"name": name, "error": str(error)})
            return True, _FAILED_FOR
