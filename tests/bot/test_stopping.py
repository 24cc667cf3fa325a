"""The end of `threadpilot run` as an operator sees it: clean and soon, whatever hangs; and bad starts."""

import asyncio
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.app import running
from bot.settings import from_env
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from sandbox.slack.delivery import Timing
from tests.bot.test_app import write
from tests.bot.test_demo import ended, threadpilot
from tests.bot.world import Env, environment, far_side, started, written_log
from tests.waiting import PATIENCE, until


@asynccontextmanager
async def run(env: Env) -> AsyncIterator[Process]:
    """Run the app as a process; yield it when it is ready."""
    async with aiohttp.ClientSession() as session, threadpilot("run", "--env-file", os.devnull, **env) as app:

        async def ready() -> bool:
            try:
                async with session.get(f"http://{env['THREADPILOT_HTTP']}/healthz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(ready)
        yield app


@asynccontextmanager
async def deaf() -> AsyncIterator[str]:
    """Listen, accept, and never say a word; yield the address."""
    done = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        done.set()
        server.close()
        await server.wait_closed()


@pytest.mark.e2e
@pytest.mark.xdist_group("bot-processes")
class TestProcess:
    async def test_it_ends_within_twenty_seconds_when_everybody_else_hangs(self, tmp_path: Path) -> None:
        async with far_side() as sandbox, deaf() as relay, aiohttp.ClientSession() as session:
            env = environment(sandbox, tmp_path, SMTP_URL=f"smtp://{relay}")
            async with run(env) as app:
                await write(env, "To a relay that hangs")
                url = f"http://{env['THREADPILOT_HTTP']}"
                async with session.ws_connect(f"{url}/chat/v1/ws", autoclose=False, autoping=False):
                    reader, writer = await asyncio.open_connection(*env["SMTP_LISTEN"].split(":"))
                    await reader.readline()
                    sandbox.sky.report({"slack": {"silent": True, "latency_ms": 60_000}})
                    began = time.monotonic()
                    app.send_signal(signal.SIGTERM)
                    farewell = await asyncio.wait_for(reader.readline(), PATIENCE)
                    code, _, err = await ended(app)
                    took = time.monotonic() - began
                    writer.close()
                    sandbox.sky.report({"slack": {}})
        assert farewell.startswith(b"421 ")
        assert (code, took < 20) == (0, True)
        assert "Traceback" not in err

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_a_second_signal_ends_it_at_once(self, tmp_path: Path, number: signal.Signals) -> None:
        async with far_side() as sandbox, deaf() as relay:
            env = environment(sandbox, tmp_path, SMTP_URL=f"smtp://{relay}")
            async with run(env) as app:
                await write(env, "To a relay that hangs")
                app.send_signal(number)
                assert app.stderr is not None
                async with asyncio.timeout(PATIENCE):
                    while b"stopping" not in await app.stderr.readline():
                        pass
                app.send_signal(number)
                async with asyncio.timeout(8):  # Politely it would take up to twenty.
                    code = await app.wait()
        assert code == 128 + number

    async def test_a_wrong_bot_token_is_one_sentence(self, tmp_path: Path) -> None:
        async with far_side() as sandbox:
            env = environment(sandbox, tmp_path, SLACK_BOT_TOKEN="xoxb-wrong")
            async with threadpilot("run", "--env-file", os.devnull, **env) as app:
                code, out, err = await ended(app)
        assert (code, out) == (2, "")
        assert err.endswith("threadpilot: Slack does not accept SLACK_BOT_TOKEN.\n")
        assert "Traceback" not in err

    async def test_a_signal_while_it_starts_is_heeded(self, tmp_path: Path) -> None:
        async with far_side() as sandbox:
            env = environment(sandbox, tmp_path)
            async with threadpilot("run", "--env-file", os.devnull, **env) as app:

                async def begun() -> bool:
                    return (tmp_path / "threadpilot.db.lock").exists()

                await until(begun)
                app.send_signal(signal.SIGTERM)
                code, _, err = await ended(app)
        assert code == 0
        assert "Traceback" not in err


HANGING = """
import asyncio, threading
from bot.process.stopping import stop_signal

async def main():
    async with stop_signal(on_eof=False, latest=0.3) as stop:
        print("ready", flush=True)
        await stop.wait()
        await asyncio.to_thread(threading.Event().wait)

asyncio.run(main())
"""


async def test_an_end_that_hangs_comes_all_the_same() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HANGING, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    code, _, err = await ended(process)
    assert (code, err) == (0, "threadpilot: stopped, something was hanging\n")


async def test_signals_that_are_ignored_stay_ignored() -> None:
    """So a child of the demo leaves the terminal's Ctrl+C to its parent."""

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGING, stdout=PIPE, stderr=PIPE, preexec_fn=ignore
    )
    assert process.stdout is not None
    await process.stdout.readline()
    for _ in range(3):
        process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)  # The first that counts.
    assert (await ended(process))[0] == 0


async def test_slack_that_does_not_answer_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    async with far_side() as sandbox, deaf() as nobody:
        env = environment(sandbox, tmp_path, SLACK_API_URL=f"http://{nobody}/api/")
        with written_log("bot") as log:
            async with started(env) as app:
                assert (await app.get("/healthz"))[0] == 200
        assert "WARNING slack_unreachable error=Slack did not answer in time" in log.getvalue()


# Python's own race: of a connection taken in the moment in which its server is closed, the transport's __init__ fails
# in `Server._attach`, behind the socket, and nobody is left who could close it (cpython gh-109564).
@pytest.mark.filterwarnings(
    r"ignore:unclosed transport <_SelectorSocketTransport fd=\d+ read=idle:ResourceWarning"
)
@pytest.mark.parametrize("seed", range(3))
async def test_started_and_stopped_again_and_again_it_never_stumbles(tmp_path: Path, seed: int) -> None:
    """Slack comes, goes and refreshes at any moment of a short life."""
    chance = random.Random(seed)
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path)
        with written_log() as log:
            for _ in range(5):
                async with running(from_env(env)):
                    if chance.random() < 0.5:
                        await write(env, f"Mail {chance.random()}")
                    await asyncio.sleep(
                        chance.uniform(0.0, 0.1)
                    )  # the moment of the stop, no wait for anything
                    sandbox.sky.report({"slack": chance.choice([{}, {"down": True}, {"disconnect": True}])})
                    await sandbox.slack.heed_weather()
                    await asyncio.sleep(chance.uniform(0.0, 0.1))
                sandbox.sky.report({"slack": {}})
    assert "Traceback" not in log.getvalue()
    assert "ERROR" not in log.getvalue()


LISTENER = """
import asyncio, sys, aiohttp
from bot.process.connection import SlackConnection
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app
from integrations.slack.client import SlackClient

async def main(api, bot, app):
    async with aiohttp.ClientSession() as session:
        bolt = build_app(SlackClient(bot, api, session))
        connection = SlackConnection(SocketMode(bolt, app, api, session, silence=0.5))
        async with connection.open():
            await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_that_was_stopped_and_continued_has_its_connection_rebuilt() -> None:
    """The far side notices nothing here: its patience is longer than the pause."""
    sandbox = Sandbox(SandboxConfig(port=0, timing=Timing(ping=0.2)))
    await sandbox.start()
    tokens = (directory.BOT_TOKEN, directory.APP_TOKEN)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LISTENER, sandbox.slack_api, *tokens), stderr=PIPE
    )

    async def connected(count: int) -> bool:
        await asyncio.sleep(0)
        return (
            len([entry for entry in sandbox.slack.traffic.entries() if entry["kind"] == "connected"]) >= count
        )

    await until(lambda: connected(1))
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(1.0)  # For so long it is away.
    process.send_signal(signal.SIGCONT)
    await until(lambda: connected(2))
    process.kill()
    await process.communicate()
    await sandbox.stop()
