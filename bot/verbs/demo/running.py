"""The demo: the unchanged app beside the sandbox, each in a process of its own, watched from here.

Both children stop when their standard input closes, so that nothing is left behind even when this process
is killed. A child that dies is started again on the same state.
"""

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import time
import webbrowser
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.core.errors import Misconfigured
from bot.process.stopping import stop_signal
from bot.verbs.demo.day import LINE_LIMIT, DayOptions, LogReader, play_day

log = logging.getLogger(__name__)

_READY_WITHIN = 120.0
_STOP_WITHIN = 12.0
_RESTARTS = 20
# What a visitor's shell may pass on to the demo's app: the machine's own settings and a model, nothing else.
_KEPT = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PRICES")
_OURS = ("SLACK_", "THREADPILOT_", "SMTP_", "OPENAI_", "TWILIO_", "SALESFORCE_", "ZENDESK_", "CHAT_", "IMAP_")


@dataclass(frozen=True)
class DemoOptions:
    """Ports on the loopback interface; 0 means any free one. `state` None means a fresh temporary folder."""

    port: int = 8480
    sandbox_port: int = 8481
    smtp_port: int = 2525
    browser: bool = True
    json: bool = False
    state: Path | None = None
    stop_on_eof: bool = False
    day: DayOptions | None = None


async def run_demo(options: DemoOptions) -> int:
    """Run until SIGTERM, SIGINT or a closed terminal; return the exit code."""
    with contextlib.ExitStack() as stack:
        state = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="threadpilot-")))
        demo = _Demo(options, state)
        async with stop_signal(on_eof=options.stop_on_eof) as stop:
            try:
                return await demo.run(stop)
            finally:
                await demo.stop()


class _Demo:
    """Starts the two children, tells when both are ready, and keeps them going."""

    def __init__(self, options: DemoOptions, state: Path) -> None:
        self._options = options
        self._state = state
        self._app_port = _usable_port(options.port, "--port")
        self._sandbox_port = _usable_port(options.sandbox_port, "--sandbox-port")
        self._smtp_port = _usable_port(options.smtp_port, "--smtp-port")
        self._sink_port = _usable_port(
            0, ""
        )  # Fixed for this run, so that a restarted sandbox is found again.
        self._children: dict[str, Process] = {}
        self._stopping = False
        self._log = LogReader()
        self._reading: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> int:
        stopped = asyncio.create_task(stop.wait())
        working = asyncio.create_task(self._work())
        await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if working.done():
            return working.result()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return 0

    async def stop(self) -> None:
        """Ask both children to end, the app first; insist after a while."""
        self._stopping = True
        for name in ("app", "sandbox"):
            child = self._children.get(name)
            if child is None or child.returncode is not None:
                continue
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
                try:
                    await asyncio.wait_for(child.wait(), _STOP_WITHIN)
                except TimeoutError:
                    child.kill()
                    await child.wait()
        await asyncio.gather(*self._reading)

    async def _work(self) -> int:
        database = self._state / "threadpilot.db"
        try:
            self._state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"--state {self._state} cannot be used: {error.strerror}.") from error
        fresh = not database.exists()
        contract = await self._start_sandbox()
        env = _app_environment(contract["env"], database, self._app_port, self._smtp_port)
        await self._start_app(env)
        await self._ready(self._children["app"])
        if fresh and self._options.day is None:
            await _welcome(contract["sandbox"])
        self._announce(contract)
        if (day := self._options.day) is not None:
            code = await play_day(contract["sandbox"], day, self._log, as_json=self._options.json)
            if not day.stay:
                return code
        return await self._keep_both(env)

    async def _keep_both(self, env: Mapping[str, str]) -> int:
        """Start again what dies, until told to stop or it dies too often."""
        sandbox = asyncio.create_task(self._keep("sandbox", self._start_sandbox))
        app = asyncio.create_task(self._keep("app", lambda: self._start_app(env)))
        try:
            await asyncio.wait({sandbox, app}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sandbox.cancel()
            app.cancel()
        log.error("demo_gave_up")
        return 1

    async def _start_sandbox(self) -> dict[str, Any]:
        child = await self._start(
            "sandbox",
            *("sandbox", "--json", "--stop-on-eof", "--port", str(self._sandbox_port)),
            *("--state", str(self._state / "sandbox"), "--app", f"127.0.0.1:{self._app_port}"),
            *("--smtp-port", str(self._smtp_port), "--sink-port", str(self._sink_port)),
            stdout=PIPE,
        )
        assert child.stdout is not None  # noqa: S101
        line = await child.stdout.readline()
        if not line:
            raise Misconfigured("The sandbox did not start; its reason stands above.")
        contract: dict[str, Any] = json.loads(line)
        return contract

    async def _start_app(self, env: Mapping[str, str]) -> None:
        await self._start("app", "run", "--stop-on-eof", "--env-file", os.devnull, env=env, stdout=sys.stderr)

    async def _start(self, name: str, *arguments: str, **options: Any) -> Process:
        command = (sys.executable, "-m", "bot.cli", *arguments)
        if self._options.day is not None:
            options |= {"stderr": PIPE, "limit": LINE_LIMIT}
        child = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, preexec_fn=_leave_ctrl_c_to_us, **options
        )
        self._children[name] = child
        if child.stderr is not None:
            self._reading.add(asyncio.create_task(self._log.read(child)))
        return child

    async def _ready(self, app: Process) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while time.monotonic() < deadline:
                if app.returncode is not None:
                    raise Misconfigured("The app did not start; its reason stands above.")
                if await _answers(session, f"http://127.0.0.1:{self._app_port}/readyz"):
                    return
                await asyncio.sleep(0.05)
        raise Misconfigured(
            f"The app was not ready within {_READY_WITHIN:.0f} seconds. What it waits for stands above;"
            " if nothing does, the machine is busy with something else: start again when it is not."
        )

    async def _keep(self, name: str, start: Any) -> None:
        for attempt in range(_RESTARTS):
            await self._children[name].wait()
            if self._stopping:
                return
            log.warning("demo_restarts", extra={"child": name, "code": self._children[name].returncode})
            await asyncio.sleep(min(0.2 * 2**attempt, 5.0))
            with contextlib.suppress(Misconfigured):
                await start()
        await self._children[name].wait()

    def _announce(self, contract: Mapping[str, Any]) -> None:
        page = contract["sandbox"]
        if self._options.json:
            shown = ("sandbox", "slack_api", "slack_token", "support", "channels", "agent", "manager")
            line = {
                "app": f"http://127.0.0.1:{self._app_port}",
                **{key: contract[key] for key in shown},
                "smtp": f"127.0.0.1:{self._smtp_port}",
            }
            print(json.dumps(line), flush=True)
        else:
            print(_GREETING.format(page=page, support=contract["support"], smtp=self._smtp_port), flush=True)
        if self._options.browser:
            webbrowser.open(page)


_GREETING = """
threadpilot is running against the sandbox: no accounts, nothing leaves this machine.

  Open           {page}
  Write a mail   in the page's Mail tab, or to {support} through 127.0.0.1:{smtp}
  Stop           Ctrl+C
"""


def _leave_ctrl_c_to_us() -> None:
    """Have a child ignore the terminal's Ctrl+C: it is ended from here, the app before what it talks to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Tell whether everything works: an app that still reaches for Slack is ready, but would puzzle a newcomer."""
    try:
        async with session.get(url) as response:
            return response.status == 200 and not (await response.json())["down"]
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _welcome(sandbox: str) -> None:
    """Let three customers write, so that a newcomer finds an answer sent, one waiting and one escalated."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox}/control/company") as response:
            company = await response.json()
        for mail in company.get("welcome", []):
            async with session.post(f"{sandbox}/control/mail/send", json=mail) as response:
                if not response.ok:
                    log.warning("welcome_mail_failed", extra={"status": response.status})


def _app_environment(env: Mapping[str, str], database: Path, port: int, smtp_port: int) -> dict[str, str]:
    machine = {k: v for k, v in os.environ.items() if k in _KEPT or not k.startswith(_OURS)}
    machine.pop("DATABASE_URL", None)
    return {
        **machine,
        **env,
        "DATABASE_URL": f"sqlite+aiosqlite:///{database.resolve()}",
        "THREADPILOT_HTTP": f"127.0.0.1:{port}",
        "SMTP_LISTEN": f"127.0.0.1:{smtp_port}",
        "RATING_CHANNELS": "email,sms,phone",
        "QUALITY_EVERY": "5",  # Nor ten minutes, to see what an experiment or a bound does.
        "RATING_AFTER": "0",  # Nobody who tries this waits an hour.
    }


def _usable_port(port: int, option: str, patience: float = 5.0) -> int:
    """Return `port`, or a free one for 0; wait a moment for one that a killed demo is about to release."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise Misconfigured(f"{option} {port} cannot be used: {error.strerror}.") from error
                if time.monotonic() > deadline:
                    raise Misconfigured(f"Port {port} is in use. Choose another with {option}.") from error
        time.sleep(0.2)
