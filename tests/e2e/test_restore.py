"""The drill: traffic, a backup meanwhile, damage, a restore, a start. Nothing is lost, nothing goes twice."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Outside, end, said
from tests.e2e.processes import far_side, run
from tests.postgres import Server

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

QUESTION = "How do I reset my password?"
MAILS = 3


class Place:
    """A database that can be broken, in the way that its kind breaks."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder, self.server = folder, server
        self.name = server.create() if server else ""
        self.url = server.url(self.name) if server else f"sqlite+aiosqlite:///{folder}/threadpilot.db"

    def break_it(self) -> None:
        if self.server:
            self.server.drop(self.name)
            self.name = self.server.create()
            self.url = self.server.url(self.name)
        else:
            (self.folder / "threadpilot.db").write_bytes(b"\0" * 300_000)


@pytest.fixture(params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    place = Place(tmp_path, server)
    yield place
    if server:
        server.drop(place.name)


async def verb(env: dict[str, str], *arguments: str) -> str:
    """Run a verb to its end; return what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *arguments, "--env-file", "/dev/null"),
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def ask(outside: Outside, part: str) -> None:
    for number in range(MAILS):
        await outside.mail(f"{part} {number}", QUESTION, sender=f"{part}{number}@customer.example")


async def answered(outside: Outside, part: str) -> None:
    for number in range(MAILS):
        await outside.received(f"{part}{number}@customer.example", f"{part} {number}")


async def test_the_restore_drill(place: Place, tmp_path: Path) -> None:
    key = "the same before and after"
    async with far_side(tmp_path, DATABASE_URL=place.url, THREADPILOT_SECRET_KEY=key) as (outside, env):
        app = await run(outside, env)
        await ask(outside, "before")
        await answered(outside, "before")
        during = asyncio.create_task(ask(outside, "during"))
        assert "is a backup of everything" in await verb(env, "backup", f"{tmp_path}/backup.db")
        await during
        await ask(outside, "after")
        for part in ("during", "after"):
            await answered(outside, part)
        assert await end(app) == 0

        place.break_it()
        env |= {"DATABASE_URL": place.url}
        told = await verb(env, "restore", f"{tmp_path}/backup.db")
        assert "Automatic answers are paused" in told
        assert "The audit chain is whole" in await verb(env, "audit", "verify")
        app = await run(outside, env)
        await nothing_twice_and_nothing_lost(outside)
        await people_let_it_go_on(outside)
        assert await end(app) == 0
        assert "The audit chain is whole" in await verb(env, "audit", "verify")


async def nothing_twice_and_nothing_lost(outside: Outside) -> None:
    """What was answered before the backup still is; a new question waits, and meanwhile nobody got a second mail."""
    await outside.mail("held", QUESTION, sender="held@customer.example")
    await outside.card("email", "held", showing="Automatic answers are paused")
    for number in range(MAILS):
        (card,) = await outside.cards("email", f"before {number}")
        assert "Answered by itself" in said(card)
    for part in ("before", "during", "after"):
        counts = [len(await outside.inbox(f"{part}{number}@customer.example")) for number in range(MAILS)]
        assert counts == [1] * MAILS
    assert await outside.inbox("held@customer.example") == []


async def people_let_it_go_on(outside: Outside) -> None:
    await outside.command("resume yes", outside.contract["manager"])
    await outside.mail("again", QUESTION, sender="again@customer.example")
    await outside.received("again@customer.example", "again")
    # A customer of before goes on in the conversation that they began.
    (first,) = await outside.inbox("before0@customer.example")
    reply = first["headers"]["Message-ID"]
    await outside.mail("Re: before 0", QUESTION, sender="before0@customer.example", In_Reply_To=reply)
    await outside.received("before0@customer.example", "before 0", count=2)
    assert len(await outside.cards("email", "before 0")) == 1
