"""What people are to the desk: their account in Slack, and the lists that the settings name."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

from bot.core.access import Role
from bot.core.errors import Gone, Refused, ThreadpilotError
from integrations.slack.client import Json, SlackClient

log = logging.getLogger(__name__)

_FRESH_FOR = 60.0
_FAILED_FOR = 5.0
_KNOWN_FOR = 300.0
_MEMORY = 10_000


@dataclass(frozen=True)
class Lists:
    """Who is what, by ids of Slack's: users (U, W), user groups (S), and Slack channels (C, G) for their members.

    With no `agents`, every full member of the workspace who sees a card is one.
    """

    managers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


class Roster:
    """Knows people's roles; what Slack says of lists is believed for a minute, of accounts for five."""

    def __init__(self, client: SlackClient, lists: Lists, clock: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._lists = lists
        self._clock = clock
        self._ours: Json = {}
        self._accounts: dict[str, tuple[float, Role]] = {}
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._ask_for: Mapping[str, Callable[[str], Awaitable[frozenset[str]]]] = {
            "S": client.group_members,
            "C": client.channel_members,
            "G": client.channel_members,
        }

    async def role_of(self, user: str, most: Role = Role.OWNER) -> Role:
        """Return somebody's role; one above `most` is not looked for, since Slack may have to be asked.

        Raises:
            Unavailable: Slack does not say, and never has, who this is.
        """
        account = await self._account(user)
        if account is Role.NOBODY:
            return account
        if most >= Role.OWNER and await self._is_listed(user, self._lists.owners):
            return Role.OWNER
        if most >= Role.MANAGER and await self.is_manager(user):
            return Role.MANAGER
        agents = self._lists.agents
        if most < Role.AGENT or not agents:
            return account
        listed = await self._is_listed(user, agents) or await self.is_manager(user)
        return Role.AGENT if listed else Role.GUEST

    async def is_manager(self, user: str) -> bool:
        """Tell whether somebody is on the managers' or the owners' list; in doubt, no."""
        return await self._is_listed(user, (*self._lists.managers, *self._lists.owners))

    async def _account(self, user: str) -> Role:
        good_until, known = self._accounts.get(user, (float("-inf"), None))
        if known is not None and self._clock() < good_until:
            return known
        try:
            found, good_for = await self._looked_up(user), _KNOWN_FOR
        except ThreadpilotError as error:
            if known is None:
                raise
            log.warning("account_unknown", extra={"user": user, "error": str(error)})
            found, good_for = known, _FAILED_FOR
        if len(self._accounts) >= _MEMORY:
            self._accounts.clear()
        self._accounts[user] = (self._clock() + good_for, found)
        return found

    async def _looked_up(self, user: str) -> Role:
        try:
            self._ours = self._ours or await self._client.auth_test()
            return account_role(await self._client.user(user), self._ours)
        except Gone:
            return Role.NOBODY
        except (
            Refused
        ) as error:  # Without the scope we know of nobody's account what it is, as before there was one.
            log.warning("account_unknown", extra={"user": user, "error": str(error)})
            return Role.AGENT

    async def _is_listed(self, user: str, names: Iterable[str]) -> bool:
        named = frozenset(names)
        if user in named:
            return True
        for name in sorted(named):
            if name[:1] in self._ask_for and user in await self._members_of(name):
                return True
        return False

    async def _members_of(self, name: str) -> frozenset[str]:
        good_until, members = self._members.get(name, (float("-inf"), frozenset()))
        if self._clock() < good_until:
            return members
        members, good_for = await self._ask(name)
        self._members[name] = (self._clock() + good_for, members)
        return members

    async def _ask(self, name: str) -> tuple[frozenset[str], float]:
        """Return the members of a group or a Slack channel, and for how long to believe it."""
        try:
            return await self._ask_for[name[0]](name), _FRESH_FOR
        except ThreadpilotError as error:
            log.warning("members_unknown", extra={"list": name, "error": str(error)})
            return frozenset(), _FAILED_FOR


def account_role(person: Json, ours: Json) -> Role:
    """Return what an account is, by `users.info`; `ours` is what `auth.test` says of us.

    People of other workspaces whom a shared Slack channel brings, machines and former members are nobody.
    """
    grid = str((person.get("enterprise_user") or {}).get("enterprise_id") or "")
    same_place = person.get("team_id") == ours.get("team_id") or (grid and grid == ours.get("enterprise_id"))
    if not same_place or any(person.get(flag) for flag in ("deleted", "is_bot", "is_stranger")):
        return Role.NOBODY
    guest = person.get("is_restricted") or person.get("is_ultra_restricted")
    return Role.GUEST if guest else Role.AGENT
