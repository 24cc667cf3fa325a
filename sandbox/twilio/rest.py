"""The part of Twilio's REST API that the app uses: create, fetch and list messages and calls, fetch recordings."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sandbox.twilio import ACCOUNT, NUMBER, PLACE, TOKEN
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.customers import Customers
from sandbox.twilio.media import MediaStore
from sandbox.twilio.sound import silence
from sandbox.twilio.state import ADDRESS, CALL, MESSAGE, RECORDING, State
from sandbox.weather import Sky
from sandbox.wire import Record, is_number

_BASE = "/twilio/2010-04-01/Accounts/{account}"
_BODY_MAX = 1_600
# Twilio's own numbers for tests, and what they bring about.
_MAGIC = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable via SMS."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _RefusedError(Exception):
    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Rest:
    def __init__(
        self, state: State, sky: Sky, callbacks: Callbacks, customers: Customers, media: MediaStore
    ) -> None:
        self._state, self._sky, self._callbacks, self._customers = state, sky, callbacks, customers
        self._media = media

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_BASE}/Messages.json", self._guarded(self._create_message)),
            web.get(f"{_BASE}/Messages.json", self._guarded(self._messages)),
            web.get(f"{_BASE}/Messages/{{sid}}.json", self._guarded(self._message)),
            web.get(f"{_BASE}/Messages/{{sid}}/Media/{{medium}}", self._guarded(self._medium)),
            web.post(f"{_BASE}/Calls.json", self._guarded(self._create_call)),
            web.get(f"{_BASE}/Calls.json", self._guarded(self._calls)),
            web.get(f"{_BASE}/Calls/{{sid}}.json", self._guarded(self._call)),
            web.get(f"{_BASE}/Recordings/{{sid}}.json", self._guarded(self._recording)),
            web.get(f"{_BASE}/Recordings/{{sid}}.mp3", self._guarded(self._sound)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            weather = self._sky.over(PLACE)
            await asyncio.sleep(weather.latency_ms / 1000)
            try:
                _check_login(request)
                if weather.down or self._sky.strikes(PLACE):
                    raise _RefusedError(
                        20500, "The stand-in's weather", 503 if weather.down else weather.failure
                    )
                response = await handler(request)
            except _RefusedError as refusal:
                return _refusal(refusal, weather.retry_after)
            if weather.disconnect and request.method == "POST" and request.transport is not None:
                # It is kept, but the app never learns it: the unknown outcome that senders must live with.
                request.transport.abort()
            return response

        return guarded

    async def _create_message(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        _check_message(fields, self._state.opted_out)
        record = self._state.message(
            **{"to": fields["To"], "from": fields["From"], "body": fields.get("Body") or _template(fields)}
        )
        self._state.keep(MESSAGE, record)
        self._callbacks.later(self._customers.receive(record, fields.get("StatusCallback", "")))
        return web.json_response(_shown(record), status=201)

    async def _create_call(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        _check_parties(fields)
        if not fields.get("Twiml") and not fields.get("Url"):
            raise _RefusedError(21205, "Url parameter is required.")
        events = [str(event) for event in form.getall("StatusCallbackEvent", ["completed"])]
        record = self._state.call(
            **{"to": fields["To"], "from": fields["From"], "status": "queued", "direction": "outbound-api"}
        )
        self._state.keep(CALL, record)
        callback = fields.get("StatusCallback", "")
        self._callbacks.later(self._customers.pick_up(record, fields.get("Twiml", ""), callback, events))
        return web.json_response(_shown(record), status=201)

    async def _messages(self, request: web.Request) -> web.Response:
        return self._listed(request, MESSAGE, "messages")

    async def _calls(self, request: web.Request) -> web.Response:
        return self._listed(request, CALL, "calls")

    def _listed(self, request: web.Request, kind: str, name: str) -> web.Response:
        wanted = {
            key: request.query[key.capitalize()]
            for key in ("to", "from")
            if key.capitalize() in request.query
        }
        found = [r for r in reversed(self._state.all(kind)) if all(r[key] == wanted[key] for key in wanted)]
        size = request.query.get("PageSize", "50")
        page = found[: int(size) if is_number(size) else 50]
        uri = request.path.removeprefix("/twilio")
        return web.json_response(
            {
                name: [_shown(record) for record in page],
                "page": 0,
                "page_size": len(page),
                "start": 0,
                "end": max(0, len(page) - 1),
                "uri": uri,
                "first_page_uri": uri,
                "next_page_uri": None,
                "previous_page_uri": None,
            }
        )

    async def _message(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._wanted(request, MESSAGE)))

    async def _call(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._wanted(request, CALL)))

    async def _recording(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._wanted(request, RECORDING)))

    async def _sound(self, request: web.Request) -> web.Response:
        seconds = int(self._wanted(request, RECORDING)["duration"])
        return web.Response(body=silence(seconds), content_type="audio/mpeg")

    async def _medium(self, request: web.Request) -> web.Response:
        found = self._media.lead_on(request)
        if found is None:
            raise _not_found(request)
        return found

    def _wanted(self, request: web.Request, kind: str) -> Record:
        record = self._state.find(kind, request.match_info["sid"])
        if record is None:
            raise _not_found(request)
        return record


def _not_found(request: web.Request) -> _RefusedError:
    return _RefusedError(20404, f"The requested resource {request.path} was not found", 404)


def _check_login(request: web.Request) -> None:
    expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Basic {expected}".encode()):
        raise _RefusedError(20003, "Authenticate", 401)
    if request.match_info["account"] != ACCOUNT:
        raise _RefusedError(20404, "The requested resource was not found", 404)


def _check_parties(fields: Mapping[str, str]) -> None:
    to, sender = fields.get("To", ""), fields.get("From", "")
    if not to:
        raise _RefusedError(21604, "A 'To' phone number is required.")
    if not ADDRESS.fullmatch(to):
        raise _RefusedError(21211, f"The 'To' number {to} is not a valid phone number.")
    if sender.removeprefix("whatsapp:") != NUMBER:
        raise _RefusedError(21606, f"The From phone number {sender} is not a valid number of this account.")


def _check_message(fields: Mapping[str, str], opted_out: set[str]) -> None:
    _check_parties(fields)
    to, body = fields["To"], fields.get("Body", "")
    if to.startswith("whatsapp:") != fields["From"].startswith("whatsapp:"):
        raise _RefusedError(63007, "Twilio could not find a Channel with the specified From address")
    if to in _MAGIC:
        raise _RefusedError(*_MAGIC[to])
    if to in opted_out:
        raise _RefusedError(*_MAGIC["+15005550004"])
    if not body and not fields.get("ContentSid"):
        raise _RefusedError(21602, "Message body is required.")
    if len(body) > _BODY_MAX:
        raise _RefusedError(21617, "The concatenated message body exceeds the 1600 character limit.")


def _template(fields: Mapping[str, str]) -> str:
    return f"[template {fields.get('ContentSid', '')}] {fields.get('ContentVariables', '')}"


_OURS = frozenset({"order", "talk", "awaits", "media", "name", "callback"})


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _OURS}


def _refusal(refusal: _RefusedError, retry_after: int | None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None and refusal.status == 429 else {}
    told = {
        "code": refusal.code,
        "message": str(refusal),
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    return web.json_response(told, status=refusal.status, headers=headers)
