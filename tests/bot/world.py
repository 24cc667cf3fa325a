"""A far side in this process, and the environment of an app beside it."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import running
from bot.process import logs
from bot.settings import from_env
from sandbox.server import Sandbox, SandboxConfig
from tests.ports import free_port
from tests.waiting import until

Env = dict[str, str]


@asynccontextmanager
async def far_side() -> AsyncIterator[Sandbox]:
    app = f"127.0.0.1:{free_port()}"
    sandbox = Sandbox(
        SandboxConfig(
            port=0,
            app_http=app,
            request_url=f"http://{app}/slack/events",
            smtp_listen=f"127.0.0.1:{free_port()}",
        )
    )
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


def environment(sandbox: Sandbox, folder: Path, **changes: str) -> Env:
    """Return what an app needs to use this far side, with one article instead of forty."""
    articles = folder / "articles"
    articles.mkdir(exist_ok=True)
    (articles / "returns.md").write_text(
        "---\ntitle: Return an item\nquestions:\n  - How do I return an item?\n---\n"
        "Return an item within 60 days. Print the label from your account and drop the parcel off.\n"
    )
    return {
        **sandbox.contract()["env"],
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/threadpilot.db",
        "KNOWLEDGE_DIR": str(articles),
        **changes,
    }


def env_file(folder: Path, env: Mapping[str, str]) -> str:
    path = folder / "test.env"
    path.write_text("".join(f"{name}='{value}'\n" for name, value in env.items()))
    return str(path)


class WithoutTime(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        _time, level, _module, said = logs.formatter().format(record).split(" ", 3)
        return f"{level} {said}"


@contextmanager
def written_log(name: str = "") -> Iterator[io.StringIO]:
    """Collect what is logged, in the form in which it is written, but without time and module."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(WithoutTime())
    logger = logging.getLogger(name)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield text
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


class App:
    """A running app as an operator sees it: over HTTP."""

    def __init__(self, env: Mapping[str, str], session: aiohttp.ClientSession) -> None:
        self.url = f"http://{env['THREADPILOT_HTTP']}"
        self.session = session

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path) as response:
            return response.status, await response.json()

    async def ready(self) -> dict[str, Any]:
        async def claim() -> dict[str, Any] | None:
            status, body = await self.get("/readyz")
            return body if status == 200 and not body["down"] else None

        return await until(claim)  # type: ignore[no-any-return]


@asynccontextmanager
async def started(env: Mapping[str, str]) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session, running(from_env(env)):
        yield App(env, session)


@dataclass
class Outside:
    """Everybody around a running app: customers, and the Slack in which agents see what they do."""

    app: App
    sandbox: Sandbox
    env: Env

    async def post(self, path: str, **body: Any) -> Any:
        async with self.app.session.post(f"{self.sandbox.url}{path}", json=body) as response:
            return await response.json()

    async def get(self, path: str) -> Any:
        async with self.app.session.get(f"{self.sandbox.url}{path}") as response:
            return await response.json()

    async def shown(self, *texts: str) -> str:
        """Wait until Slack shows all of these, and return all that it shows."""

        async def claim() -> str | None:
            said = json.dumps((await self.get("/control/slack/state"))["messages"], ensure_ascii=False)
            return said if all(text in said for text in texts) else None

        return await until(claim)  # type: ignore[no-any-return]
