"""The small windows: opened by the menu, a button or another window, and what comes of them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import asks, ids, kit, modals, owned
from blocks.ids import Target
from bot.core.errors import InvalidInput, Rejected, ThreadpilotError
from handlers.slack.in_time import Acknowledge
from handlers.slack.opening import open_filled
from handlers.slack.payloads import Body, actor_of, target_of, user_of
from handlers.slack.services import Services
from integrations.slack.client import OpenView

log = logging.getLogger(__name__)


class Asks:
    """Escalate, draft anew, reject, snooze, ask a colleague, what else, show all."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def escalate(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_escalate(target_of(body), body, context)

    async def regenerate(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_regenerate(target_of(body), body, context)

    async def reject(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_reject(target_of(body), body, context)

    async def snooze(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_snooze(target_of(body), body, context)

    async def ask(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        await self.open_ask(target_of(body), body, context)

    async def show_all(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Show the customer's words in full; beside a window in which somebody writes, on top of it."""
        await ack()
        reading, client = self._services.review.case(target_of(body).conversation), self._services.client
        if body.get("view"):
            await client.push_view(body["trigger_id"], asks.everything(await reading))
        else:
            await open_filled(client, body, context, reading, asks.everything)

    async def open_escalate(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._open(on, lambda owner: modals.escalate(on, owner), body, context)

    async def open_regenerate(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._open(on, lambda owner: asks.regenerate(on, owner), body, context)

    async def open_reject(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._open(on, lambda owner: asks.reject(on, owner), body, context)

    async def open_snooze(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._open(on, lambda owner: asks.snooze(on, owner), body, context)

    async def open_ask(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        await self._open(on, lambda owner: asks.ask(on, owner), body, context)

    async def open_others(self, on: Target, body: Body, context: dict[str, Any]) -> None:
        """Open the window with everything else that can be done."""
        reading, actor = self._services.review.case(on.conversation), user_of(body)
        await open_filled(
            self._services.client,
            body,
            context,
            reading,
            lambda case: asks.others(case, on, owned.theirs(case, actor)),
        )

    async def _open(
        self, on: Target, view_of: Callable[[str], kit.Json], body: Body, context: dict[str, Any]
    ) -> None:
        """Open a window that is told which colleague has the conversation."""
        reading, actor = self._services.review.case(on.conversation), user_of(body)
        await open_filled(
            self._services.client, body, context, reading, lambda case: view_of(owned.theirs(case, actor))
        )

    async def draft_anew(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Have the draft written anew: Slack is answered at once, a model may take its time."""
        on, hint = _on(view), asks.typed_hint(view["state"]["values"], ids.QUICK_HINT)
        if not hint:
            await ack(
                response_action="errors", errors={ids.HINT: "Choose something, or write what you want."}
            )
            return
        writing = modals.notice("Draft anew", "A new draft is being written …")
        await ack(response_action="update", view=writing)
        said = "The new draft stands on the card."
        try:
            await self._services.redrafting.again(on.conversation, on.turn, hint, actor_of(body))
        except ThreadpilotError as error:
            said = (
                str(error) if isinstance(error, Rejected) else "That did not work just now. Please try again."
            )
        await self._services.client.update_view(
            OpenView(str(view["id"]), ""), modals.notice("Draft anew", said)
        )

    async def rejected(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Take a draft away, for a reason."""
        on, why = _on(view), asks.typed_hint(view["state"]["values"], ids.QUICK_REASON)
        if not why:
            await ack(response_action="errors", errors={ids.HINT: "Choose a reason or write one."})
            return
        reject = self._services.redrafting.reject(on.conversation, on.turn, why, actor_of(body))
        await _done(ack, reject, "Reject the draft", ids.HINT)

    async def snoozed(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Put a conversation off."""
        on, now = _on(view), datetime.now(UTC)
        until = asks.chosen_moment(view["state"]["values"], now)
        snooze = self._services.snoozing.snooze(on.conversation, on.turn, until or now, actor_of(body))
        await _done(ack, snooze, "Snooze", ids.UNTIL_AT)

    async def asked(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Ask a colleague."""
        on, (colleague, question) = _on(view), asks.asked(view["state"]["values"])
        asking = self._services.asking.ask(
            on.conversation, colleague, question, actor_of(body), key=str(view["id"])
        )
        await _done(ack, asking, "Ask a colleague", ids.QUESTION)


async def _done(ack: Acknowledge, deed: Awaitable[object], title: str, field: str) -> None:
    """Do what a window asked for; it stays where something in it is to be mended, and says why where nothing is."""
    try:
        await deed
    except InvalidInput as error:
        at = ids.COLLEAGUE if error.field == "colleague" else field
        await ack(response_action="errors", errors={at: str(error)})
    except Rejected as error:
        await ack(response_action="update", view=modals.notice(title, str(error)))
    else:
        await ack()


def _on(view: Mapping[str, Any]) -> Target:
    return Target.decode(view.get("private_metadata"))
