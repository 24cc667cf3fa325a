"""Who we are in Slack: Bolt wants to know at every request, so that it leaves out what the bot itself did."""

import asyncio
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from bot.core.errors import ThreadpilotError, Unavailable
from integrations.slack.client import SlackClient

_PATIENCE = 2.5  # Slack waits three seconds for an answer.


class WhoAreWe(Unavailable):
    """Slack did not tell who we are, so a request cannot be taken now."""


class Identity(AsyncAuthorize):
    """Asks Slack at the first request. Bolt's own way answers 200 when that fails, and the event would be lost."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._known: dict[str, Any] = {}
        self._of = ""

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - Bolt names the arguments.
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,  # noqa: ARG002
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult:
        """Return the bot for whoever asks.

        Raises:
            WhoAreWe: Slack did not say.
        """
        token = self._client.web.token or ""
        if token and (not self._known or token != self._of):
            self._known, self._of = await self._ask(), token
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_id=self._known.get("bot_id"),
            bot_user_id=self._known.get("user_id"),
            bot_token=self._client.web.token,
        )

    async def _ask(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_PATIENCE):
                return dict(await self._client.auth_test())
        except (ThreadpilotError, TimeoutError) as error:
            raise WhoAreWe(str(error) or "Slack did not answer in time") from error
