"""`/metrics`: what a Prometheus server collects, and the counting of requests that are turned away."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.core.ports.tally import Counted, Tally

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PROBED = "/readyz"  # Its 503 is an answer.


def metrics_route(text: Callable[[], Awaitable[bytes]]) -> web.RouteDef:
    """Return the route; `text` gives what it answers with."""

    async def collect(request: web.Request) -> web.Response:  # noqa: ARG001
        return web.Response(body=await text(), headers={"Content-Type": _TYPE})

    return web.get("/metrics", collect)


def counting(tally: Tally) -> Middleware:
    """Return the middleware that counts unsigned, stale, malformed, too large and otherwise refused requests."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            _count(tally, request, refusal.status)
            raise
        _count(tally, request, response.status)
        return response

    return counted


def _count(tally: Tally, request: web.Request, status: int) -> None:
    resource = request.match_info.route.resource
    edge = resource.canonical if resource else "unknown"  # Never the path itself: anybody can invent one.
    if status >= 400 and edge != _PROBED:
        tally(Counted.TURNED_AWAY, edge, str(status))
