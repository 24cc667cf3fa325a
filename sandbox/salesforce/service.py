"""The stand-in for Salesforce as one part of the sandbox, at the paths that Salesforce itself has."""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import unquote

from aiohttp import web

from sandbox import demo_company
from sandbox.journal import Journal
from sandbox.salesforce import CLIENT_ID, CLIENT_SECRET, PLACE
from sandbox.salesforce.company import settle
from sandbox.salesforce.control import SalesforceControl
from sandbox.salesforce.login import Login
from sandbox.salesforce.refusal import RefusedError
from sandbox.salesforce.rest import VERSIONS, Answer, Requests
from sandbox.salesforce.schema import KINDS
from sandbox.salesforce.state import State
from sandbox.weather import Sky, Weather
from sandbox.wire import Json, parsed

_LOG_MAX = 2_000
_FIELDS = "Contact.Plan__c,Contact.Customer_Since__c,Contact.Description,Account.Health__c"


class SalesforceService:
    def __init__(self, journal: Journal, sky: Sky, changed: Callable[[], None]) -> None:
        self._sky = sky
        self.state = State(journal, changed)
        settle(self.state, demo_company.customers())
        self.login = Login(self.state)
        self._requests = Requests(self.state)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/services/oauth2/token", self._token),
            web.get("/services/oauth2/userinfo", self._user),
            web.get("/services/data", self._versions),
            web.get("/services/data/", self._versions),
            web.route("*", "/services/data/{rest:.+}", self._data),
            *SalesforceControl(self.state).routes(),
            web.get(r"/{record:(?:001|003|500)\w{12,15}}", _to_the_page),
        ]

    def environment(self, sandbox: str) -> dict[str, str]:
        """Return what the app needs to take this for Salesforce."""
        return {
            "SALESFORCE_URL": sandbox,
            "SALESFORCE_CLIENT_ID": CLIENT_ID,
            "SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
            "SALESFORCE_FIELDS": _FIELDS,
            "SALESFORCE_ANSWER_FIELDS": "Contact.Plan__c,Contact.Customer_Since__c",
            "SALESFORCE_WRITE_BACK": "yes",
            "SALESFORCE_POLL_SECONDS": "3",
        }

    # --- the API ----------------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.StreamResponse:
        self._note(request, "login")
        trouble = await self._weather(request)
        return trouble or await self.login.token(request)

    async def _versions(self, request: web.Request) -> web.StreamResponse:
        trouble = await self._weather(request)
        known = [{"version": f"{n}.0", "url": f"/services/data/v{n}.0", "label": f"v{n}"} for n in VERSIONS]
        return trouble or web.json_response(known)

    async def _user(self, request: web.Request) -> web.StreamResponse:
        trouble = await self._weather(request)
        if trouble is not None:
            return trouble
        if not self._is_logged_in(request):
            return web.Response(status=403, text="Bad_OAuth_Token")
        user = next(u for u in self.state.all(KINDS["User"]) if u["Id"] == self.state.user)
        told = {"user_id": user["Id"], "name": user["Name"], "preferred_username": user["Username"]}
        return web.json_response(told)

    async def _data(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        trouble = await self._weather(request)
        try:
            values = _read(body) if body else None
            self._note(request, "api", values)
            if trouble is not None:
                return trouble
            answer = self._answered(request, values)
        except RefusedError as error:
            answer = Answer(error.status, error.body)
        return self._written(answer)

    def _answered(self, request: web.Request, values: Json) -> Answer:
        if not self._is_logged_in(request):
            raise RefusedError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.state.used >= self.state.allowance:
            raise RefusedError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.state.used += 1
        return self._requests.answer(request.method, request.raw_path, values)

    def _written(self, answer: Answer) -> web.Response:
        headers = {"Sforce-Limit-Info": f"api-usage={self.state.used}/{self.state.allowance}"}
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return web.json_response(answer.body, status=answer.status, headers=headers)

    def _is_logged_in(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and self.state.knows(token)

    async def _weather(self, request: web.Request) -> web.StreamResponse | None:
        """Let the weather of this place have its way; return what it answers instead of us."""
        weather = self._sky.over(PLACE)
        await asyncio.sleep(weather.latency_ms / 1000)
        if weather.silent:
            await asyncio.Event().wait()
        if weather.disconnect and request.transport is not None:
            request.transport.abort()
        if weather.down:
            return _struck(503, weather)
        return _struck(weather.failure, weather) if self._sky.strikes(PLACE) else None

    def _note(self, request: web.Request, what: str, body: Json = None) -> None:
        path = unquote(request.path)
        self.state.log.append(
            {"at": time.time(), "what": what, "method": request.method, "path": path, "body": body}
            | ({"q": request.query["q"]} if "q" in request.query else {})
        )
        del self.state.log[:-_LOG_MAX]


async def _to_the_page(_request: web.Request) -> web.Response:
    """Lead whoever follows a link to a record to where the page shows them."""
    raise web.HTTPFound("/#crm")


def _read(body: bytes) -> Json:
    try:
        return parsed(body)
    except ValueError:
        raise RefusedError(400, "JSON_PARSER_ERROR", "Unexpected character in the body") from None


def _struck(status: int, weather: Weather) -> web.Response:
    headers = {"Retry-After": str(weather.retry_after)} if weather.retry_after is not None else {}
    return web.Response(status=status, headers=headers, text="<html>The stand-in's weather</html>")
