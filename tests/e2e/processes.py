"""The far side alone, and apps beside it that are started, killed and replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.harness import Outside, contract_of, end, start
from tests.ports import free_port
from tests.waiting import until


@asynccontextmanager
async def far_side(state: Path, **env: str) -> AsyncIterator[tuple[Outside, dict[str, str]]]:
    """Run the sandbox alone; yield it with the environment of an app beside it."""
    app, smtp = free_port(), free_port()
    process = await start(
        "sandbox", "--json", "--port", "0", "--app", f"127.0.0.1:{app}", "--smtp-port", str(smtp)
    )
    try:
        contract: dict[str, Any] = await contract_of(process)
        environment = contract["env"] | {
            "DATABASE_URL": f"sqlite+aiosqlite:///{state}/threadpilot.db",
            **env,
        }
        contract |= {"smtp": environment["SMTP_LISTEN"], "app": f"http://{environment['THREADPILOT_HTTP']}"}
        async with aiohttp.ClientSession() as session:
            yield Outside(contract, session), environment
    finally:
        await end(process)


async def run(
    outside: Outside, env: dict[str, str], *arguments: str, source: Path | None = None
) -> asyncio.subprocess.Process:
    process = await start("run", "--env-file", "/dev/null", *arguments, env=env, source=source)
    app = outside.contract["app"]

    async def ready() -> bool:
        try:
            async with outside.session.get(f"{app}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    await until(ready)
    return process
