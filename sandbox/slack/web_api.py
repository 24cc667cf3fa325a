"""The door of the Web API: token, scopes, rate limits and weather, then the method, then the log."""

import asyncio
import inspect
from collections.abc import Mapping, Sequence

from aiohttp import web

from sandbox.slack.chat import missing_scope
from sandbox.slack.directory import Grant
from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call, Method
from sandbox.slack.rates import RateLimits
from sandbox.slack.traffic import Traffic
from sandbox.weather import Sky
from sandbox.wire import Record, parsed


class WebApi:
    def __init__(
        self,
        methods: Mapping[str, Method],
        grants: Mapping[str, Grant],
        rates: RateLimits,
        traffic: Traffic,
        sky: Sky,
        others: Sequence["WebApi"] = (),
    ) -> None:
        """Serve one workspace; calls with a token of one of the `others` are handed to that."""
        self._others = others
        self._methods, self._grants = methods, grants
        self._rates, self._traffic, self._sky = rates, traffic, sky

    async def handle(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        started = asyncio.get_running_loop().time()
        args: Record = {}
        status, headers = 200, dict[str, str]()
        with self._traffic.call():
            try:
                args = await _arguments(request)
                answer = await self._answer(name, request, args, headers)
            except SlackError as refusal:
                answer, status = refusal.body(), refusal.status
                if refusal.retry_after is not None:
                    headers["Retry-After"] = str(refusal.retry_after)
        spent = round((asyncio.get_running_loop().time() - started) * 1000, 1)
        self._traffic.note("request", method=name, args=args, status=status, answer=_brief(answer), ms=spent)
        return web.json_response(answer, status=status, headers=headers)

    async def _answer(self, name: str, request: web.Request, args: Record, headers: dict[str, str]) -> Record:
        await self._suffer_weather()
        if name not in self._methods:
            raise SlackError("unknown_method", req_method=name)
        token = _token(request, args)
        there = next((one for one in self._others if token in one._grants), self)
        args.pop("token", None)
        return await there._granted(name, token, args, headers)

    async def _granted(self, name: str, token: str, args: Record, headers: dict[str, str]) -> Record:
        method, grant = self._methods[name], self._grants.get(token)
        if grant is None:
            raise SlackError("invalid_auth")
        headers["x-oauth-scopes"] = ",".join(sorted(grant.scopes))
        if grant.kind != method.by:
            raise SlackError("not_allowed_token_type")
        if method.scopes and not grant.scopes.intersection(method.scopes):
            raise missing_scope(method.scopes, grant)
        self._spend(name, method, grant)
        answer = method.run(Call(name, args, grant))
        result: Record = await answer if inspect.isawaitable(answer) else answer
        return result

    async def _suffer_weather(self) -> None:
        weather = self._sky.over("slack")
        if weather.latency_ms:
            await asyncio.sleep(weather.latency_ms / 1000)
        if weather.down:
            raise SlackError("service_unavailable", status=503)
        if self._sky.strikes("slack"):
            limited = weather.failure == 429
            retry_after = (weather.retry_after or 1) if limited else weather.retry_after
            raise SlackError(
                "ratelimited" if limited else "internal_error",
                status=weather.failure,
                retry_after=retry_after,
            )

    def _spend(self, name: str, method: Method, grant: Grant) -> None:
        if method.reads and grant.reads_freely:
            return
        wait = self._rates.of_method(name, method.tier) if method.tier else 0
        if wait:
            raise SlackError("ratelimited", status=429, retry_after=wait)


def _brief(answer: Record) -> Record:
    """Return what the log keeps of an answer: a refusal whole, of a success only what is short."""
    if not answer["ok"]:
        return answer
    return {name: value for name, value in answer.items() if isinstance(value, str | bool | int)}


def _token(request: web.Request, args: Record) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else args.get("token")
    if not token:
        raise SlackError("not_authed")
    return str(token)


async def _arguments(request: web.Request) -> Record:
    """Merge what comes in the query, a form and a JSON body, as Slack does."""
    args: Record = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = parsed(await request.read() or b"{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        args |= body
    elif request.body_exists:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return {name: value for name, value in args.items() if value is not None}
