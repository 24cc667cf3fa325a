"""What holds for every route: no body where none belongs, no request without an end, and headers on every answer.

How large a body may be is said where it is read. What a page may do more than nothing, it says itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.core.ports.tracing import Tracer
from bot.services.admission import Rate, SlowDown, Throttle
from handlers.web.access import act_of

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
_USUAL = 60.0
_KNOCKS = Rate(10)
_KNOCKED = (
    "More than ten requests to `{act}` within ten minutes were not signed as they have to be. All were refused. "
    "Either a secret was changed on one side only, or somebody is knocking."
)
_LONG: Mapping[str, float] = {"POST /inbound/email": 300.0, "POST /chat/v1/files": 300.0}


def harden(pages: web.Application, *, https: bool) -> None:
    """Give every answer headers that forbid what its page does not ask for; `https` where we are found by that."""
    headers = _HEADERS | (_ONLY_HTTPS if https else {})

    async def prepare(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.pop("Server", None)

    pages.on_response_prepare.append(prepare)


def limited(patience: Mapping[str, float] = _LONG, usual: float = _USUAL) -> Middleware:
    """Return the middleware that refuses bodies nobody reads, and ends what takes too long.

    `patience` are seconds by what is asked, `usual` those of everything else that comes with a body.
    """

    @web.middleware
    async def limits(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method in {
            "GET",
            "HEAD",
        }:  # Among them are sockets and long polls, which end by themselves.
            if request.body_exists:
                raise web.HTTPRequestEntityTooLarge(0, 1, text="This address takes no body.")
            return await handler(request)
        try:
            async with asyncio.timeout(patience.get(act_of(request), usual)) as within:
                return await handler(request)
        except TimeoutError:
            if not within.expired():
                raise
            raise web.HTTPRequestTimeout(text="The request took too long. Send it again.") from None

    return limits


def followed(trace: Tracer) -> Middleware:
    """Return the middleware that follows each request that is about a conversation; sockets last too long."""

    @web.middleware
    async def following(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "Upgrade" in request.headers:
            return await handler(request)
        with trace(act_of(request)):
            return await handler(request)

    return following


def knocking(
    alarm: Callable[[str, str], None], rate: Rate = _KNOCKS, clock: Callable[[], float] = monotonic
) -> Callable[[str], None]:
    """Return what raises an alarm once more requests at one edge were not signed than happens by mistake."""
    throttle = Throttle(rate)

    def knocked(act: str) -> None:
        try:
            throttle.admit(act, clock())
        except SlowDown:
            alarm(f"forged {act}", _KNOCKED.format(act=act))

    return knocked
