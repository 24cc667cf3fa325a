"""Encryption of messages as an operator meets it: a running app, its verbs, and a wrong key."""

import asyncio
from pathlib import Path

import pytest

from bot.cli import main
from bot.core.errors import Misconfigured
from sandbox.slack import directory
from tests.bot.test_app import received, send
from tests.bot.test_privacy import ADA, BEN, mail_of, traces
from tests.bot.world import Outside, env_file, environment, far_side, started
from tests.waiting import until

KEYS = {"THREADPILOT_ENCRYPT": "messages", "THREADPILOT_ENCRYPTION_KEY": "k" * 32}


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("threadpilot.db*"))


async def verb(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def test_a_desk_works_encrypted_and_its_verbs_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path, **KEYS)
        async with started(env) as app:
            outside = Outside(app, sandbox, env)
            await app.ready()
            await asyncio.to_thread(send, env, mail_of(env, ADA))
            await outside.shown("zanzibarite", '"approve"')

            async def card() -> dict[str, str] | None:
                found = (await outside.get("/control/slack/state"))["messages"]
                return next((one for one in found if '"approve"' in str(one).replace("'", '"')), None)

            posted = await until(card)
            pressed = {"channel": posted["channel"], "ts": posted["ts"], "action_id": "approve"}
            await outside.post("/control/slack/click", **pressed, user=directory.AGENT)
            await received(sandbox, "zanzibarite")
        assert b"How do I return an item" not in on_disk(tmp_path)
        assert b"lavender-invoice zanzibarite" not in on_disk(tmp_path)
        file = env_file(tmp_path, env)
        assert await verb("audit", "verify", "--env-file", file) == 0
        assert await verb("audit", "replay", "--env-file", file) == 0
        taken = str(tmp_path / "settings.json")
        assert await verb("settings", "export", taken, "--env-file", file) == 0
        assert await verb("settings", "import", taken, "--env-file", file) == 0
        assert await verb("keys", "rotate", "--env-file", file) == 0
        assert "rows were encrypted with a new key" in capfd.readouterr().out
        assert await verb("export", ADA[0], "--to", str(tmp_path / "out"), "--env-file", file) == 0
        assert "How do I return an item?" in (tmp_path / "out" / "customer.md").read_text()
        assert await verb("erase", ADA[0], "--yes", "--env-file", file) == 0
        assert traces(on_disk(tmp_path), ADA) == []
        wrong = env | {"THREADPILOT_ENCRYPTION_KEY": "w" * 32}
        with pytest.raises(Misconfigured, match="opens with none of the keys"):
            async with started(wrong):
                pass
        file = env_file(tmp_path, wrong)
        for arguments in (["audit", "verify"], ["keys", "rotate"], ["erase", BEN[0]]):
            capfd.readouterr()
            assert await verb(*arguments, "--env-file", file) == 2
            (said,) = capfd.readouterr().err.strip().splitlines()[-1:]
            assert said.startswith(
                "threadpilot: What is encrypted in this database opens with none of the keys"
            )
