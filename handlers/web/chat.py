"""The web-chat edge: opens sessions, serves the WebSocket, and offers the same over plain HTTP.

`ChatApi.routes` is the table of contents. A refused request gets a JSON object like the socket's error frames and
changes nothing.
"""

import asyncio
import functools
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.core.errors import Rejected, Unavailable
from bot.core.model import new_id
from bot.services.chat import ChatService
from handlers.web import chat_wire as wire
from handlers.web.chat_files import read_file
from handlers.web.chat_identity import IdentityReader
from handlers.web.chat_pages import page_routes
from handlers.web.chat_socket import ChatSocket, Patience, new_websocket
from handlers.web.chat_sockets import OpenSockets

log = logging.getLogger(__name__)

LONGEST_WAIT = 25.0
DEFAULT_PATIENCE = Patience()
_IPV6_NETWORK = 64

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_chat(
    app: web.Application,
    service: ChatService,
    *,
    allowed_origins: Collection[str],
    frame_ancestors: Collection[str] = (),
    identity_secret: str = "",
    brand: str = "",
    patience: Patience = DEFAULT_PATIENCE,
) -> None:
    """Add the chat to an application, and let go of its visitors when that shuts down.

    `allowed_origins` are the sites (scheme and host) that carry the widget, besides ourselves. `frame_ancestors`
    are further ones that may show the pages in a frame. With the `identity_secret`, sites vouch for their visitors.
    """
    api = ChatApi(service, allowed_origins, IdentityReader(identity_secret), brand, patience)
    app.add_routes([*api.routes(), *page_routes([*allowed_origins, *frame_ancestors])])
    app.on_shutdown.append(api.let_go)


class ChatApi:
    """The routes a visitor's program calls."""

    def __init__(
        self,
        service: ChatService,
        allowed_origins: Collection[str],
        identities: IdentityReader,
        brand: str,
        patience: Patience,
    ) -> None:
        self._service = service
        self._identities = identities
        self._brand = brand
        self._patience = patience
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._sockets = OpenSockets()
        self._polls: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/chat/v1/config", self._guarded(self.config)),
            web.post("/chat/v1/session", self._guarded(self.open_session)),
            web.get("/chat/v1/ws", self._guarded(self.talk)),
            web.get("/chat/v1/events", self._guarded(self.events)),
            web.post("/chat/v1/messages", self._guarded(self.receive)),
            web.post("/chat/v1/files", self._guarded(self.receive_file)),
            web.post("/chat/v1/contact", self._guarded(self.introduce)),
            web.post("/chat/v1/rating", self._guarded(self.rate)),
        ]

    async def config(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Tell the widget what to ask its visitor for."""
        rules = self._service.rules
        return web.json_response(
            {
                "brand": self._brand,
                "email": rules.ask_email.value,
                "identity": "required" if rules.require_identity else "optional",
                "mails": rules.mails,
            }
        )

    async def open_session(self, request: web.Request) -> web.Response:
        asked = await _read_object(request)
        visitor, identity = wire.text_field(asked, "visitor", ""), self._identities.read(asked)
        visit = await self._service.open_session(visitor, client=client_of(request), identity=identity)
        return web.json_response(
            {
                "session": visit.session,
                "visitor": visit.visitor,
                "conversation": visit.conversation,
                "cursor": visit.cursor,
                "reachable": visit.reachable,
            }
        )

    async def talk(self, request: web.Request) -> web.StreamResponse:
        ws = new_websocket()
        if not ws.can_prepare(request):
            raise wire.Refusal("bad_request", "This address speaks WebSocket.", status=426)
        await ws.prepare(request)
        drop = functools.partial(_abort, request)
        await ChatSocket(self._service, self._sockets, ws, drop, self._patience, client_of(request)).run()
        return ws

    async def events(self, request: web.Request) -> web.Response:
        session, after, wait = _session(request), _whole(request, "after"), _seconds(request, "wait")
        with _kept(self._polls, asyncio.current_task()):
            events = await self._service.next_events(session, after, wait)
            cursor = await self._service.cursor(session)
        return web.json_response({"events": [wire.event_frame(event) for event in events], "cursor": cursor})

    async def receive(self, request: web.Request) -> web.Response:
        said = await _read_object(request)
        cid, text = wire.text_field(said, "cid"), wire.text_field(said, "text")
        wants_human = said.get("human") is True
        seq = await self._service.receive(
            _session(request), cid, text, wants_human=wants_human, client=client_of(request)
        )
        return web.json_response({"seq": seq})

    async def receive_file(self, request: web.Request) -> web.Response:
        """Take a file as a message of its own: the body is its content."""
        session, cid, text = _session(request), request.query.get("cid", ""), request.query.get("text", "")
        await self._service.cursor(session)  # Nobody unknown makes us read megabytes.
        file = await read_file(request)
        seq = await self._service.receive(session, cid, text, client=client_of(request), file=file)
        return web.json_response({"seq": seq})

    async def introduce(self, request: web.Request) -> web.Response:
        said = await _read_object(request)
        email, name = wire.text_field(said, "email"), wire.text_field(said, "name", "")
        cid = wire.text_field(said, "cid", new_id())
        return web.json_response({"seq": await self._service.introduce(_session(request), cid, email, name)})

    async def rate(self, request: web.Request) -> web.Response:
        said = await _read_object(request)
        score, comment = wire.score_field(said), wire.text_field(said, "comment", "")
        cid = wire.text_field(said, "cid", new_id())
        return web.json_response({"seq": await self._service.rate(_session(request), cid, score, comment)})

    async def let_go(self, app: web.Application) -> None:  # noqa: ARG002
        """Close every socket with "restart" and end the long polls; visitors come back by themselves."""
        for poll in list(self._polls):
            poll.cancel()
        await self._sockets.restart()

    def _guarded(self, handler: Handler) -> Handler:
        """Refuse foreign sites, and answer what is wrong as JSON."""

        @functools.wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._check_origin(request)
                return await handler(request)
            except wire.Refusal as refusal:
                return _refused(request, refusal)
            except (Rejected, Unavailable) as error:
                return _refused(request, wire.refusal_of(error))

        return guarded

    def _check_origin(self, request: web.Request) -> None:
        """Let through our own pages, the configured sites, and programs that are no browsers (no Origin)."""
        origin = request.headers.get("Origin")
        if origin is None or origin.lower() in self._origins or _host(origin) == request.host.lower():
            return
        raise wire.Refusal("foreign_origin", "This site may not use the chat.", status=403)


def client_of(request: web.Request) -> str:
    """Return where a request comes from, for counting: the peer's address, or its network with IPv6.

    Behind a reverse proxy that is not known (`handlers/web/proxies.py`) all visitors are one client.
    """
    try:
        address = ip_address((request.remote or "").partition("%")[0])
    except ValueError:  # A Unix socket has no address.
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if isinstance(address, IPv4Address) or mapped:
        return str(mapped or address)
    return str(
        ip_network((address, _IPV6_NETWORK), strict=False)
    )  # Whoever has one address has all of these.


@contextmanager
def _kept(collection: set[Any], item: Any) -> Iterator[None]:
    collection.add(item)
    try:
        yield
    finally:
        collection.discard(item)


def _refused(request: web.Request, refusal: wire.Refusal) -> web.Response:
    log.warning("chat_request_refused", extra={"code": refusal.code, "path": request.path})
    headers = {"Retry-After": str(refusal.retry)} if refusal.retry is not None else {}
    return web.json_response(dict(refusal.frame()), status=refusal.status, headers=headers)


async def _read_object(request: web.Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > wire.FRAME_LIMIT:
            raise wire.too_large()
    return wire.parse_object(bytes(body))


def _session(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise wire.no_session("Send the session as 'Authorization: Bearer'.")
    return token.strip()


def _whole(request: web.Request, name: str) -> int:
    try:
        return wire.seq_field({name: int(request.query.get(name, "0"))}, name)
    except ValueError:
        raise wire.Refusal("bad_frame", f"'{name}' has to be a whole number from 0.") from None


def _seconds(request: web.Request, name: str) -> float:
    try:
        seconds = float(request.query.get(name, "0"))
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:  # Also true for "nan".
        raise wire.Refusal("bad_frame", f"'{name}' has to be a number of seconds.")
    return min(seconds, LONGEST_WAIT)


def _host(origin: str) -> str:
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:
        return ""


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
