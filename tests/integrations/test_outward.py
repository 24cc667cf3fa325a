"""Addresses that somebody else chose lead to the public internet and nowhere else."""

import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.outward import is_public, public_connector, public_only

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "2001:0:0:0:0:0:80ff:fefe",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("host", INSIDE)
def test_inside_is_refused(host: str) -> None:
    assert not is_public(host)
    with pytest.raises(OSError, match="no public address"):
        public_only((socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 443)))


@pytest.mark.parametrize("host", OUTSIDE)
def test_outside_is_not(host: str) -> None:
    assert is_public(host)


async def test_neither_an_address_nor_a_name_nor_a_redirect_leads_inside() -> None:
    reached = []

    async def hit(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    inside = web.Application()
    inside.router.add_get("/", hit)
    server = TestServer(inside, host="127.0.0.1")
    await server.start_server()
    async with aiohttp.ClientSession(connector=public_connector()) as session:
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433"):
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"http://{host}:{server.port}/")
    await server.close()
    assert reached == []
