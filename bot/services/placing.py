"""Placing: in which of their Slack channels a workspace has its cards, set there by its managers."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.model import Actor, Channel
from bot.core.places import key_of, place_of
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.settingbook import Announce, SettingBook, unannounced, values_of


@dataclass(frozen=True)
class Place:
    """The Slack channel of a channel's cards, and whether that was set in Slack."""

    slack_channel: str
    is_set: bool


class Placing:
    """Reads and sets where new cards of one workspace go; those that stand stay where they are."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        workspace: str,
        given: Mapping[str, str],
        announce: Announce = unannounced,
    ) -> None:
        """`given` is what the settings say for a channel that nobody has placed, and under `*` for all others."""
        self._database = database
        self._workspace = workspace
        self._given = given
        self._book = SettingBook(database, clock, announce)

    async def places(self) -> Mapping[Channel, Place]:
        """Return where the cards of each channel go."""
        async with self._database.snapshot() as tx:
            values = values_of(await tx.settings.current())
        placed = {channel: place_of(values, self._workspace, channel) for channel in Channel}
        return {
            channel: Place(place or self._given.get(channel) or self._given["*"], bool(place))
            for channel, place in placed.items()
        }

    async def put(self, channel: Channel | None, slack_channel: str, actor: Actor) -> None:
        """Send new cards of a channel, or with None of all channels, to a Slack channel; "" is as the settings say.

        Raises:
            NotAllowed: only managers of this workspace may.
        """
        whole = dict.fromkeys([key_of(self._workspace, one) for one in (None, *Channel)])
        one = {key_of(self._workspace, channel): slack_channel or None}
        await self._book.write(lambda _: one if channel else whole | one, actor)
