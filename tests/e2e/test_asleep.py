"""A worker that is stopped past its lease and wakes up: others have taken over, and nobody gets an answer twice."""

import asyncio
import os
import signal
import smtplib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.harness import Outside, actions, end
from tests.e2e.processes import far_side, run
from tests.e2e.talks import FIRST, SECOND
from tests.postgres import Server
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

# The app as ever, with leases that end within seconds.
WORKER = """
import asyncio, os, signal
from bot.app import running
from bot.core.leases import Leases
from bot.process.roles import Role
from bot.settings import from_env

LEASES = Leases(job=1.0, send=1.0, margin=1.0, show=10.0, call=5.0)

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(from_env(os.environ), Role.WORKER, LEASES):
        print("ready", flush=True)
        await stop.wait()

asyncio.run(main())
"""


async def worker(env: Mapping[str, str]) -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER),
        stdin=PIPE,
        stdout=PIPE,
        stderr=None if os.environ.get("E2E_LOG") else DEVNULL,
        env=env,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


def is_stopped(process: Process) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def asleep(process: Process) -> None:
    async def stopped() -> bool:
        return is_stopped(process)

    await until(stopped)


async def a_person_is_asked(outside: Outside, subject: str) -> None:
    async def asked() -> bool:
        return any("went_out" in actions(card) for card in await outside.cards("email", subject))

    await until(asked)


async def write_again(outside: Outside, name: str, first: str) -> None:
    """Write as a mail server does: again, until it is taken, for a sleeper may hold what is to be written to."""
    headers = {"In_Reply_To": first, "References": first, "message_id": f"<again-{name}@customer.example>"}

    async def taken() -> bool:
        try:
            await outside.mail(f"Re: {name}", SECOND, sender=f"{name}@customer.example", **headers)
        except (OSError, smtplib.SMTPException):
            return False
        return True

    await until(taken, 90)


async def test_answers_in_the_hands_of_sleepers_go_out_once(tmp_path: Path, postgres_server: Server) -> None:
    """One falls asleep right before the first byte of its mail, another one right after the last."""
    url = postgres_server.url(postgres_server.create())
    # What a sleeper has locked stays locked for as long: a minute elsewhere.
    url += ("&" if "?" in url else "?") + "options=-c%20idle_in_transaction_session_timeout%3D5s"
    async with far_side(tmp_path, DATABASE_URL=url, THREADPILOT_SECRET_KEY="k" * 32) as (outside, env):
        web, first, sleepers = await run(outside, env, "--role", "web"), {}, []
        for side in ("before", "after"):
            sleepers.append(await worker({**env, "THREADPILOT_CRASH_AT": f"send:1:{side}:stop"}))
            first[side] = await outside.mail(side, FIRST, sender=f"{side}@customer.example")
            await asleep(sleepers[-1])
        awake = await worker(env)
        for name in first:
            await a_person_is_asked(outside, name)
            await write_again(outside, name, first[name])
        await outside.received("before@customer.example", "before")
        await outside.received("after@customer.example", "after", 2)
        for sleeper in sleepers:
            sleeper.send_signal(signal.SIGCONT)
        # They end with what they had begun, and politely: what they woke up to was no surprise.
        assert [await end(process) for process in (*sleepers, awake, web)] == [0, 0, 0, 0]
        assert [is_about(mail) for mail in await outside.inbox("before@")] == ["return"]
        assert [is_about(mail) for mail in await outside.inbox("after@")] == ["password", "return"]


def is_about(mail: dict[str, str]) -> str:
    """Return what the newest question was that a mail answers."""
    return "return" if "return" in mail["text"].lower() else "password"
