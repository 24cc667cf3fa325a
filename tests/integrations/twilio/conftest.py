"""A stand-in Twilio that a test scripts request by request, and holds against Twilio's own description."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.twilio.client import TwilioApi

ACCOUNT = f"AC{'5' * 32}"
TOKEN = "t0ken"


def made(body: str = "", at: datetime | None = None, **values: Any) -> dict[str, Any]:
    created = format_datetime(at or datetime.now(UTC))
    return {"sid": f"SM{'0' * 32}", "body": body, "date_created": created, "status": "queued", **values}


@dataclass
class FakeTwilio:
    """Answers with what it was given, else with a message; `asked` are the forms that were posted."""

    url: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    seen: list[web.Request] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    hang_up: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        body = await request.text()
        if request.method == "POST":
            self.asked.append(parse_qs(body, keep_blank_values=True))
        if self.hang_up and request.transport is not None:
            request.transport.abort()
        if self.answers:
            status, said, headers = self.answers.pop(0)
            text = said if isinstance(said, str) else json.dumps(said)
            return web.Response(status=status, text=text, headers=headers, content_type="application/json")
        if request.method == "POST":
            return web.json_response(made(), status=201)
        name = "calls" if "Calls" in request.path else "messages"
        page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": request.path}
        return web.json_response({name: self.known, **page})


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.answer)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake


@pytest.fixture
async def api(twilio: FakeTwilio) -> AsyncIterator[TwilioApi]:
    api = TwilioApi(ACCOUNT, TOKEN, twilio.url, timeout=5)
    yield api
    await api.aclose()
