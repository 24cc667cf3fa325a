"""A newcomer's walk through docs/start.md: its blocks are run as they stand, against the stand-in for Slack.

What is not the page's own: the packages are there already, and the values of `.env` are those of the stand-in.
"""

import asyncio
import os
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import Outside, actions, end, said
from tests.e2e.processes import far_side
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "start.md").read_text()
STAND_INS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_CHANNELS",
    "SLACK_ESCALATION_CHANNEL",
    "SLACK_MANAGERS",
)
OF_THE_MACHINE = ("SUPPORT_ADDRESS", "SMTP_URL", "SMTP_LISTEN")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class Newcomer:
    """Somebody with a shell in the folder of the project, who types what stands there."""

    def __init__(self, folder: Path, values: dict[str, str]) -> None:
        self.folder, self.values = folder, values
        (folder / ".venv").symlink_to(ROOT / ".venv")
        shutil.copy(ROOT / "manifest.yml", folder)

    def write_env(self, block: str) -> None:
        """Write the `.env` of the page with values of the stand-in; what else it needs is where that is."""
        lines = dict(line.split("=", 1) for line in block.splitlines())
        for name in (*STAND_INS, *OF_THE_MACHINE):
            lines[name] = self.values[name]
        lines |= {name: self.values[name] for name in ("SLACK_API_URL", "THREADPILOT_HTTP")}
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    async def start(self, block: str, said: int = PIPE) -> Process:
        for name, there in (("127.0.0.1:2525", "SMTP_LISTEN"), ("support@example.com", "SUPPORT_ADDRESS")):
            block = block.replace(name, self.values[there])
        return await asyncio.create_subprocess_exec(
            *(
                "bash",
                "-euo",
                "pipefail",
                "-c",
                block.replace(".venv/bin/threadpilot run", "exec .venv/bin/threadpilot run"),
            ),
            cwd=self.folder,
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            stdout=said,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def type(self, block: str) -> str:
        process = await self.start(block)
        async with asyncio.timeout(PATIENCE):
            out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()
        return out.decode()


def test_the_first_block_gets_it_and_sets_it_up() -> None:
    clone, task = blocks("sh")[0].splitlines()
    assert clone.startswith("git clone ")
    assert clone.endswith(" threadpilot && cd threadpilot")
    made = subprocess.run(
        ["make", "-n", *task.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "threadpilot migrate" in made.stdout


def test_what_is_pasted_into_slack_is_a_manifest_with_what_the_page_asks_for() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    assert manifest["display_information"]["name"] == "threadpilot"
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["bot_user"]["display_name"] in re.findall(r"/invite @(\w+)", PAGE)
    assert set(STAND_INS) <= set(re.findall(r"^(\w+)=", blocks("ini")[0], re.MULTILINE))


@pytest.mark.skipif(not shutil.which("curl") or not (ROOT / ".venv").exists(), reason="needs curl and .venv")
async def test_a_newcomer_comes_to_the_first_answered_mail(tmp_path: Path) -> None:
    _, private, article, doctor, run, mail = blocks("sh")
    folder = tmp_path / "threadpilot"
    folder.mkdir()
    async with far_side(tmp_path) as (outside, env):
        newcomer = Newcomer(folder, env)
        newcomer.write_env(blocks("ini")[0])
        assert "The schema went from nothing to" in await newcomer.type(".venv/bin/threadpilot migrate")
        await newcomer.type(private)
        await newcomer.type(article)
        assert "BAD" not in await newcomer.type(doctor)
        log = tmp_path / "log"
        with log.open("wb") as said:
            app = await newcomer.start(run, said.fileno())
        try:
            await until(lambda: " ready " in log.read_text())
            await newcomer.type(mail)
            await approve(outside)
        finally:
            assert await end(app) == 0


async def approve(outside: Outside) -> None:
    """Press what the page says on the card that it promises; the answer of the page's article comes."""
    card = await outside.card("email", "Returning shoes", showing="Return an item")
    assert await outside.inbox("ada@customer.example") == []
    assert "Approve" in said(card)
    (approval,) = [one for one in actions(card) if "approve" in one]
    await outside.click("email", card, approval, outside.contract["agent"])
    (answer,) = await outside.received("ada@customer.example", "Returning shoes")
    assert "within 60 days of delivery" in answer["text"]
