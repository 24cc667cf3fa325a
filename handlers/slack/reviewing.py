"""`/cockpit review`: hands out one answer after the other, and takes the scorecards."""

from collections.abc import Mapping
from typing import Any

from blocks import modals, replies, reviewing
from bot.core.model import Actor
from handlers.slack import steering_orders as g
from handlers.slack.in_time import Acknowledge
from handlers.slack.payloads import Body, actor_of, user_of
from handlers.slack.services import Services


class Reviews:
    """The review queue."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._scoring = services.scoring

    async def open(self, body: Body) -> str:
        """Open the window with the next answer; return a sentence where nothing waits."""
        sheet = await self._scoring.next(actor_of(body))
        if sheet is None:
            return reviewing.NOTHING
        await self._services.client.open_view(body["trigger_id"], reviewing.window(sheet))
        return ""

    async def submit(self, ack: Acknowledge, body: Body, view: Mapping[str, Any]) -> None:
        """Keep a scorecard, and show the next answer in its place."""
        state, draft_id = view["state"]["values"], str(view.get("private_metadata"))
        await self._scoring.score(reviewing.scorecard(draft_id, user_of(body), state, self._scoring.now()))
        sheet = await self._scoring.next(actor_of(body))
        shown = reviewing.window(sheet) if sheet else modals.told("Review", f"Saved. {reviewing.NOTHING}")
        await ack(response_action="update", view=shown)

    async def tell(self, asked: g.ShowReviews | g.ShowCoaching, actor: Actor) -> str:
        """Tell what scorecards add up to, or what was noted on somebody's answers."""
        if isinstance(asked, g.ShowCoaching):
            who = asked.who or actor.id
            return reviewing.notes(who, await self._scoring.notes(who, actor))
        return reviewing.summary(await self._scoring.summary())

    async def set_share(self, share: float, actor: Actor) -> str:
        """Set what share of agents' own answers is reviewed."""
        return replies.changed(actor.id, await self._scoring.set_agents_share(share, actor))
