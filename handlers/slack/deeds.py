"""What one press does at once, unless a colleague has the conversation: then a window asks first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from blocks import ids, modals, owned
from blocks.ids import Target
from bot.core.errors import InvalidInput, Owned, Refused, Rejected
from bot.core.model import Actor
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of, opened_of
from handlers.slack.services import Services
from handlers.slack.windows import OPENED

_NO_DRAFT = "There is no draft to send. Press Reply to write an answer."

Deed = Callable[[Target, Actor, str], Awaitable[None]]


class Deeds:
    """Approve, resolve, not support, block."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def _deeds(self) -> Mapping[str, Deed]:
        return {
            ids.APPROVE: self._approve,
            ids.RESOLVE: self._resolve,
            ids.NOT_SUPPORT: self._not_support,
            ids.BLOCK: self._block,
        }

    async def press(self, deed: str, on: Target, body: Body, context: dict[str, Any]) -> bool:
        """Do it, or ask first; tell whether it is done."""
        try:
            await self._deeds[deed](on, actor_of(body), "")
        except Owned as error:
            await self._ask(error, deed, on, body, context)
            return False
        return True

    async def confirmed(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Do what was asked about; where another colleague has it by now, ask again."""
        deed, owner, on = ids.decode_deed(view.get("private_metadata"))
        try:
            await self._deeds[deed](on, actor_of(body), owner)
        except Owned as error:
            await ack(response_action="update", view=owned.ask_first(error.owner, deed, on))
        except Rejected as error:
            await ack(response_action="update", view=modals.notice("That did not work", str(error)))
        else:
            await ack()

    async def _ask(self, error: Owned, deed: str, on: Target, body: Body, context: dict[str, Any]) -> None:
        client, view = self._services.client, owned.ask_first(error.owner, deed, on)
        if body.get("view"):
            context[OPENED] = opened_of(body)
            await client.update_view(context[OPENED], view)
            return
        try:
            context[OPENED] = await client.open_view(body["trigger_id"], view)
        except Refused as refused:  # What took three seconds to find out comes too late for a window.
            raise Rejected(f"{error} Nothing was done. {refused}") from refused

    async def _approve(self, on: Target, actor: Actor, over: str) -> None:
        if not on.draft:
            raise InvalidInput(_NO_DRAFT)
        await self._services.review.approve(on.draft, actor, over=over)

    async def _resolve(self, on: Target, actor: Actor, over: str) -> None:
        await self._services.review.resolve(on.conversation, on.turn, actor, over=over)

    async def _not_support(self, on: Target, actor: Actor, over: str) -> None:
        await self._services.closing.not_support(on.conversation, on.turn, actor, over=over)

    async def _block(self, on: Target, actor: Actor, over: str) -> None:
        await self._services.closing.block(on.conversation, on.turn, actor, over=over)
