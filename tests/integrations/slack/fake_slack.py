"""A tiny Slack Web API on 127.0.0.1: keeps what it is asked, and answers as it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

OK = {
    "auth.test": {
        "ok": True,
        "user_id": "U0BOT",
        "bot_id": "B0BOT",
        "team_id": "T1",
        "url": "https://x.slack.com/",
    },
    "chat.postMessage": {"ok": True, "ts": "1763888400.000100"},
    "views.open": {"ok": True, "view": {"id": "V1", "hash": "h1"}},
    "users.info": {"ok": True, "user": {"team_id": "T1"}},
    "usergroups.users.list": {"ok": True, "users": ["U0MORGAN"]},
}


class Time:
    """A clock that moves only while somebody sleeps; `now` are seconds after it was made."""

    BEGINNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> datetime:
        return self.BEGINNING + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class FakeSlack:
    """`calls` are (method, arguments) in order; `answers[method]` replaces the usual answer, once per entry."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, list[web.Response | str | dict[str, Any]]] = field(default_factory=dict)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of every call of a method."""
        return [args for name, args in self.calls if name == method]

    def then(self, method: str, *answers: web.Response | str | dict[str, Any]) -> None:
        """Say what the next calls of a method get: a response, an error code, or a body."""
        self.answers.setdefault(method, []).extend(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await request.json() if request.can_read_body and request.content_type.endswith("json") else {}
        self.calls.append((method, {**request.query, **body}))
        queued = self.answers.get(method)
        answer = queued.pop(0) if queued else OK.get(method, {"ok": True})
        if answer == "hang up":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(answer, str):
            answer = {"ok": False, "error": answer}
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)

    async def respond(self, request: web.Request) -> web.Response:
        """Take what is sent to a response_url."""
        self.calls.append(("response_url", await request.json()))
        queued = self.answers.get("response_url")
        answer = queued.pop(0) if queued else web.Response(text="ok")
        assert isinstance(answer, web.Response)
        return answer


@asynccontextmanager
async def running(fake: FakeSlack | None = None) -> AsyncIterator[FakeSlack]:
    """Start a fake Slack, this one or a new one, on a free port."""
    fake = fake or FakeSlack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", fake.handle)
    app.router.add_post("/respond", fake.respond)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    fake.url = str(server.make_url("/"))
    try:
        yield fake
    finally:
        await server.close()
