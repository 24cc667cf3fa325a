"""Whose address counts behind reverse proxies."""

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from handlers.web.proxies import behind, sender_of

OURS = [ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "sender"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7, 10.1.2.3"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7", "10.1.2.3"], "198.51.100.7"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # What stands before is only their word.
        ("198.51.100.7", ["1.1.1.1"], "198.51.100.7"),  # No proxy of ours has said this.
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7:4711"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, " + "x" * 10_000], "127.0.0.1"),
        ("127.0.0.1", [",,,"], "127.0.0.1"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_the_last_stranger_counts(peer: str, forwarded: list[str], sender: str) -> None:
    assert sender_of(peer, forwarded, OURS) == sender


@pytest.mark.parametrize(("proxies", "seen"), [(OURS, "198.51.100.7"), ([], "127.0.0.1")])
async def test_handlers_see_the_sender(proxies: list[object], seen: str) -> None:
    async def who(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.remote} {await request.text()}")

    app = web.Application(middlewares=[behind(proxies)])  # type: ignore[arg-type]
    app.router.add_post("/", who)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        answer = await client.post("/", data="hello", headers={"X-Forwarded-For": "198.51.100.7"})
        assert await answer.text() == f"{seen} hello"
