"""`/cockpit import`: a file of settings is compared first, and taken in when whoever pasted it has seen that."""

from collections.abc import Mapping
from typing import Any

from blocks import ids, importing, modals, replies
from bot.core.errors import InvalidInput
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of
from handlers.slack.services import Services


class ImportWindow:
    """Takes what was pasted."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def submit(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Show what the text would change; what was shown already is done."""
        typed = importing.typed_in(view["state"]["values"])
        compared = importing.Compared.decode(view.get("private_metadata"))
        exchange = self._services.exchange
        try:
            if not compared.is_about(typed):
                plan = await exchange.compare(typed)
                await ack(response_action="update", view=importing.window(typed, plan.changes, plan.seen))
                return
            actor = await self._services.with_rights(actor_of(body))
            changes = await exchange.take_in(typed, actor, compared.seen)
        except InvalidInput as error:
            await ack(response_action="errors", errors={f"{ids.VALUE}-0": str(error)})
        else:
            told = replies.changed(actor.id, changes) if changes else "Nothing was changed."
            await ack(response_action="update", view=modals.told("Imported", told))
