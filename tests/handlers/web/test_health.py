"""What a probe is told."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from handlers.web.health import Health


class Parts:
    """The parts of an app, as they are just now."""

    def __init__(self) -> None:
        self.states = {"database": "ok", "slack": "ok", "sms": "off"}

    async def __call__(self) -> Sequence[tuple[str, str]]:
        return tuple(self.states.items())


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
async def probe(parts: Parts) -> AsyncIterator[TestClient[Any, Any]]:
    pages = web.Application()
    pages.add_routes(Health(parts, "1.2.3", "abc1234").routes())
    async with TestClient(TestServer(pages)) as client:
        yield client


async def test_alive_whatever_is_down(probe: TestClient[Any, Any], parts: Parts) -> None:
    parts.states["database"] = "The database failed"
    response = await probe.get("/healthz")
    assert (response.status, await response.json()) == (
        200,
        {"ok": True, "version": "1.2.3", "build": "abc1234"},
    )


async def test_ready_when_nothing_is_down(probe: TestClient[Any, Any], parts: Parts) -> None:
    response = await probe.get("/readyz")
    assert response.status == 200
    assert await response.json() == {"ready": True, "down": [], "parts": parts.states}


async def test_what_is_down_is_named(probe: TestClient[Any, Any], parts: Parts) -> None:
    parts.states |= {"slack": "Slack cannot be reached", "database": "The database failed"}
    response = await probe.get("/readyz")
    body = await response.json()
    assert response.status == 503
    assert (body["ready"], body["down"]) == (False, ["database", "slack"])
    assert body["parts"]["slack"] == "Slack cannot be reached"
    parts.states["database"] = "ok"
    response = await probe.get("/readyz")
    body = await response.json()
    assert (response.status, body["ready"], body["down"]) == (200, True, ["slack"])  # Customers are answered.
    parts.states["slack"] = "ok"
    assert (await probe.get("/readyz")).status == 200
