"""Parts that run beside each other: their crashes are heard, their addresses checked, their ends in order."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from bot.core.errors import Misconfigured, Unavailable
from bot.process import schedule
from bot.process.runtime import background, listening, serving
from tests.bot.world import written_log
from tests.ports import free_port
from tests.waiting import PATIENCE


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


async def test_background_work_ends_with_its_context() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with background("work", work):
        async with asyncio.timeout(PATIENCE):
            await started.wait()
        assert not ended.is_set()
    assert ended.is_set()


async def test_work_that_is_done_needs_no_ending() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with background("work", work):
        await done.wait()


async def test_a_crash_is_logged_loudly_and_ends_the_context() -> None:
    async def work() -> None:
        raise ZeroDivisionError("in the works")

    with written_log("bot") as log, pytest.raises(Unavailable, match="engine stopped unexpectedly") as caught:
        async with background("engine", work), asyncio.timeout(PATIENCE):
            await asyncio.Event().wait()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    said = log.getvalue()
    assert said.startswith("CRITICAL stopped_unexpectedly part=engine\n")
    assert "ZeroDivisionError: in the works" in said
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_a_crash_while_ending_is_heard_as_well() -> None:
    working = asyncio.Event()

    async def work() -> None:
        try:
            working.set()
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    with written_log("bot") as log, pytest.raises(Unavailable):
        async with background("engine", work):
            await working.wait()
    assert "stopped_unexpectedly part=engine" in log.getvalue()


async def test_pages_are_served_while_the_context_is_open() -> None:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    pages, address = web.Application(), f"127.0.0.1:{free_port()}"
    pages.add_routes([web.get("/", hello)])
    async with aiohttp.ClientSession() as session:
        async with serving(pages, address), session.get(f"http://{address}/") as response:
            assert await response.text() == "hello"
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://{address}/")


async def test_a_port_in_use_is_named(taken: int) -> None:
    with pytest.raises(Misconfigured, match=f"THREADPILOT_HTTP=127.0.0.1:{taken} cannot be used: .*in use"):
        async with serving(web.Application(), f"127.0.0.1:{taken}"):
            pass


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
async def test_a_host_that_is_none_is_named(host: str) -> None:
    with pytest.raises(Misconfigured, match=f"THREADPILOT_HTTP={host}:8480 cannot be used"):
        async with serving(web.Application(), f"{host}:8480"):
            pass


class Ear:
    """A listener that notes what happens to it."""

    def __init__(self, trouble: OSError | None = None) -> None:
        self.trouble = trouble
        self.events: list[str] = []

    async def start(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.events.append("start")

    async def stop(self) -> None:
        self.events.append("stop")


async def test_a_listener_listens_while_the_context_is_open() -> None:
    ear = Ear()
    async with listening(ear, "SMTP_LISTEN=x"):
        assert ear.events == ["start"]
    assert ear.events == ["start", "stop"]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(OSError(98, "Address already in use"), "Address already in use"), (OSError("odd"), "odd")],
)
async def test_an_address_that_cannot_be_used_is_named_with_its_setting(
    trouble: OSError, reason: str
) -> None:
    with pytest.raises(Misconfigured, match=f"SMTP_LISTEN=x cannot be used: {reason}"):
        async with listening(Ear(trouble), "SMTP_LISTEN=x"):
            pass


async def test_the_sweep_runs_again_and_again_until_the_context_ends() -> None:
    swept = asyncio.Semaphore(0)

    async def sweep() -> None:
        swept.release()

    async with schedule.scheduled(sweep, seconds=0.02), asyncio.timeout(PATIENCE):
        for _ in range(3):
            await swept.acquire()


async def test_a_sweep_that_fails_is_logged_and_tried_again() -> None:
    tried = asyncio.Semaphore(0)

    async def sweep() -> None:
        tried.release()
        raise LookupError("a fault of ours")

    with written_log("apscheduler") as log:
        async with schedule.scheduled(sweep, seconds=0.02), asyncio.timeout(PATIENCE):
            for _ in range(3):
                await tried.acquire()
    assert "LookupError: a fault of ours" in log.getvalue()


async def test_a_client_that_dribbles_its_headers_is_put_out_and_others_are_served() -> None:
    pages, port = web.Application(), free_port()
    pages.add_routes([web.get("/", _hello)])
    async with serving(pages, f"127.0.0.1:{port}", idle=0.4):
        dribbling = asyncio.create_task(_dribble(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "))
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as response:
            assert await response.text() == "hello"
        async with asyncio.timeout(PATIENCE):
            assert await dribbling == b""


async def test_one_that_comes_in_time_may_come_again_and_is_let_go_when_it_does_not() -> None:
    pages, port = web.Application(), free_port()
    pages.add_routes([web.get("/", _hello)])
    async with serving(pages, f"127.0.0.1:{port}", idle=0.4), asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        assert await reader.read() == b""
        writer.close()


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _dribble(port: int, begun: bytes) -> bytes:
    """Write one byte of a header after another until the server closes; return what it answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    answer = asyncio.create_task(reader.read())
    while not answer.done():
        writer.write(b"z")
        await asyncio.wait([answer], timeout=0.02)
    writer.close()
    with suppress(ConnectionResetError):  # It did not read our last byte.
        return await answer
    return b""
