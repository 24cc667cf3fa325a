"""Opening windows. A trigger id lives three seconds, so a window opens first and is filled afterwards."""

import logging
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import details, modals, moving, owned, reading, team_windows
from blocks.ids import Target
from bot.core.errors import Gone, Rejected
from bot.core.model import Case, Sender
from handlers.slack.payloads import Body, actor_of, customer_of, opened_of, target_of, user_of
from handlers.slack.services import Services

log = logging.getLogger(__name__)

# Under this key of Bolt's context `errors` finds the window that waits to be filled.
OPENED = "threadpilot_opened_view"


class Windows:
    """The original, merge, split and the customer: each press opens a window."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open_original(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open a window with what the card leaves out of the newest mail."""
        case = await self._open(on, body, context)
        link = "" if reading.masked(case) else self._link_to(case)
        await self._fill(context, modals.original(case, link))

    async def open_unmasked(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open a window with what is masked elsewhere; that is put on record before it is shown."""
        case = await self._open(on, body, context)
        await self._services.unmasking.note(on.conversation, actor_of(body))
        await self._fill(context, modals.unmasked(case, self._link_to(case)))

    def _link_to(self, case: Case) -> str:
        """Return where to look at the newest mail as it was sent."""
        newest = next((m for m in reversed(case.messages) if m.sender is Sender.CUSTOMER), None)
        raw = str(newest.metadata.get("raw_sha256") or "") if newest is not None else ""
        return self._services.original_link(raw) if raw else ""

    async def merge(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_merge(target_of(body), body, context)

    async def split(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_split(target_of(body), body, context)

    async def open_merge(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window in which somebody picks the conversation where this one goes on."""
        case = await self._open(on, body, context)
        found = await self._services.merging.candidates(on.conversation)
        await self._fill(context, moving.merge(case, found, on, owned.theirs(case, user_of(body))))

    async def open_split(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window in which somebody picks the message from which a conversation begins."""
        case = await self._open(on, body, context)
        if not reading.splittable(case):
            raise Rejected("There is only one message here: nothing would be left to split.")
        owner = owned.theirs(case, user_of(body))
        await self._fill(context, moving.split(case, on, datetime.now(UTC), owner))

    async def open_assign(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window in which somebody says who has a conversation."""
        case = await self._open(on, body, context)
        await self._fill(context, team_windows.assign(case, on, user_of(body)))

    async def hand_back(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Open the window that asks why an escalation goes back."""
        await ack()
        on = target_of(body)
        case = await self._open(on, body, context)
        await self._fill(context, team_windows.hand_back(on, owned.theirs(case, user_of(body))))

    async def open_details(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window with everything about the customer."""
        await self._open(on, body, context)
        await self._show_details(on.conversation, context)

    async def refresh(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Ask everybody who knows the customer anew, and show it in the window that was pressed in."""
        await ack()
        context[OPENED] = opened_of(body)
        on = target_of(body)
        await self._services.identify.refresh(on.conversation)
        await self._show_details(on.conversation, context)

    async def part(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Take an address away from the customer."""
        await ack()
        context[OPENED] = opened_of(body)
        customer_id, on = customer_of(body)
        await self._services.identities.part(on.conversation, customer_id, actor_of(body))
        await self._show_details(on.conversation, context)

    async def join(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Ask in the same window for another address of the customer."""
        await ack()
        context[OPENED] = opened_of(body)
        case = await self._services.review.case(target_of(body).conversation)
        await self._fill(context, details.join_customer(case))

    async def _show_details(self, conversation_id: str, context: dict[str, Any]) -> None:
        known = await self._services.identify.everything(conversation_id)
        await self._fill(context, details.customer_details(known, datetime.now(UTC)))

    async def _open(self, on: Target, body: Body, context: dict[str, Any]) -> Case:
        if body.get("view"):  # Pressed in a window: that one changes.
            context[OPENED] = opened_of(body)
        else:
            context[OPENED] = await self._services.client.open_view(body["trigger_id"], modals.loading())
        return await self._services.review.case(on.conversation)

    async def _fill(self, context: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await self._services.client.update_view(context[OPENED], view)
        except Gone:
            log.info("window_closed_early")  # By the person who opened it: there is nobody to tell.
