"""The one exit for errors: what a person can mend becomes a sentence, everything else a reference they can quote."""

import asyncio
import logging
from secrets import token_hex
from typing import Any

import aiohttp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from blocks import modals
from blocks.home import home_notice
from blocks.text import with_actor
from bot.core.errors import AlreadyDecided, NotAllowed, Refused, Rejected, ThreadpilotError, Unavailable
from handlers.slack.identity import WhoAreWe
from handlers.slack.payloads import Body, opened_of, place_of, user_of
from handlers.slack.services import Services
from handlers.slack.windows import OPENED

log = logging.getLogger(__name__)

# Bolt looks every 10 ms whether a listener has acknowledged, and forgets the acknowledgement when the listener fails
# before that look. Timers fire in order, so twice that time is enough however busy the loop is.
_BOLT_LOOKS_WITHIN = 0.02
_HOME = "app_home_opened"


class ErrorExit:
    """Says it where the person looks: in the window, as an ephemeral in their Slack channel, or as a reply."""

    def __init__(self, services: Services) -> None:
        self._client = services.client

    async def handle(
        self, error: Exception, body: Body, context: AsyncBoltContext, response: BoltResponse | None
    ) -> BoltResponse | None:
        if isinstance(error, WhoAreWe):
            log.warning("slack_down", extra={"error": str(error)})
            return BoltResponse(status=503)  # Slack delivers an event again; nobody has been told anything.
        if response is None:  # Slack's acknowledgement is on its way.
            await asyncio.sleep(_BOLT_LOOKS_WITHIN)
        sentence = _sentence(error)
        # A submission is answered in its window by the acknowledgement, unless that has been given.
        submitted = body.get("type") == "view_submission" and OPENED not in context
        if not submitted and _is_news(error, body, context):
            await self._tell(sentence, body, context)
        if response is None:
            return None
        notice = {"response_action": "update", "view": _not_done(sentence, body)}
        return BoltResponse(status=200, body=notice if submitted else "")

    async def _tell(self, sentence: str, body: Body, context: AsyncBoltContext) -> None:
        try:
            await self._say(sentence, body, context)
        except (ThreadpilotError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("person_not_told", extra={"error": type(error).__name__})

    async def _say(self, sentence: str, body: Body, context: AsyncBoltContext) -> None:
        opened: Any = context.get(OPENED) or (opened_of(body) if body.get("view") else None)
        place, event = place_of(body), body.get("event") or {}
        if opened is not None:
            await self._client.update_view(opened, _not_done(sentence, body))
        elif event.get("type") == _HOME:
            await self._client.publish_home(user_of(body), home_notice(sentence))
        elif body.get("command") and context.respond is not None:
            await context.respond(with_actor(sentence))
        elif place is not None:
            channel, thread_ts = place
            await self._client.whisper(channel, user_of(body), with_actor(sentence), thread_ts)
        elif body.get("trigger_id"):  # A shortcut that is used anywhere.
            await self._client.open_view(body["trigger_id"], _not_done(sentence, body))


def _not_done(sentence: str, body: Body) -> dict[str, Any]:
    """Say it in the window, of a submitted one with what was typed there: it may stand nowhere else."""
    if body.get("type") == "view_submission":
        return modals.not_done(sentence, body["view"])
    return modals.notice("That did not work", sentence)


def _is_news(error: Exception, body: Body, context: AsyncBoltContext) -> bool:
    """Tell whether they have to hear of it: of what happens beside typing or looking, only that they may not."""
    if body.get("event"):
        return isinstance(error, NotAllowed)
    return not _pressed_twice(error, body, context)


def _pressed_twice(error: Exception, body: Body, context: AsyncBoltContext) -> bool:
    """Tell whether the one who was first is the one who lost: a double click is nobody's news."""
    own = isinstance(error, AlreadyDecided) and error.winner == user_of(body)
    return own and context.get(OPENED) is None


def _sentence(error: Exception) -> str:
    """Word an error, raw: it may quote a customer's name, so it is escaped wherever it is shown as mrkdwn."""
    if isinstance(error, Rejected):
        return str(error)
    if isinstance(error, Refused):
        log.warning("slack_refused", extra={"reason": str(error)})
        return str(error)
    if isinstance(error, Unavailable):
        log.warning("listener_unavailable", extra={"reason": str(error)})
        return "That did not work just now, and nothing was changed. Please try again."
    reference = token_hex(4)
    log.error("listener_failed", exc_info=error, extra={"reference": reference})
    return (
        f"Something went wrong on our side, and nothing was lost. Please try again, or quote `{reference}`."
    )
