"""What people are to the desk: their account in Slack, and the lists that the settings name."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.access import Role
from bot.core.errors import Gone, Refused, ThreadpilotError
from integrations.slack.accounts import Accounts
from integrations.slack.client import Json


@dataclass(frozen=True)
class Lists:
    """Who is what, by ids of Slack's: users (U, W), user groups (S), and Slack channels (C, G) for their members.

    With no `agents`, every full member of the workspace who sees a card is one.
    """

    managers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


class Roster:
    """Knows people's roles, by what Slack says of their accounts and of the lists."""

    def __init__(self, accounts: Accounts, lists: Lists) -> None:
        self._accounts = accounts
        self._lists = lists

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
        try:
            return account_role(await self._accounts.user(user, insist=True), await self._accounts.ours())
        except Gone:
            return Role.NOBODY
        except Refused:  # Without the scope we know of nobody's account what it is, as before there was one.
            return Role.AGENT

    async def _is_listed(self, user: str, names: Iterable[str]) -> bool:
        named = frozenset(names)
        if user in named:
            return True
        for name in sorted(named):
            if self._accounts.is_list(name) and user in await self._members_of(name):
                return True
        return False

    async def _members_of(self, name: str) -> frozenset[str]:
        try:
            return await self._accounts.members(name)
        except ThreadpilotError:
            return frozenset()


def account_role(person: Json, ours: Json) -> Role:
    """Return what an account is, by `users.info`; `ours` is what `auth.test` says of us.

    People of other workspaces whom a shared Slack channel brings, machines and former members are nobody; so are
    those of the same organisation who are not members of this workspace.
    """
    here = ours.get("team_id")
    teams = {person.get("team_id"), *((person.get("enterprise_user") or {}).get("teams") or ())}
    if (
        not here
        or here not in teams
        or any(person.get(flag) for flag in ("deleted", "is_bot", "is_stranger"))
    ):
        return Role.NOBODY
    guest = person.get("is_restricted") or person.get("is_ultra_restricted")
    return Role.GUEST if guest else Role.AGENT
