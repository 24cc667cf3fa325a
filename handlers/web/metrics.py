"""`/metrics`: what a Prometheus server collects, and the counting of requests that are turned away."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.core.access import ACCESS, Proof
from bot.core.ports.tally import Counted, Tally
from handlers.web.access import act_of

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORGED = frozenset({401, 403})
_AN_ANSWER = ("/readyz", 503)


def metrics_route(text: Callable[[], Awaitable[bytes]]) -> web.RouteDef:
    """Return the route; `text` gives what it answers with."""

    async def collect(request: web.Request) -> web.Response:  # noqa: ARG001
        return web.Response(body=await text(), headers={"Content-Type": _TYPE})

    return web.get("/metrics", collect)


def counting(tally: Tally, knocked: Callable[[str], None] = lambda _edge: None) -> Middleware:
    """Return the middleware that counts unsigned, stale, malformed, too large and otherwise refused requests.

    `knocked` is told the edge of each that was not signed by the provider it is for.
    """

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            note(request, refusal.status)
            raise
        note(request, response.status)
        return response

    def note(request: web.Request, status: int) -> None:
        _count(tally, request, status)
        act = act_of(request)
        if status in _FORGED and ACCESS.get(act) is Proof.SIGNATURE:
            knocked(act)

    return counted


def _count(tally: Tally, request: web.Request, status: int) -> None:
    resource = request.match_info.route.resource
    edge = resource.canonical if resource else "unknown"  # Never the path itself: anybody can invent one.
    if status >= 400 and (edge, status) != _AN_ANSWER:
        tally(Counted.TURNED_AWAY, edge, str(status))
