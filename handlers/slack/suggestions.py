"""Suggested articles: a window for each, what is made of it, and the Home as it is then."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks import ids, modals, suggestions
from blocks.ids import Target
from bot.core.errors import InvalidInput, Rejected
from handlers.slack.home import AppHome
from handlers.slack.in_time import Acknowledge
from handlers.slack.opening import open_filled
from handlers.slack.payloads import Body, actor_of, opened_of, target_of, user_of
from handlers.slack.services import Services
from handlers.slack.windows import OPENED

_FIELDS = {"title": ids.TITLE, "question": ids.QUESTION, "text": ids.TEXT}


class Suggestions:
    """Opens, accepts and declines."""

    def __init__(self, services: Services, home: AppHome) -> None:
        self._services = services
        self._home = home

    async def open(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        reading = self._services.suggesting.get(target_of(body).conversation)
        await open_filled(self._services.client, body, context, reading, suggestions.window)

    async def accept(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Make an article; what cannot be used is marked where it was typed."""
        suggestion = Target.decode(view.get("private_metadata")).conversation
        said = suggestions.typed(view["state"]["values"])
        try:
            await self._services.suggesting.accept(
                suggestion, said.title, said.question, said.text, actor_of(body)
            )
        except InvalidInput as error:
            field = _FIELDS.get(error.field or "", ids.TEXT)
            await ack(response_action="errors", errors={field: str(error)})
        except Rejected as error:
            await ack(response_action="update", view=modals.notice("No article was made", str(error)))
        else:
            done = modals.notice(
                "Made", "It is an article now. Customers are answered from it within a minute."
            )
            await ack(response_action="update", view=done)
            await self._home.publish(user_of(body))

    async def decline(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        """Make no article of it, and say so in the window."""
        await ack()
        context[OPENED] = opened_of(body)
        await self._services.suggesting.decline(target_of(body).conversation, actor_of(body))
        done = modals.notice("Declined", "No article is made of it, and it is off the list.")
        await self._services.client.update_view(context[OPENED], done)
        await self._home.publish(user_of(body))
