"""How Slack reaches us: Socket Mode, which needs no public address, or signed requests over HTTP."""

import asyncio
import logging

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Misconfigured, Unavailable
from integrations.slack.client import PATIENCE, SlackClient
from integrations.slack.errors import from_response

EVENTS_PATH = "/slack/events"


def build_app(
    client: SlackClient, signing_secret: str | None = None, *, process_before_response: bool = False
) -> AsyncApp:
    """Make the Bolt app; it asks Slack who it is (`auth.test`) at the first request, not here."""
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
    return AsyncApp(
        name="threadpilot",
        client=client.web,
        signing_secret=signing_secret or "",
        process_before_response=process_before_response,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out Bolt's warning that it saw SLACK_BOT_TOKEN beside the client that holds it."""
    return "you gave `client`" not in record.getMessage()


class SocketMode:
    """A connection that Slack pushes events through."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        patience: float = PATIENCE,
    ) -> None:
        self._app = app
        self._patience = patience
        self._web = AsyncWebClient(app_token, base_url=base_url, session=session, retry_handlers=[])
        self._handler: AsyncSocketModeHandler | None = None

    async def connect(self) -> None:
        """Open the connection; from then on it renews itself.

        Raises:
            Refused: Slack does not accept the app token.
            Unavailable: Slack cannot be reached now.
        """
        await self._ask_for_a_place()
        self._handler = AsyncSocketModeHandler(self._app, self._web.token, web_client=self._web)
        try:
            async with asyncio.timeout(self._patience):
                await self._handler.connect_async()  # type: ignore[no-untyped-call]
        except (aiohttp.ClientError, TimeoutError) as error:
            await self.close()
            raise Unavailable("Slack does not open its Socket Mode connection") from error

    async def _ask_for_a_place(self) -> None:
        """Find out whether the token is good: the SDK would try a bad one for ever."""
        try:
            async with asyncio.timeout(self._patience):
                await self._web.apps_connections_open(app_token=str(self._web.token))
        except SlackApiError as error:
            raise from_response(error, posting=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("Slack cannot be reached for Socket Mode") from error

    async def is_connected(self) -> bool:
        return self._handler is not None and bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Close the connection at once, so that Slack sends nothing into a dead socket."""
        if self._handler is not None:
            handler, self._handler = self._handler, None
            await handler.close_async()  # type: ignore[no-untyped-call]


def http_route(app: AsyncApp, signing_secret: str) -> web.RouteDef:
    """Return the route that takes Slack's signed requests; a bad or stale signature is answered with 401."""
    if not signing_secret:
        raise Misconfigured("SLACK_SIGNING_SECRET is not set, so requests from Slack cannot be verified.")

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return web.post(EVENTS_PATH, take)
