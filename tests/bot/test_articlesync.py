"""`threadpilot knowledge sync`: what changed in the Help Center comes into the folder, what is restricted goes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.core.errors import Misconfigured
from bot.settings import from_env
from bot.verbs.knowledge.articlesync import sync
from sandbox.server import Sandbox
from tests.bot.world import environment

NOW = datetime.now(UTC)


async def publish(sandbox: Sandbox, **article: object) -> int:
    given = {"title": "Return", "body": "<p>Within 60 days.</p>", **article}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/control/zendesk/article", json=given) as response,
    ):
        return int((await response.json())["article"])


async def test_articles_come_change_and_go(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = from_env(environment(sandbox, tmp_path))
    folder = settings.knowledge_dir
    assert folder is not None
    public = await publish(sandbox)
    await publish(sandbox, title="Secret", user_segment_id=12)
    await publish(sandbox, title="Half done", draft=True)
    assert (await sync(settings, NOW)).startswith("1 articles written, 2 kept out.")
    path = folder / f"zendesk-{public}.md"
    assert "Within 60 days." in path.read_text()
    assert {one.name for one in folder.glob("*.md")} == {path.name, "returns.md"}

    assert (await sync(settings, NOW + timedelta(hours=1))).startswith("1 articles written")  # They overlap.
    assert (await sync(settings, NOW)).startswith("0 articles written")
    (folder / ".zendesk-sync.json").write_text("garbage")
    await publish(sandbox, id=public, user_segment_id=12)
    await sync(settings, NOW)
    assert not path.exists()
    (folder / ".zendesk-sync.json").write_text(json.dumps({"since": "2026-01-01T00:00:00"}))
    assert (await sync(settings, NOW)).startswith("0 articles written, 3 kept out.")


async def test_without_zendesk_or_a_folder_there_is_nothing_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, tmp_path)
    off = {name: value for name, value in env.items() if not name.startswith("ZENDESK_")}
    with pytest.raises(Misconfigured, match="ZENDESK_URL"):
        await sync(from_env(off), NOW)
    with pytest.raises(Misconfigured, match="KNOWLEDGE_DIR"):
        await sync(from_env({**env, "KNOWLEDGE_DIR": ""}), NOW)
