"""Who is a manager: users named in SLACK_MANAGERS, and members of the user groups named there."""

import logging
from collections.abc import Callable, Iterable
from time import monotonic

from bot.core.errors import ThreadpilotError
from integrations.slack.client import SlackClient

log = logging.getLogger(__name__)

_FRESH_FOR = 60.0
_FAILED_FOR = 5.0


class Roster:
    """Knows the managers; members of user groups are asked for at most once a minute, after a failure in 5 s."""

    def __init__(
        self, client: SlackClient, managers: Iterable[str], clock: Callable[[], float] = monotonic
    ) -> None:
        named = frozenset(managers)
        self._client = client
        self._groups = frozenset(name for name in named if name.startswith("S"))
        self._users = named - self._groups
        self._clock = clock
        self._members: dict[str, tuple[float, frozenset[str]]] = {}

    async def is_manager(self, user_id: str) -> bool:
        """Tell whether this user may change settings; in doubt, no."""
        if user_id in self._users:
            return True
        for group in sorted(self._groups):
            if user_id in await self._members_of(group):
                return True
        return False

    async def _members_of(self, group: str) -> frozenset[str]:
        good_until, members = self._members.get(group, (float("-inf"), frozenset()))
        if self._clock() < good_until:
            return members
        members, good_for = await self._ask(group)
        self._members[group] = (self._clock() + good_for, members)
        return members

    async def _ask(self, group: str) -> tuple[frozenset[str], float]:
        """Return the members of a group and for how long to believe it."""
        try:
            return await self._client.group_members(group), _FRESH_FOR
        except ThreadpilotError as error:
            log.warning("managers_unknown", extra={"group": group, "error": str(error)})
            return frozenset(), _FAILED_FOR
