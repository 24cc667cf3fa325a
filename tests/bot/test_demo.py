"""`threadpilot demo` and its children as processes: restarted when they die, gone when it is gone."""

import asyncio
import json
import os
import signal
import socket
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.core.errors import Misconfigured
from bot.verbs.demo.running import _usable_port
from tests.bot.world import far_side
from tests.ports import free_port
from tests.waiting import PATIENCE, until

PORTS = ("--port", "0", "--sandbox-port", "0", "--smtp-port", "0")
needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")


@asynccontextmanager
async def threadpilot(
    *arguments: str, stdin: int = asyncio.subprocess.DEVNULL, **env: str
) -> AsyncIterator[Process]:
    """Run a verb as a process group of its own, of which nothing is left afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *arguments),
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **env},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await process.communicate()


async def contract_of(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        contract: dict[str, Any] = json.loads(await process.stdout.readline())
    return contract


async def ended(process: Process) -> tuple[int | None, str, str]:
    """Wait for the end; return the exit code and what was said since."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def child(parent: int, verb: str) -> int:
    """Return the process id of a child that runs a verb, or 0."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if above == parent and verb.encode() in words:
                return int(folder.name)
    return 0


def alive(pid: int) -> bool:
    try:
        return (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]) != "Z"
    except OSError:
        return False


async def status(session: aiohttp.ClientSession, url: str) -> int:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


class TestPorts:
    def test_zero_is_any_free_one(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", _usable_port(0, "--port")))

    def test_a_free_one_is_kept(self) -> None:
        port = free_port()
        assert _usable_port(port, "--port") == port

    def test_one_in_use_is_named_with_its_option(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(
                Misconfigured, match=f"Port {port} is in use. Choose another with --smtp-port"
            ):
                _usable_port(port, "--smtp-port", patience=0.1)


@pytest.mark.e2e
@pytest.mark.xdist_group("bot-processes")
class TestDemo:
    @needs_proc
    async def test_a_child_that_dies_is_started_again_where_it_was(self, tmp_path: Path) -> None:
        arguments = ("demo", "--no-browser", "--json", *PORTS, "--state", str(tmp_path))
        async with threadpilot(*arguments) as demo, aiohttp.ClientSession() as session:
            contract = await contract_of(demo)
            for verb, url in (("run", f"{contract['app']}/readyz"), ("sandbox", f"{contract['sandbox']}/")):
                assert await status(session, url) == 200
                before = child(demo.pid, verb)
                os.kill(before, signal.SIGKILL)

                async def back(verb: str = verb, url: str = url, before: int = before) -> bool:
                    now = child(demo.pid, verb)
                    return now not in {0, before} and await status(session, url) == 200

                await until(back)
            children = [child(demo.pid, verb) for verb in ("run", "sandbox")]
            demo.send_signal(signal.SIGTERM)
            code, out, err = await ended(demo)
            assert (code, out) == (0, "")
            assert "demo_restarts child=app code=-9" in err
            assert "demo_restarts child=sandbox code=-9" in err
            assert "Traceback" not in err
            assert not any(alive(pid) for pid in children)
            for url in (contract["app"], contract["sandbox"]):
                assert await status(session, url) == 0

    @needs_proc
    async def test_nothing_is_left_when_only_the_parent_is_killed(self) -> None:
        async with threadpilot("demo", "--no-browser", "--json", *PORTS) as demo:
            await contract_of(demo)
            children = [child(demo.pid, verb) for verb in ("run", "sandbox")]
            assert all(children)
            demo.kill()
            await demo.wait()

            async def gone() -> bool:
                return not any(alive(pid) for pid in children)

            await until(gone)

    async def test_it_greets_and_opens_the_page(self, tmp_path: Path) -> None:
        browser, opened = tmp_path / "browser", tmp_path / "opened"
        browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
        browser.chmod(stat.S_IRWXU)
        async with threadpilot("demo", *PORTS, BROWSER=f"{browser} %s") as demo:

            async def shown() -> str:
                return opened.read_text().strip() if opened.exists() else ""

            page = await until(shown)
            demo.send_signal(signal.SIGINT)
            code, out, _ = await ended(demo)
            assert code == 0
            assert f"Open           {page}" in out
            assert "Stop           Ctrl+C" in out

    async def test_two_parts_on_one_port(self, tmp_path: Path) -> None:
        port = str(free_port())
        arguments = ("--port", port, "--sandbox-port", port, "--smtp-port", "0", "--state", str(tmp_path))
        async with threadpilot("demo", "--no-browser", *arguments) as demo:
            code, out, err = await ended(demo)
        assert (code, out) == (2, "")
        assert f"threadpilot: THREADPILOT_HTTP=127.0.0.1:{port} cannot be used" in err
        assert "threadpilot: The app did not start; its reason stands above." in err
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        ("place", "said"), [("", "--state {} cannot be used"), ("sandbox", "The sandbox did not start")]
    )
    async def test_a_state_that_is_no_folder(self, tmp_path: Path, place: str, said: str) -> None:
        state = tmp_path / "state"
        if place:
            state.mkdir()
        (state / place).touch()
        async with threadpilot("demo", "--no-browser", *PORTS, "--state", str(state)) as demo:
            code, out, err = await ended(demo)
        assert (code, out) == (2, "")
        assert said.format(state) in err
        assert "Traceback" not in err


@pytest.mark.e2e
@pytest.mark.xdist_group("bot-processes")
class TestVerbs:
    async def test_run_ends_cleanly_at_sigterm(self, tmp_path: Path) -> None:
        async with far_side() as sandbox, aiohttp.ClientSession() as session:
            env = sandbox.contract()["env"] | {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/desk.db"}
            async with threadpilot("run", "--env-file", os.devnull, **env) as app:

                async def ready() -> bool:
                    return await status(session, f"http://{env['THREADPILOT_HTTP']}/readyz") == 200

                await until(ready)
                app.send_signal(signal.SIGTERM)
                code, out, err = await ended(app)
        assert (code, out) == (0, "")
        assert err.rstrip().endswith("INFO bot.app stopping")
        assert "Traceback" not in err

    async def test_the_sandbox_ends_with_whoever_started_it(self) -> None:
        async with threadpilot("sandbox", "--json", "--port", "0", "--stop-on-eof", stdin=PIPE) as sandbox:
            contract = await contract_of(sandbox)
            assert contract["env"]["SLACK_API_URL"] == contract["slack_api"]
            assert sandbox.stdin is not None
            sandbox.stdin.close()
            code, out, err = await ended(sandbox)
        assert (code, out, err) == (0, "", "")

    async def test_a_sandbox_whose_port_is_taken_says_so(self) -> None:
        async with far_side() as other:
            port = other.url.rpartition(":")[2]
            async with threadpilot("sandbox", "--port", port) as sandbox:
                code, out, err = await ended(sandbox)
        assert (code, out) == (2, "")
        assert f"The sandbox cannot listen on --port {port}" in err
        assert err.count("\n") == 1
