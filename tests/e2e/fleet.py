"""The processes of one installation, which are killed and replaced, and the database they share."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType

import aiohttp

from tests.e2e.harness import Outside, end, gone, kill_group, start
from tests.postgres import Server, running_server
from tests.waiting import PATIENCE, until

ROLES = ("web", "worker", "worker", "scheduler")


@asynccontextmanager
async def database_of(kind: str, folder: Path) -> AsyncIterator[str]:
    """Yield the URL of an empty database: a SQLite file, or a PostgreSQL server of its own."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder}/threadpilot.db"
        return
    with running_server(durable=True) as server:
        yield server.url(server.create())


class Fleet:
    """`threadpilot run` once per role; a context that ends them politely."""

    def __init__(self, outside: Outside, env: Mapping[str, str], roles: Sequence[str]) -> None:
        self._outside = outside
        self._env = env
        self._roles = roles
        self._processes: list[Process] = []
        self._logs: dict[Process, _Log] = {}

    async def __aenter__(self) -> "Fleet":
        self._processes = [await self._start(role) for role in self._roles]
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(self._logs[process].ready.wait() for process in self._processes))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        codes = await asyncio.gather(*(end(process) for process in self._processes))
        assert error is not None or not any(codes), f"a process ended with {codes}"

    async def kill(self, index: int) -> None:
        """End a process as a power cut would, and start another one in its place."""
        kill_group(self._processes[index])
        await gone(self._processes[index])
        self._processes[index] = await self._start(self._roles[index])
        if self._roles[index] in ("all", "web"):
            await self._serves()

    async def _start(self, role: str) -> Process:
        process = await start("run", "--role", role, "--env-file", "/dev/null", env=self._env, stderr=PIPE)
        self._logs[process] = _Log(process)
        return process

    async def _serves(self) -> None:
        await until(self._answers)

    async def _answers(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with self._outside.session.get(f"{self._outside.contract['app']}/healthz") as response:
                return response.status == 200
        return False


class _Log:
    """What a process says, read to its end; `ready` is set when it works, or never will."""

    def __init__(self, process: Process) -> None:
        self.ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read(process))

    async def _read(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            if os.environ.get("E2E_LOG"):
                sys.stderr.write(line.decode())
            if b" bot.app ready " in line:
                self.ready.set()
        self.ready.set()


async def crash(server: Server, outside: Outside, *, away: float = 0.0) -> None:
    """Let the database server die and stay away for so long; return when the app has noticed both."""
    await asyncio.to_thread(server.crash)
    await _says(outside, 503)
    await asyncio.sleep(away)
    await asyncio.to_thread(server.start)
    await _says(outside, 200)


async def _says(outside: Outside, status: int) -> None:
    """Wait until /readyz has this status, and names the database when it is not there."""

    async def said() -> bool:
        async with outside.session.get(f"{outside.contract['app']}/readyz") as response:
            body = await response.json()
        return response.status == status and ("database" in body["down"]) == (status == 503)

    await until(said)
