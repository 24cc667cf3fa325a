"""The edge of the web: a route that nobody has classified answers nobody."""

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.core.access import Unclassified, needed


def act_of(request: web.Request) -> str:
    """Return what a request does, as `bot.core.access` names it; "" when there is no such route."""
    resource = request.match_info.route.resource
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {resource.canonical}" if resource else ""


@web.middleware
async def classified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 where `bot.core.access` does not say who may come."""
    act = act_of(request)
    try:
        if act:
            needed(act)
    except Unclassified as error:
        raise web.HTTPForbidden(text=str(error)) from error
    return await handler(request)
