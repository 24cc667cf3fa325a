"""Submitted windows. Slack is answered after the service: the window stays while there is a problem."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any

from blocks import details, ids, modals, moving, owned
from blocks.ids import Target
from bot.core.errors import InvalidInput, Rejected
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of, user_of
from handlers.slack.services import Services


class Submissions:
    """Takes in what people typed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def escalate(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Escalate for the reason given."""
        on = Target.decode(view.get("private_metadata"))
        reason = modals.typed_reason(view["state"]["values"])
        try:
            await self._services.escalation.escalate(
                on.conversation, reason, actor_of(body), key=_window(view)
            )
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.REASON: str(error)})
        else:
            await ack()

    async def merge(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Merge into what was picked; where nothing was, show what the search finds."""
        on, merging = Target.decode(view.get("private_metadata")), self._services.merging
        picked, searched = moving.chosen_merge(view["state"]["values"])
        if picked:
            await self._move(ack, "Merge", merging.merge(on.conversation, picked, actor_of(body)))
        elif searched:
            case = await self._services.review.case(on.conversation)
            found = await merging.candidates(on.conversation, searched)
            owner = owned.theirs(case, user_of(body))
            again = moving.merge(case, found, on, owner, searched=searched)
            await ack(response_action="update", view=again)
        else:
            said = "Pick a conversation, or type what to search for."
            await ack(response_action="errors", errors={ids.SEARCH: said})

    async def split(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Let a conversation begin with the message that was picked."""
        on = Target.decode(view.get("private_metadata"))
        picked = moving.chosen_split(view["state"]["values"])
        split = self._services.merging.split(on.conversation, picked, actor_of(body))
        await self._move(ack, "Split", split)

    async def _move(self, ack: Acknowledge, title: str, moved: Awaitable[object]) -> None:
        """Move messages; the window says why where that cannot be."""
        try:
            await moved
        except Rejected as error:
            await ack(response_action="update", view=modals.notice(title, str(error)))
        else:
            await ack()

    async def join(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Join another address with the customer, and show everything about them again."""
        on = Target.decode(view.get("private_metadata"))
        address = details.typed_address(view["state"]["values"])
        try:
            await self._services.identities.join(on.conversation, address, actor_of(body))
        except InvalidInput as error:
            await ack(response_action="errors", errors={ids.ADDRESS: str(error)})
        else:
            known = await self._services.identify.everything(on.conversation)
            await ack(response_action="update", view=details.customer_details(known, datetime.now(UTC)))


def _window(view: Mapping[str, Any]) -> str:
    return str(view.get("root_view_id") or view["id"])
