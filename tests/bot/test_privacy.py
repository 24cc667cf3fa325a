"""Erase and export, on the database of an app that has served two customers, with their cards in Slack."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.cli import main
from bot.core.errors import Misconfigured
from bot.settings import from_env
from bot.verbs.audit import auditing
from bot.verbs.privacy.erasing import erase_customer
from bot.verbs.privacy.exporting import everything, write
from sandbox.server import Sandbox
from sandbox.slack import directory
from storage.personal import unclassified
from tests.bot.test_app import received, send
from tests.bot.world import Env, Outside, env_file, environment, far_side, started, written_log
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = ("ada.quillfeather@customer.example", "Ada Quillfeather", "zanzibarite", "lavender-invoice")
BEN = ("ben.oakes@customer.example", "Ben Oakes", "obsidianite", "copper-invoice")


def mail_of(env: Env, person: tuple[str, str, str, str]) -> EmailMessage:
    address, name, word, file = person
    mail = EmailMessage()
    mail["From"], mail["To"] = f"{name} <{address}>", env["SUPPORT_ADDRESS"]
    mail["Subject"], mail["Message-ID"] = f"Return {word}", f"<{word}@customer.example>"
    mail.set_content("How do I return an item?")
    mail.add_attachment(f"{file} {word}".encode(), maintype="text", subtype="plain", filename=f"{file}.txt")
    return mail


@dataclass
class Past:
    """An app that has ended, and what is left of it."""

    env: Env
    sandbox: Sandbox
    database: Path
    log: str

    @property
    def url(self) -> str:
        return self.env["DATABASE_URL"]

    def on_disk(self) -> bytes:
        """Return all bytes of the database: free pages, write-ahead log and all."""
        return b"".join(path.read_bytes() for path in self.database.parent.glob("threadpilot.db*"))

    async def in_slack(self) -> str:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.sandbox.url}/control/slack/state") as answer,
        ):
            return json.dumps((await answer.json())["messages"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Past]:
    folder = tmp_path_factory.mktemp("past")
    async with far_side() as sandbox:
        env = environment(sandbox, folder)
        past = Past(env, sandbox, folder / "threadpilot.db", "")
        with written_log() as log:
            async with started(env) as app:
                await app.ready()
                outside = Outside(app, sandbox, env)
                for person in (ADA, BEN):
                    await served(outside, person)
            past.log = log.getvalue()
        yield past


async def served(outside: Outside, person: tuple[str, str, str, str]) -> None:
    """Let somebody write, and an agent approve the draft."""
    _, _, word, file = person
    await asyncio.to_thread(send, outside.env, mail_of(outside.env, person))

    async def waits() -> dict[str, Any] | None:
        messages = (await outside.get("/control/slack/state"))["messages"]
        found = (one for one in messages if word in json.dumps(one) and '"approve"' in json.dumps(one))
        return next(found, None)

    card = await until(waits)
    pressed = {"channel": card["channel"], "ts": card["ts"], "action_id": "approve", "user": directory.AGENT}
    await outside.post("/control/slack/click", **pressed)
    await received(outside.sandbox, word)
    await outside.shown(file, word)


def traces(said: str | bytes, person: tuple[str, str, str, str]) -> list[str]:
    """Return what tells of somebody, in any spelling that we write."""
    text = said.decode("latin-1").lower() if isinstance(said, bytes) else said.lower()
    words = {
        word for one in person for word in (one, *one.split()) if len(word) > 4
    }  # "Ada" is in "metadata".
    return sorted(word for word in words if word.lower() in text)


async def test_every_table_is_somebodys_or_nobodys() -> None:
    assert unclassified() == set(), "name it in storage/personal.py: whose are its rows?"


async def test_everything_about_a_customer_is_handed_out(past: Past, tmp_path: Path) -> None:
    told = await everything(past.url, ADA[0].upper())
    write(told, tmp_path / "out")
    whole = json.loads((tmp_path / "out" / "customer.json").read_text())
    for table in (
        "customers",
        "conversations",
        "messages",
        "drafts",
        "decisions",
        "deliveries",
        "audit",
        "desk_posts",
    ):
        assert whole["tables"][table], table
    page = (tmp_path / "out" / "customer.md").read_text()
    assert "Return zanzibarite" in page
    assert "**We**" in page
    files = b"".join(path.read_bytes() for path in (tmp_path / "out" / "files").iterdir())
    assert b"lavender-invoice zanzibarite" in files
    assert traces(page + json.dumps(whole) + files.decode("latin-1"), BEN) == []
    with pytest.raises(Misconfigured, match="is not empty"):
        write(told, tmp_path / "out")


async def test_a_dry_run_tells_what_would_be_erased_and_erases_nothing(past: Past) -> None:
    before, posts = past.on_disk(), await past.in_slack()
    told = str(await erase_customer(past.url, ADA[0], None, yes=False, actor="dpo"))
    assert told.startswith("This would be erased (nothing was; --yes does it):")
    assert "1 conversations" in told
    assert re.search(r"Slack: [2-9]\d* messages", told)
    assert "backups of the database" in told
    assert past.on_disk() == before
    assert await past.in_slack() == posts


async def test_without_slack_nothing_of_ours_is_erased(past: Past) -> None:
    before = past.on_disk()
    with pytest.raises(Misconfigured, match="Set SLACK_BOT_TOKEN"):
        await erase_customer(past.url, ADA[0], None, yes=True, actor="dpo")
    assert traces(past.on_disk(), ADA) == traces(before, ADA)


async def test_erase_leaves_no_trace_of_one_and_everything_of_the_other(past: Past) -> None:
    assert set(traces(past.on_disk(), ADA)) >= {"zanzibarite", "lavender-invoice", "Quillfeather"}
    assert traces(await past.in_slack(), ADA)
    told = await erase_customer(past.url, ADA[0], from_env(past.env).slack, yes=True, actor="dpo")
    assert told.done
    assert traces(past.on_disk(), ADA) == []
    assert traces(await past.in_slack(), ADA) == []
    assert traces(past.log, ADA) == []
    assert set(traces(past.on_disk(), BEN)) >= set(BEN)
    assert set(traces(await past.in_slack(), BEN)) >= {"obsidianite", "copper-invoice"}
    assert not (await auditing.verify(past.url)).broken
    with pytest.raises(Misconfigured, match="Nobody is known as"):
        await erase_customer(past.url, ADA[0], None, yes=False, actor="dpo")


async def test_what_was_erased_is_on_record_and_the_record_cannot_be_forged(
    past: Past, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(past.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        ((at, payload),) = target.execute("SELECT seq, payload FROM audit WHERE action = 'erase'").fetchall()
        emptied = json.loads(payload)["audit"]
        assert len(emptied) >= 2
        assert json.loads(payload)["rows"]["conversations"] == 1
        ((other,),) = target.execute(
            "SELECT min(seq) FROM audit WHERE payload NOT LIKE '%erased%' AND seq < ?", (at,)
        ).fetchall()
        target.execute("UPDATE audit SET payload = '{\"erased\": true}' WHERE seq = ?", (other,))
        target.commit()
    verdict = await auditing.verify(f"sqlite+aiosqlite:///{copy}")
    assert f"row {other} " in verdict.broken


async def test_the_command_line_tells_and_asks_for_yes(
    past: Past, tmp_path: Path, capsys: pytest.CaptureFixture[str], logging_kept: None
) -> None:
    file = env_file(tmp_path, past.env)
    assert await asyncio.to_thread(main, ["erase", BEN[0], "--env-file", file]) == 0
    assert "nothing was; --yes does it" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["erase", "nobody@nowhere.example", "--env-file", file]) == 2
    assert "Nobody is known as 'nobody@nowhere.example'" in capsys.readouterr().err
    assert (
        await asyncio.to_thread(main, ["export", BEN[0], "--to", str(tmp_path / "ben"), "--env-file", file])
        == 0
    )
    assert f"They are in {tmp_path}/ben." in capsys.readouterr().out
