"""The sandbox's Zendesk in this process, and our API and a server that a test scripts request by request."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.tokens import ClientTokens, FixedToken
from sandbox.server import Sandbox, SandboxConfig
from sandbox.zendesk import CLIENT_ID, CLIENT_SECRET
from sandbox.zendesk.service import ZendeskService


@pytest.fixture
async def far() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(SandboxConfig(port=0))
    await sandbox.start()
    sandbox.sky.report({"zendesk": {"silent": True}})  # Nobody listens for webhooks here.
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def service(far: Sandbox) -> ZendeskService:
    return far.zendesk


@pytest.fixture
async def api(far: Sandbox) -> AsyncIterator[ZendeskApi]:
    url = f"{far.url}/zendesk"
    api = ZendeskApi(url, ClientTokens(url, CLIENT_ID, CLIENT_SECRET), timeout=3.0)
    yield api
    await api.aclose()


@dataclass
class Scripted:
    """Answers with what it was given, one after the other, and then with a user."""

    url: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    hang_up: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path))
        await request.read()
        if self.hang_up and request.transport is not None:
            request.transport.abort()
        status, said, headers = self.answers.pop(0) if self.answers else (200, {"user": {"id": 7}}, {})
        text = said if isinstance(said, str) else json.dumps(said)
        return web.Response(status=status, text=text, headers=headers, content_type="application/json")


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    fake = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.answer)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake


@pytest.fixture
async def asked(scripted: Scripted) -> AsyncIterator[ZendeskApi]:
    """Our API in front of the scripted server."""
    api = ZendeskApi(scripted.url, FixedToken("t"), timeout=2.0)
    yield api
    await api.aclose()
