"""A place for a Socket Mode connection: Slack gives an address that lets one in, once."""

import asyncio

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import Unavailable
from integrations.slack.errors import from_response

PATIENCE = 10.0


async def ask_for_a_place(web: AsyncWebClient, patience: float = PATIENCE) -> str:
    """Return the address of a Socket Mode connection that this client's app token may open.

    Raises:
        Refused: Slack does not accept the token.
        Unavailable: it cannot be reached now.
    """
    try:
        async with asyncio.timeout(patience):
            answer = await web.apps_connections_open(app_token=str(web.token))
    except SlackApiError as error:
        raise from_response(error, posting=False, setting="SLACK_APP_TOKEN") from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
        raise Unavailable("Slack cannot be reached for Socket Mode") from error
    return str(answer["url"])
