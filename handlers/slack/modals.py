"""Submitted windows. Slack is answered after the service: the window stays while there is a problem."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import ids, modals
from blocks.ids import Target
from bot.core.errors import AlreadyDecided, InvalidInput, Superseded
from handlers.slack.payloads import Body, user_of
from handlers.slack.services import Services


class Submissions:
    """Takes in what people typed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, ack: AsyncAck, body: Body, view: Mapping[str, Any]) -> None:
        """Send an edited draft, or an agent's own words."""
        on = Target.decode(view.get("private_metadata"))
        typed, field = modals.typed_answer(view["state"]["values"])
        actor = await self._services.actor(user_of(body))
        try:
            await self._services.review.send_own(on.conversation, on.turn, typed, actor, on.draft)
        except InvalidInput as error:
            await ack(response_action="errors", errors={field: str(error)})
        except Superseded:
            case = await self._services.review.case(on.conversation)
            await ack(response_action="update", view=modals.wrote_again(case, typed))
        except AlreadyDecided as error:
            await ack(response_action="update", view=modals.notice("Somebody was faster", str(error)))
        else:
            await ack()

    async def escalate(self, ack: AsyncAck, body: Body, view: Mapping[str, Any]) -> None:
        """Escalate for the reason given."""
        on = Target.decode(view.get("private_metadata"))
        reason = modals.typed_reason(view["state"]["values"])
        actor = await self._services.actor(user_of(body))
        try:
            await self._services.escalation.escalate(on.conversation, reason, actor)
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.REASON: str(error)})
        else:
            await ack()
