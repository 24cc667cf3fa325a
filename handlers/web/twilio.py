"""What Twilio calls: text messages, the steps of a phone call, and what becomes of our answers.

Every request is proved to be Twilio's over its address and all its fields before it is looked at, and answered once
it is committed. Each has an id of Twilio's that stays the same when it is repeated (MessageSid, CallSid,
RecordingSid), and that id is what makes a repetition harmless, whether or not an I-Twilio-Idempotency-Token says so.
See https://www.twilio.com/docs/usage/webhooks and docs/channels.md.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from bot.core.errors import Unavailable
from bot.core.model import Channel, Inbound
from bot.services.delivery import Deliveries
from bot.services.texting import Texting
from handlers.web.twilio_calls import PhoneCalls
from integrations.twilio import twiml
from integrations.twilio.channel import STATUS_PATH, external_id
from integrations.twilio.media import Media, enclosed_in
from integrations.twilio.signature import HEADER, is_from_twilio, read_form
from integrations.twilio.words import in_words

log = logging.getLogger(__name__)

_BODY_LIMIT = 64 * 1024
_FORM = "application/x-www-form-urlencoded"
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}", re.ASCII)
_LONGEST_ADDRESS = 64
_LONGEST_NAME = 100
_ARRIVED = frozenset({"sent", "delivered", "read", "partially_delivered", "in-progress", "completed"})
_AT_THEM = _ARRIVED - {"sent"}
_LOST = frozenset({"undelivered", "failed", "canceled", "busy", "no-answer"})
_CALL_LOST = {"busy": "The line was busy", "no-answer": "Nobody picked up"}

Fields = Mapping[str, str]
Handler = Callable[[web.Request, Fields], Awaitable[str]]


class TwilioHooks:
    """The routes under `/twilio`; a handler is given the fields of a signed request and returns TwiML."""

    def __init__(
        self,
        auth_token: str,
        public_url: str,
        texting: Texting,
        media: Media,
        calls: PhoneCalls,
        deliveries: Deliveries,
    ) -> None:
        self._auth_token = auth_token
        self._public_url = public_url
        self._texting = texting
        self._media = media
        self._calls = calls
        self._deliveries = deliveries

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/twilio/sms", self._signed(self.text_message)),
            web.post("/twilio/voice", self._signed(self._calls.voice)),
            web.post("/twilio/recording", self._signed(self._calls.recording)),
            web.post("/twilio/transcription", self._signed(self._calls.transcription)),
            web.post(STATUS_PATH, self._signed(self.status)),
        ]

    async def text_message(self, _request: web.Request, fields: Fields) -> str:
        """Keep a text or WhatsApp message."""
        sid, enclosed = wanted(fields, "MessageSid", _SID), enclosed_in(fields)
        inbound = Inbound(
            channel=Channel.SMS,
            external_id=sid,
            address=wanted(fields, "From"),
            text=fields.get("Body", ""),
            name=fields.get("ProfileName", "")[:_LONGEST_NAME],
            attachments=tuple(one.attachment for one in enclosed),
            metadata=dict(_metadata(fields)),
        )
        fetch = partial(self._media.fetch, sid, enclosed)
        await self._texting.receive(inbound, fields.get("OptOutType", ""), fetch)
        return twiml.nothing()

    async def status(self, request: web.Request, fields: Fields) -> str:
        """Take what became of an answer. News comes twice and in any order; what is known only grows."""
        delivery, channel, attempt = (
            request.query.get(name, "") for name in ("delivery", "channel", "attempt")
        )
        state = fields.get("MessageStatus") or fields.get("CallStatus") or ""
        if not delivery or channel not in {Channel.SMS, Channel.PHONE}:
            return twiml.nothing()  # A message that somebody else sends with this account.
        known, name = True, external_id(delivery, attempt)
        if state in _LOST:
            reason = _CALL_LOST.get(state) or in_words(
                fields.get("ErrorCode"), fields.get("ErrorMessage", "")
            )
            known = await self._deliveries.came_back(Channel(channel), name, reason, True)
        elif state in _ARRIVED:
            known = await self._deliveries.went_out(Channel(channel), name, arrived=state in _AT_THEM)
        if not known:
            log.warning(
                "twilio_status_of_nothing_ours", extra={"delivery": delivery[:40], "state": state[:20]}
            )
        return twiml.nothing()

    def _signed(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def take(request: web.Request) -> web.Response:
            try:
                fields = read_form(await _body(request))
                url = self._public_url + request.raw_path
                if not is_from_twilio(self._auth_token, url, fields, request.headers.get(HEADER, "")):
                    return _turned_away(403, "The request is not signed by Twilio for this address.")
                said = await handler(request, {name: fields[name] for name in fields})
            except web.HTTPRequestEntityTooLarge:
                return _turned_away(413, "The request is too large.")
            except (ValueError, web.RequestPayloadError) as error:
                return _turned_away(400, f"The request is malformed: {error}"[:200])
            except Unavailable:
                return _turned_away(503, "Nothing was kept; please try again.")
            return web.Response(text=said, content_type="text/xml")

        return take


def wanted(fields: Fields, name: str, shape: re.Pattern[str] | None = None) -> str:
    """Return a field that has to be there. Raises ValueError when it is not, or is not like that."""
    value = fields.get(name, "").strip()
    if not value or len(value) > _LONGEST_ADDRESS or (shape is not None and not shape.fullmatch(value)):
        raise ValueError(f"{name} is missing or wrong")
    return value


async def _body(request: web.Request) -> bytes:
    if request.content_type != _FORM:
        raise ValueError("no form")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(_BODY_LIMIT, len(body))
    return bytes(body)


def _metadata(fields: Fields) -> Iterator[tuple[str, Any]]:
    yield "to", fields.get("To", "")
    if fields.get("OriginalRepliedMessageSid"):
        yield "replies_to", fields["OriginalRepliedMessageSid"]


def _turned_away(status: int, why: str) -> web.Response:
    log.warning("twilio_request_turned_away", extra={"status": status, "why": why})
    return web.Response(status=status, text=why)
