"""A scriptable stand-in for the stand-in: serves the page's files and a control API whose state the test sets.

The real sandbox refuses blocks that Slack refuses; the renderer must also survive those, so its tests speak to this.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.waiting import PATIENCE

PAGE = Path(__file__).parents[2] / "sandbox" / "page"
EMAIL, CHAT = "C0EMAIL", "C0CHAT"
AGENT, MANAGER, BOT = "U0KIM", "U0MORGAN", "U0BOT"


def fresh_state() -> dict[str, Any]:
    users = [
        {"id": AGENT, "name": "kim", "real_name": "Kim Larsen"},
        {"id": MANAGER, "name": "morgan", "real_name": "Morgan Diaz"},
        {"id": BOT, "name": "threadpilot", "real_name": "threadpilot", "is_bot": True},
    ]
    channels = [{"id": EMAIL, "name": "support-email"}, {"id": CHAT, "name": "support-chat"}]
    return {"channels": channels, "messages": [], "views": [], "ephemeral": [], "users": users}


@dataclass
class Stub:
    state: dict[str, Any] = field(default_factory=fresh_state)
    mail: list[dict[str, Any]] = field(default_factory=list)
    sms: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    company: dict[str, Any] = field(default_factory=lambda: {"customers": [], "tickets": []})
    day: dict[str, Any] = field(
        default_factory=lambda: {
            "playing": False,
            "progress": None,
            "report": None,
            "error": "",
            "log_errors": None,
        }
    )
    weather: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    posted: asyncio.Queue[tuple[str, dict[str, Any]]] = field(default_factory=asyncio.Queue)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    info: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    streams: list[asyncio.Queue[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    def show(self, *blocks: Any, channel: str = EMAIL, ts: str = "1763890000.000100", **more: Any) -> None:
        """Put a message of the app into a Slack channel."""
        message = {
            "channel": channel,
            "ts": ts,
            "user": BOT,
            "text": "fallback",
            "blocks": list(blocks),
            **more,
        }
        self.state["messages"].append(message)
        self.changed("slack")

    def changed(self, what: str) -> None:
        for stream in self.streams:
            stream.put_nowait(what)

    async def next_post(self) -> tuple[str, dict[str, Any]]:
        return await asyncio.wait_for(self.posted.get(), PATIENCE)

    async def post(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/control/")
        self.posted.put_nowait((name, await request.json()))
        await self.hold.wait()
        answer = self.answers.get(name, {"ok": True, "view": None, "ephemeral": []})
        return web.json_response(answer, status=answer.get("status", 200))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        changes: asyncio.Queue[str] = asyncio.Queue()
        self.streams.append(changes)
        with suppress(ConnectionResetError):
            while True:
                await response.write(f"data: {json.dumps({'changed': await changes.get()})}\n\n".encode())
        return response

    def app(self) -> web.Application:
        readings = {
            "/control/slack/state": lambda: self.state,
            "/control/mail": lambda: self.mail,
            "/control/sms": lambda: self.sms,
            "/control/calls": lambda: self.calls,
            "/control/zendesk/state": lambda: {"tickets": self.tickets},
            "/control/salesforce/cases": lambda: {"cases": self.cases},
            "/control/company": lambda: self.company,
            "/control/day": lambda: self.day,
            "/control/weather": lambda: {"ok": True, "weather": self.weather},
            "/control/info": lambda: {
                "support": "support@shop.example",
                "channels": {"email": EMAIL, "chat": CHAT},
                "agent": AGENT,
                "manager": MANAGER,
                **self.info,
            },
        }

        async def read(request: web.Request) -> web.Response:
            return web.json_response(readings[request.path]())

        async def index(_: web.Request) -> web.FileResponse:
            return web.FileResponse(PAGE / "index.html")

        app = web.Application()
        app.router.add_get("/", index)
        app.router.add_get("/control/stream", self.stream)
        for path in readings:
            app.router.add_get(path, read)
        app.router.add_post("/control/{name:.*}", self.post)
        app.router.add_static("/", PAGE)
        return app


@asynccontextmanager
async def serving(stub: Stub) -> AsyncIterator[Stub]:
    runner = web.AppRunner(stub.app(), shutdown_timeout=0.1, access_log=None, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stub
    finally:
        stub.hold.set()
        await runner.cleanup()
