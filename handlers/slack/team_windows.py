"""Submitted windows of teamwork."""

from collections.abc import Mapping
from typing import Any

from blocks import ids, modals, team_windows
from blocks.ids import Target
from bot.core.errors import InvalidInput, Superseded
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of
from handlers.slack.services import Services


class TeamSubmissions:
    """Takes in what people chose; a window stays while there is a problem."""

    def __init__(self, services: Services) -> None:
        self._desk = services.teamdesk

    async def assign(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Keep who has a conversation, how urgent it is, and whether the actor follows it."""
        on, actor = Target.decode(view.get("private_metadata")), actor_of(body)
        chosen = team_windows.chosen(view["state"]["values"])
        try:
            await self._desk.set_priority(on.conversation, chosen.priority, actor)
            await self._desk.follow(on.conversation, chosen.follow, actor)
            if chosen.assignee != team_windows.shown_assignee(view):  # Somebody may have taken it meanwhile.
                await self._desk.assign(on.conversation, chosen.assignee, actor)
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.ASSIGNEE: str(error)})
        except Superseded as error:
            await ack(response_action="update", view=modals.notice("Not assigned", str(error)))
        else:
            await ack()

    async def hand_back(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Hand an escalation back for the reason given."""
        on = Target.decode(view.get("private_metadata"))
        reason = modals.typed_reason(view["state"]["values"])
        try:
            await self._desk.hand_back(on.conversation, reason, actor_of(body))
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.REASON: str(error)})
        except Superseded as error:
            await ack(response_action="update", view=modals.notice("Not handed back", str(error)))
        else:
            await ack()
