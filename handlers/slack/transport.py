"""How Slack reaches us: the Bolt app, and signed requests over HTTP. Socket Mode is in `socket_mode`."""

import logging
import time

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response

from bot.core.errors import Misconfigured
from bot.core.ports.tracing import Tracer, untraced
from bot.services.receipts import Receipts
from handlers.slack import signed
from handlers.slack.bolt import BoltApp
from handlers.slack.front import Takes
from handlers.slack.identity import Identity
from integrations.slack.client import SlackClient

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
_MALFORMED = "The request is malformed."


def build_app(
    client: SlackClient,
    signing_secret: str | None = None,
    *,
    receipts: Receipts | None = None,
    process_before_response: bool = False,
    trace: Tracer = untraced,
) -> BoltApp:
    """Make the Bolt app; it asks Slack who it is (`auth.test`) at the first request, not here."""
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
    return BoltApp(
        receipts,
        trace=trace,
        name="threadpilot",
        client=client.web,
        authorize=Identity(client),
        signing_secret=signing_secret or "",
        process_before_response=process_before_response,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out Bolt's warnings that it does not use the token itself: our client holds it."""
    said = record.getMessage()
    return "you gave `client`" not in said and "`token` (or SLACK_BOT_TOKEN env variable)" not in said


def http_route(app: Takes, signing_secret: str) -> web.RouteDef:
    """Return the route that takes Slack's signed requests.

    It answers 413 to what is too large, 401 to an unsigned or stale request, 400 to a malformed one, and 503 while
    Slack cannot be asked who we are.
    """
    if not signing_secret:
        raise Misconfigured("SLACK_SIGNING_SECRET is not set, so requests from Slack cannot be verified.")

    async def take(request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _turned_away(413, "The request is too large.")
        except web.RequestPayloadError as error:
            request.content.feed_eof()  # Else aiohttp reads on, and logs with a traceback that it cannot.
            return _turned_away(400, _MALFORMED, error)
        if not signed.is_from_slack(signing_secret, request.headers, body, time.time()):
            return _turned_away(401, "The request is not signed by Slack, or too old.")
        try:
            read = signed.read(request.headers, body, request.charset or "utf-8")
            return await to_aiohttp_response(await app.async_dispatch(read))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # Bolt hands our listeners' errors to `ErrorExit`; what comes out here, it could not read itself.
            return _turned_away(400, _MALFORMED, error)

    return web.post(EVENTS_PATH, take)


def _turned_away(status: int, why: str, error: Exception | None = None) -> web.Response:
    fault = {"error": type(error).__name__} if error else {}
    log.warning("slack_request_turned_away", extra={"status": status, "why": why, **fault})
    return web.Response(status=status, text=why)
