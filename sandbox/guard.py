"""Who may talk to the sandbox: programs and pages of this machine only, and errors as sentences.

The sandbox has no password, so a foreign web page must not reach it through a visitor's browser: neither by a name
that resolves to loopback (the Host header gives it away) nor across origins (the Origin header does, or
Sec-Fetch-Site where a browser sends no Origin, as for a picture).
"""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.weather import BadWeatherError
from sandbox.wire import BadRequestError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NAMES = ("127.0.0.1", "localhost", "[::1]")


def loopback(host: str) -> str:
    """Return the host if it is this machine's loopback, else refuse it."""
    if host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback):
        return host
    raise ValueError(f"The sandbox has no password and listens on loopback only, not on {host!r}.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@web.middleware
async def same_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    hosts = {f"{name}:{port}" for name in NAMES}
    origin = request.headers.get("Origin")
    if request.headers.get("Host") not in hosts:
        return _refusal("foreign_host")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return _refusal("foreign_origin")
    if _is_led_by_another_site(request):
        return _refusal("foreign_site")
    return await handler(request)


def _is_led_by_another_site(request: web.Request) -> bool:
    """Tell what a browser does for a page of another site; to follow a link to our page is harmless."""
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return False
    follows_a_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not follows_a_link or request.path.startswith(("/slack/", "/control/"))


def _refusal(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=403)


@web.middleware
async def errors_as_sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (BadRequestError, BadWeatherError) as mistake:
        return web.json_response({"ok": False, "error": str(mistake)}, status=400)
    except web.HTTPException as problem:
        if problem.status < 400:
            raise
        return web.json_response({"ok": False, "error": problem.reason}, status=problem.status)
