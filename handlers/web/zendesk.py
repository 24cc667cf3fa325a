"""What Zendesk calls: word that something happened to a ticket. It is read from Zendesk, never from here.

A webhook is proved to be Zendesk's over its time and all its bytes, and answered once the hint is committed. It
comes twice and out of order, and what its fields mean differs between its two kinds (`detail.id` of an event, or the
`ticket_id` of a template of ours), so that nothing but the ticket's number is taken from it.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.core.errors import ThreadpilotError, Unavailable
from bot.core.ports.engine import Clock
from bot.services.tickets import Tickets
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.signature import INVOCATION, SIGNATURE, TIMESTAMP, is_from_zendesk

log = logging.getLogger(__name__)

_BODY_LIMIT = 256 * 1024
_LONGEST_ID = 100


class ZendeskHook:
    """The route `/zendesk/webhook`."""

    def __init__(
        self, secret: str, tickets: Tickets, api: ZendeskApi, clock: Clock = lambda: datetime.now(UTC)
    ) -> None:
        self._secret = secret
        self._tickets = tickets
        self._api = api
        self._clock = clock

    def route(self) -> web.RouteDef:
        return web.post("/zendesk/webhook", self.take)

    async def take(self, request: web.Request) -> web.Response:
        try:
            body = await _body(request)
            if not self._is_signed(request, body):
                return _turned_away(401, "The request is not signed by Zendesk, or not now.")
            await self._heed(_object(body), request.headers.get(INVOCATION, ""))
        except web.HTTPRequestEntityTooLarge:
            return _turned_away(413, "The request is too large.")
        except (ValueError, web.RequestPayloadError) as error:
            return _turned_away(400, f"The request is malformed: {error}"[:200])
        except Unavailable:
            return _turned_away(503, "Nothing was kept; please try again.")
        return web.Response(text="ok")

    async def _ourselves(self) -> str:
        """Return the id of our own user; nothing while Zendesk does not tell: then an echo costs a look, no more."""
        try:
            return (await self._api.we()).id
        except ThreadpilotError:
            return ""

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        timestamp, signature = (request.headers.get(name, "") for name in (TIMESTAMP, SIGNATURE))
        return is_from_zendesk(self._secret, timestamp, body, signature, self._clock())

    async def _heed(self, said: Mapping[str, Any], invocation: str) -> None:
        ticket, actor = _ticket_and_actor(said)
        if not ticket:
            log.info("zendesk_event_not_heeded", extra={"type": str(said.get("type"))[:80]})
        elif actor and actor == await self._ourselves():
            log.debug("zendesk_echo", extra={"ticket": ticket})
        else:
            await self._tickets.hint(ticket, once=invocation[:_LONGEST_ID])


def _ticket_and_actor(said: Mapping[str, Any]) -> tuple[str, str]:
    """Return the number of the ticket an event is about, and who did it; nothing for an event of another kind."""
    detail = said.get("detail")
    if isinstance(detail, Mapping) and str(said.get("type", "")).startswith("zen:event-type:ticket."):
        ticket, actor = detail.get("id"), detail.get("actor_id")
    else:
        ticket, actor = said.get("ticket_id"), said.get("actor_id")
    number = str(ticket or "")
    if number and not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise ValueError("the ticket's id is no number")
    return number, str(actor or "")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(said, Mapping):
        raise ValueError("no object")
    return said


async def _body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(_BODY_LIMIT, len(body))
    return bytes(body)


def _turned_away(status: int, why: str) -> web.Response:
    log.warning("zendesk_request_turned_away", extra={"status": status, "why": why})
    return web.Response(status=status, text=why)
