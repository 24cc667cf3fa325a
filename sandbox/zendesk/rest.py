"""The part of Zendesk's REST API that the app uses, and what any client needs to look at it."""

import asyncio
import hashlib
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.weather import Sky
from sandbox.wire import BadRequestError, Record, is_number, read_object
from sandbox.zendesk import PLACE
from sandbox.zendesk.desk import Desk, RefusedError
from sandbox.zendesk.oauth import Tokens
from sandbox.zendesk.state import RATING, TICKET, State, now

BASE = "/zendesk/api/v2"
_KEPT = 2 * 3600
_LONGEST_KEY = 255
_LOG = 2_000

Answer = Record | tuple[int, Record] | tuple[int, Record, dict[str, str]]
Handler = Callable[[web.Request, int], Awaitable[Answer]]
# Sees each request, its body, and the answer: for those who hold both against a specification.
Witness = Callable[[web.Request, bytes, web.Response], None]


class Limits:
    """How often something may be asked for: per minute in all, and for each ticket within ten minutes."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self.exports, self.updates = 700, 10, 30
        self._ticks = ticks
        self._asked: dict[str, deque[float]] = defaultdict(deque)

    def take(self, what: str, most: int, seconds: float = 60.0) -> int:
        """Count one more; return how many are left. Raises RefusedError, with Retry-After."""
        asked, now_ = self._asked[what], self._ticks()
        while asked and asked[0] <= now_ - seconds:
            asked.popleft()
        if len(asked) >= most:
            wait = max(1, int(asked[0] + seconds - now_) + 1)
            raise RefusedError(
                429, "TooManyRequests", "Number of allowed API requests per minute exceeded", wait=wait
            )
        asked.append(now_)
        return most - len(asked)


class Api:
    """Logs in, keeps the limits and the weather, and answers in JSON; what answers is `Tickets` and `People`."""

    def __init__(self, sky: Sky, tokens: Tokens) -> None:
        self._sky, self._tokens = sky, tokens
        self.limits = Limits()
        self.log: deque[Record] = deque(maxlen=_LOG)
        self.witness: Witness | None = None

    def get(self, path: str, handler: Handler) -> web.RouteDef:
        return web.get(_path(path), self._guarded(handler))

    def post(self, path: str, handler: Handler) -> web.RouteDef:
        return web.post(_path(path), self._guarded(handler))

    def put(self, path: str, handler: Handler) -> web.RouteDef:
        return web.put(_path(path), self._guarded(handler))

    def delete(self, path: str, handler: Handler) -> web.RouteDef:
        return web.delete(_path(path), self._guarded(handler))

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            weather = self._sky.over(PLACE)
            seen: Record = {"method": request.method, "path": request.path, "query": dict(request.query)}
            self.log.append(seen | {"at": now()})
            await asyncio.sleep(weather.latency_ms / 1000)
            response = await self._answer(request, handler)
            if self.witness is not None:
                self.witness(request, await request.read(), response)
            if weather.disconnect and request.method in {"POST", "PUT"} and request.transport is not None:
                request.transport.abort()  # It is kept, but the app never learns it.
            return response

        return guarded

    async def _answer(self, request: web.Request, handler: Handler) -> web.Response:
        left = 0
        try:
            self._weather()
            user = self._tokens.who(request)
            left = self.limits.take("all", self.limits.per_minute)
            answer = await handler(request, user)
        except RefusedError as refusal:
            response = self._refusal(refusal)
        except BadRequestError as mistake:
            response = web.json_response({"error": "Unprocessable", "message": str(mistake)}, status=400)
        else:
            status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
            response = web.json_response(body, status=status, headers=headers[0] if headers else None)
        response.headers["X-Rate-Limit"] = str(self.limits.per_minute)
        response.headers["X-Rate-Limit-Remaining"] = str(left)
        return response

    def _weather(self) -> None:
        weather = self._sky.over(PLACE)
        if weather.down or self._sky.strikes(PLACE):
            raise RefusedError(503 if weather.down else weather.failure, "ServiceUnavailable", "The weather")

    def _refusal(self, refusal: RefusedError) -> web.Response:
        wait = refusal.body.pop("wait", None) or self._sky.over(PLACE).retry_after
        headers = {"Retry-After": str(wait)} if wait is not None and refusal.status == 429 else {}
        return web.json_response(refusal.body, status=refusal.status, headers=headers)


def _path(path: str) -> str:
    return BASE + path.replace("{id}", "{id:[^./]+}") + r"{suffix:(\.json)?}"


_OURS = frozenset({"changed", "organization"})


def number_of(request: web.Request, name: str = "id") -> int:
    """Return the id in a path. Raises RefusedError for what is none."""
    said = request.match_info[name]
    if not is_number(said):
        raise RefusedError(404, "InvalidEndpoint", "Not found")
    return int(said)


def public(record: Record, url: str) -> Record:
    """Return a record without what is ours, and with its address."""
    return {name: value for name, value in record.items() if name not in _OURS} | {"url": url}


class Tickets:
    def __init__(self, api: Api, state: State, desk: Desk, url: Callable[[], str]) -> None:
        self._api, self._state, self._desk, self._url = api, state, desk, url
        self._answered: dict[str, tuple[float, str, Record]] = {}
        self.lag = 0.0  # For how many seconds what changed is not found by a search.
        self.settles_after = 0.0  # What changed within that many seconds is left out of an export.

    def routes(self) -> list[web.RouteDef]:
        api = self._api
        return [
            api.post("/tickets", self._create),
            api.get("/tickets", self._list),
            api.get("/tickets/{id}", self._show),
            api.put("/tickets/{id}", self._update),
            api.get("/tickets/{id}/comments", self._comments),
            api.get("/tickets/{id}/audits", self._audits),
            api.get("/tickets/{id}/tags", self._tags),
            api.post("/tickets/{id}/tags", self._set_tags),
            api.put("/tickets/{id}/tags", self._add_tags),
            api.delete("/tickets/{id}/tags", self._drop_tags),
            api.get("/incremental/tickets/cursor", self._changed),
            api.get("/satisfaction_ratings", self._ratings),
        ]

    async def _create(self, request: web.Request, user: int) -> Answer:
        given = _object(await read_object(request), "ticket")
        key, digest = request.headers.get("Idempotency-Key", ""), _digest(given)
        if len(key) > _LONGEST_KEY:
            raise RefusedError(
                400, "IdempotentRequestError", "The idempotency key has more than 255 characters"
            )
        known = self._answered.get(key) if key else None
        if known is not None and time.monotonic() - known[0] < _KEPT:
            if known[1] != digest:
                description = "Request parameters don't match the given idempotency key"
                raise RefusedError(400, "IdempotentRequestError", description)
            return 201, known[2], {"x-idempotency-lookup": "hit"}
        ticket, audit = self._desk.create(given, user)
        answer = {"ticket": self._told(ticket), "audit": audit}
        if not key:
            return 201, answer
        self._answered[key] = (time.monotonic(), digest, answer)
        return 201, answer, {"x-idempotency-lookup": "miss"}

    async def _list(self, request: web.Request, _user: int) -> Answer:
        wanted = request.query.get("external_id")
        tickets = [one for one in self._state.all(TICKET) if wanted is None or one["external_id"] == wanted]
        return page("tickets", [self._told(one) for one in tickets])

    async def _show(self, request: web.Request, _user: int) -> Answer:
        return {"ticket": self._told(self._desk.ticket(number_of(request)))}

    async def _update(self, request: web.Request, user: int) -> Answer:
        number, given = number_of(request), _object(await read_object(request), "ticket")
        self._api.limits.take(f"{user} {number}", self._api.limits.updates, 600.0)
        ticket, audit = self._desk.update(number, given, user)
        return {"ticket": self._told(ticket), "audit": audit}

    async def _comments(self, request: web.Request, _user: int) -> Answer:
        number = self._desk.ticket(number_of(request))["id"]
        return page("comments", list(self._state.comments(number)))

    async def _audits(self, request: web.Request, _user: int) -> Answer:
        number = self._desk.ticket(number_of(request))["id"]
        return page("audits", self._state.audits(number))

    async def _tags(self, request: web.Request, _user: int) -> Answer:
        return {"tags": self._desk.ticket(number_of(request))["tags"]}

    async def _set_tags(self, request: web.Request, user: int) -> Answer:
        tags = _strings(await read_object(request))
        return 201, {"tags": self._desk.tag(number_of(request), tags, user)["tags"]}

    async def _add_tags(self, request: web.Request, user: int) -> Answer:
        number, tags = number_of(request), _strings(await read_object(request))
        before = self._desk.ticket(number)["tags"]
        return {"tags": self._desk.tag(number, [*before, *tags], user)["tags"]}

    async def _drop_tags(self, request: web.Request, user: int) -> Answer:
        number, tags = number_of(request), _strings(await read_object(request))
        left = [tag for tag in self._desk.ticket(number)["tags"] if tag not in tags]
        return {"tags": self._desk.tag(number, left, user)["tags"]}

    async def _changed(self, request: web.Request, _user: int) -> Answer:
        """Export what changed: by `start_time` first, then by the cursor of the page before."""
        self._api.limits.take("exports", self._api.limits.exports)
        cursor, start = request.query.get("cursor"), request.query.get("start_time", "")
        if cursor is None and not is_number(start):
            raise RefusedError(400, "InvalidParameters", "start_time or cursor is needed")
        since = float(start) if cursor is None else _position(cursor)
        until = time.time() - self.settles_after
        found = [one for one in self._state.all(TICKET) if since < one["changed"] <= until]
        found.sort(key=lambda one: float(one["changed"]))
        shown = found[:1000]
        after = f"MTU{shown[-1]['changed']:.6f}" if shown else cursor or f"MTU{since:.6f}"
        return {
            "tickets": [self._told(one) for one in shown],
            "after_cursor": after,
            "after_url": f"{self._url()}{BASE}/incremental/tickets/cursor.json?cursor={after}",
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": len(shown) == len(found),
        }

    async def _ratings(self, _request: web.Request, _user: int) -> Answer:
        return page("satisfaction_ratings", self._state.all(RATING))

    def _told(self, ticket: Record) -> Record:
        return public(ticket, f"{self._url()}{BASE}/tickets/{ticket['id']}.json")


def page(name: str, records: list[Record]) -> Record:
    """Return all records as the only page there is."""
    return {name: records, "next_page": None, "previous_page": None, "count": len(records)}


def _object(body: Record, name: str) -> Record:
    given = body.get(name)
    if not isinstance(given, dict):
        raise RefusedError(400, "ParameterMissing", f"Parameter {name} is required")
    return given


def _strings(body: Record) -> list[str]:
    tags: Any = body.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise RefusedError(400, "ParameterMissing", "Parameter tags is required")
    return tags


def _digest(given: Record) -> str:
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def _position(cursor: str) -> float:
    try:
        return float(cursor.removeprefix("MTU"))
    except ValueError:
        raise RefusedError(400, "InvalidParameters", "The cursor is not valid") from None
