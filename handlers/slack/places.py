"""`/cockpit cards`: in which of its Slack channels a workspace has its cards."""

from blocks import places
from bot.core.errors import InvalidInput
from bot.core.model import Actor
from handlers.slack.grammar_places import HERE, PlaceCommand, SetPlace
from handlers.slack.payloads import Body
from handlers.slack.services import Services

_NO_PLACE = "Cards cannot go into private messages: type this in the Slack channel where they should come."


class Places:
    """Answers what was typed; `actor` has their rights already."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, command: PlaceCommand, actor: Actor, body: Body) -> str:
        """Return where cards go, after a change of that if one was asked for.

        Raises:
            ChannelClosed: threadpilot is not in that Slack channel.
        """
        placing = self._services.placing
        if isinstance(command, SetPlace):
            place = str(body.get("channel_id") or "") if command.place == HERE else command.place
            if command.place == HERE and place[:1] not in {"C", "G"}:
                raise InvalidInput(_NO_PLACE)
            if place:
                await self._services.client.look_into(place)
            await placing.put(command.channel, place, actor)
        return places.told(await placing.places(), changed=isinstance(command, SetPlace))
