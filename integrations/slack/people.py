"""Who is still there: users that were not deactivated and are no robots, and user groups with somebody in them."""

from collections.abc import Collection

from bot.core.errors import Gone, Refused, ThreadpilotError
from integrations.slack.accounts import Accounts

_UNKNOWN = ("no_such_subteam", "subteam_not_found")


class SlackPeople:
    """Implements `bot.core.ports.teamwork.People`."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def gone(self, names: Collection[str]) -> Collection[str]:
        """Return who of these is not there any more; whoever cannot be asked about is there."""
        return [name for name in sorted(names) if not await self._is_there(name)]

    async def _is_there(self, name: str) -> bool:
        try:
            if self._accounts.is_list(name):
                return bool(await self._accounts.members(name))
            user = await self._accounts.user(name)
        except Gone:
            return False
        except Refused as error:
            return not str(error).endswith(_UNKNOWN)
        except ThreadpilotError:
            return True
        return not (user.get("deleted") or user.get("is_bot"))
