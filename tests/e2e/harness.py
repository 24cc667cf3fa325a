"""Whole processes, driven as their users drive them: SMTP, the Slack Web API, and the sandbox's control API."""

import asyncio
import json
import os
import signal
import smtplib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from tests.waiting import PATIENCE, until

Json = Any


async def start(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    stdout: int = PIPE,
    stderr: int = DEVNULL,
    source: Path | None = None,
) -> Process:
    """Start `threadpilot …` as a process group of its own, which ends when the tests do, however they end.

    `source` is the folder of another version.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *arguments, "--stop-on-eof"),
        stdin=PIPE,
        stdout=stdout,
        stderr=None if stderr == DEVNULL and os.environ.get("E2E_LOG") else stderr,
        env={**os.environ, **(env or {})},
        cwd=source,
        start_new_session=True,
    )


async def contract_of(process: Process) -> dict[str, Any]:
    """Read the one line of JSON that a process prints when it is ready."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        contract: dict[str, Any] = json.loads(await process.stdout.readline())
    return contract


def kill_group(process: Process) -> None:
    """End a process and its children as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)


async def end(process: Process) -> int:
    """End a process politely and return its exit code."""
    if process.returncode is None:
        process.terminate()
    return await gone(process)


async def gone(process: Process) -> int:
    """Wait until a process has ended, close what led to it, and return its exit code.

    A pipe that is left open when its test ends is an error of whichever test runs when it is collected.
    """
    async with asyncio.timeout(PATIENCE):
        code = await process.wait()
        if process.stdout is not None:
            await process.stdout.read()
    if process.stdin is not None:
        process.stdin.close()
    return code


class Outside:
    """The world around the app: a customer, agents in Slack, and what arrived where."""

    def __init__(self, contract: Mapping[str, Any], session: aiohttp.ClientSession) -> None:
        self.contract = contract
        self.session = session
        self.slack = AsyncWebClient(contract["slack_token"], base_url=contract["slack_api"], session=session)

    async def get(self, path: str) -> Json:
        async with self.session.get(self.contract["sandbox"] + path) as response:
            return await response.json()

    async def post(self, path: str, **body: Any) -> Json:
        async with self.session.post(self.contract["sandbox"] + path, json=body) as response:
            return await response.json()

    async def mail(
        self, subject: str, text: str, *, sender: str = "ada@customer.example", **headers: str
    ) -> str:
        """Write a mail to the support address by SMTP; return its Message-ID."""
        message = EmailMessage()
        message["From"], message["To"] = f"Ada Quill <{sender}>", self.contract["support"]
        message["Subject"] = subject
        message["Message-ID"] = headers.pop("message_id", None) or make_msgid(domain="customer.example")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        await asyncio.to_thread(self._send, message.as_bytes(), sender)
        return str(message["Message-ID"])

    async def raw_mail(self, raw: bytes, sender: str = "ada@customer.example", to: str = "") -> None:
        await asyncio.to_thread(self._send, raw, sender, to)

    def _send(self, raw: bytes, sender: str, to: str = "") -> None:
        host, port = self.contract["smtp"].split(":")
        with smtplib.SMTP(host, int(port), timeout=PATIENCE) as smtp:
            smtp.sendmail(sender, [to or self.contract["support"]], raw)

    async def cards(self, channel: str, subject: str) -> list[Json]:
        """Return the root cards with this subject, read as any Slack client would."""
        history = await self.slack.conversations_history(
            channel=self.contract["channels"][channel], limit=200
        )
        return [m for m in history["messages"] if m.get("bot_id") and header(m) == subject]

    async def card(self, channel: str, subject: str, showing: str = "", seconds: float = PATIENCE) -> Json:
        """Wait for the root card of a subject, and until it shows a text."""

        async def found() -> Json:
            return [m for m in await self.cards(channel, subject) if showing in said(m)]

        return (await until(found, seconds))[0]

    async def click(self, channel: str, card: Json, action: str, user: str) -> Json:
        return await self.post(
            "/control/slack/click",
            channel=self.contract["channels"].get(channel, channel),
            ts=card["ts"],
            action_id=action,
            user=user,
        )

    async def window(self, channel: str, card: Json, action: str, user: str) -> Json:
        """Press what opens a window, and return it once one can type into it."""
        before = [view["id"] for view in await self.windows(user)]
        await self.click(channel, card, action, user)

        async def opened() -> list[Json]:
            views = [view for view in await self.windows(user) if view["id"] not in before]
            return [view for view in views if any(block["type"] == "input" for block in view["blocks"])]

        return (await until(opened))[-1]

    async def windows(self, user: str) -> list[Json]:
        state = await self.get("/control/slack/state")
        return [view for view in state["views"] if view["user"] == user]

    async def command(self, text: str, user: str) -> str:
        """Type a slash command, wait for its answer, and return what only that user sees."""
        before = await self.whispered(user)
        typed = {"user": user, "command": "/cockpit", "text": text}
        told = await self.post("/control/slack/command", channel=self.contract["channels"]["chat"], **typed)

        async def answered() -> list[Json]:
            return [one for one in (told.get("response"), told.get("view")) if one] + [
                one for one in await self.whispered(user) if one not in before
            ]

        return json.dumps(await until(answered), ensure_ascii=False)

    async def whispered(self, user: str) -> list[Json]:
        """Return what only this user sees in Slack's channels."""
        state = await self.get("/control/slack/state")
        return [one for one in state["ephemeral"] if one["user"] == user]

    async def inbox(self, address: str = "ada@customer.example", subject: str = "") -> list[Json]:
        """Return the mails a customer has received."""
        return [
            m for m in await self.get("/control/mail") if address in str(m["to"]) and subject in m["subject"]
        ]

    async def received(
        self, address: str, subject: str, count: int = 1, seconds: float = PATIENCE
    ) -> list[Json]:
        async def enough() -> list[Json]:
            mails = await self.inbox(address, subject)
            return mails if len(mails) >= count else []

        return await until(enough, seconds)  # type: ignore[no-any-return]


def header(message: Json) -> str:
    return next((b["text"]["text"] for b in message.get("blocks") or [] if b["type"] == "header"), "")


def said(message: Json) -> str:
    """Return everything a message shows, as one text."""
    return json.dumps(message.get("blocks"), ensure_ascii=False)


def actions(message: Json) -> list[str]:
    blocks = [b for b in message.get("blocks") or [] if b["type"] == "actions"]
    return [element["action_id"] for block in blocks for element in block["elements"]]


def demo_arguments(state: Path | None = None) -> list[str]:
    ports = ("--port", "0", "--sandbox-port", "0", "--smtp-port", "0")
    return ["demo", "--no-browser", "--json", *ports, *(("--state", str(state)) if state else ())]


@asynccontextmanager
async def running_demo() -> AsyncIterator[Outside]:
    """Run the demo as whoever types `threadpilot demo`, and see that it ends well."""
    process = await start(*demo_arguments())
    try:
        contract = await contract_of(process)
        async with aiohttp.ClientSession() as session:
            yield Outside(contract, session)
    finally:
        assert await end(process) == 0
