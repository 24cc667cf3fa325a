"""`POST /inbound/email`: a whole mail as the body, signed, answered once it is committed.

The sender sets `X-Threadpilot-Timestamp` to the seconds since 1970, and `X-Threadpilot-Signature` to `v1=` and the
hexadecimal HMAC-SHA256 of the timestamp, a dot and the body, under INBOUND_EMAIL_SECRET. A mail that was sent before
changes nothing, so whoever gets no answer sends it again.
"""

import hmac
import time
from collections.abc import Callable
from hashlib import sha256

from aiohttp import web

from bot.core.errors import Unavailable
from handlers.mail.inbound import Envelope
from handlers.mail.keeping import MailDesk

ROUTE = "/inbound/email"
TIMESTAMP, SIGNATURE = "X-Threadpilot-Timestamp", "X-Threadpilot-Signature"
_MOST = 25 * 1024 * 1024
_TOLERANCE = 300.0
_RETRY_AFTER = "30"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what the signature header has to say."""
    return f"v1={hmac.digest(secret.encode(), timestamp.encode() + b'.' + body, sha256).hex()}"


class InboundEmail:
    """Takes mails over HTTP."""

    def __init__(
        self, desk: MailDesk, secret: str, *, most: int = _MOST, clock: Callable[[], float] = time.time
    ) -> None:
        self._desk = desk
        self._secret = secret
        self._most = most
        self._clock = clock

    def route(self) -> web.RouteDef:
        return web.post(ROUTE, self.take)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a mail: 200 once it is committed, 401 unsigned or stale, 400 empty, 413 too large, 503 not kept."""
        timestamp = request.headers.get(TIMESTAMP, "")
        if not self._is_fresh(timestamp):
            raise web.HTTPUnauthorized(text=f"{TIMESTAMP} is missing, or more than 5 minutes off.")
        body = await self._body(request)
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, signature(self._secret, timestamp, body).encode()):
            raise web.HTTPUnauthorized(text=f"{SIGNATURE} is not that of this body under our secret.")
        if not body.strip():
            raise web.HTTPBadRequest(text="The body is no mail: it is empty.")
        try:
            receipt = await self._desk.keep(body, Envelope())
        except Unavailable as error:
            raise web.HTTPServiceUnavailable(
                text="The mail could not be kept right now. Send it again.",
                headers={"Retry-After": _RETRY_AFTER},
            ) from error
        return web.json_response({"conversation": receipt.conversation_id, "duplicate": receipt.duplicate})

    def _is_fresh(self, timestamp: str) -> bool:
        known = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12
        return known and abs(self._clock() - int(timestamp)) <= _TOLERANCE

    async def _body(self, request: web.Request) -> bytes:
        """Read the body, and no more of it than is taken."""
        if (request.content_length or 0) > self._most:
            raise self._too_large(request.content_length or 0)
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > self._most:
                raise self._too_large(len(body))
        return bytes(body)

    def _too_large(self, size: int) -> web.HTTPRequestEntityTooLarge:
        said = f"The mail is larger than the {self._most:,} bytes this server takes."
        return web.HTTPRequestEntityTooLarge(max_size=self._most, actual_size=size, text=said)
