"""A flood: many conversations within a minute into one Slack channel, whole processes on both sides.

`python -m benchmarks.flood [--conversations 1000] [--seconds 60]` starts the stand-in, which enforces Slack's limits,
and the app beside it; writes mails by SMTP; waits until Slack shows everything; and counts at the far ends: mails
that customers received, cards in Slack, calls that Slack refused. One in five asks for a person. The floor is
physical: one post a second in a Slack channel, after the burst that the stand-in tolerates. 1,000 conversations take
17 minutes.
"""

import argparse
import asyncio
import collections
import tempfile
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtplib import SMTP

from benchmarks.machine import machine
from tests.e2e.harness import Outside, end
from tests.e2e.processes import far_side, run
from tests.waiting import until

ANSWERABLE = "How do I reset my password?"
FOR_A_PERSON = "My lawyer will write to you about this tent."
DRAFTING = "Drafting"  # What a card says that nobody can act on yet.
BURST = 10  # What the stand-in, as Slack, lets through at once.


@dataclass(frozen=True)
class Flood:
    """How many mails within how many seconds."""

    conversations: int
    seconds: float

    def text(self, number: int) -> str:
        return FOR_A_PERSON if number % 5 == 0 else ANSWERABLE


async def write(flood: Flood, outside: Outside) -> None:
    """Write the mails, spread evenly, over one SMTP connection."""
    host, port = outside.contract["smtp"].split(":")
    began = time.monotonic()
    async with SMTP(hostname=host, port=int(port)) as smtp:
        for number in range(flood.conversations):
            await asyncio.sleep(began + number * flood.seconds / flood.conversations - time.monotonic())
            message = EmailMessage()
            message["From"] = f"Customer {number} <c{number}@customer.example>"
            message["To"], message["Subject"] = outside.contract["support"], f"Flood {number}"
            message["Message-ID"] = f"<flood-{number}@customer.example>"
            message.set_content(flood.text(number))
            await smtp.send_message(message)


async def cards(outside: Outside) -> list[Any]:
    """Return the root cards in the Slack channel for mail, from the stand-in's own books."""
    channel = outside.contract["channels"]["email"]
    state = await outside.get("/control/slack/state")
    return [m for m in state["messages"] if m["channel"] == channel and not m.get("thread_ts")]


async def measure(flood: Flood, folder: Path) -> None:
    async with far_side(folder, THREADPILOT_MODE="auto") as (outside, env):
        app = await run(outside, env)
        before, began = len(await cards(outside)), time.time()
        await write(flood, outside)
        arrived = time.time()

        async def all_shown() -> bool:
            shown = await cards(outside)
            return len(shown) - before >= flood.conversations and not any(DRAFTING in str(m) for m in shown)

        await until(all_shown, 120 + 2 * flood.conversations)
        report(
            flood, began, arrived, await outside.get("/control/slack/log"), await outside.get("/control/mail")
        )
        await end(app)


def report(flood: Flood, began: float, arrived: float, log: list[Any], mails: list[Any]) -> None:
    """Print what the far side saw."""
    calls = [e for e in log if e.get("method", "").startswith("chat.") and e["time"] >= began]
    posts = [entry for entry in calls if entry["method"] == "chat.postMessage"]
    busiest = max(collections.Counter(entry["args"]["channel"] for entry in posts).values())
    took, floor = max(entry["time"] for entry in calls) - began, max(1.0, busiest - BURST)
    by_itself = sum(1 for number in range(flood.conversations) if flood.text(number) == ANSWERABLE)
    answered = collections.Counter(str(mail["to"]) for mail in mails)
    shown = [sheet_of(entry) for entry in calls]
    escalated = {conversation for conversation, sheet in shown if sheet == "escalation"}
    spent = [conversation for conversation, _ in shown if conversation and conversation not in escalated]
    stood: dict[str, float] = {}
    for call, (conversation, sheet) in zip(calls, shown, strict=True):
        if conversation in escalated and sheet == "root" and DRAFTING not in str(call["args"]):
            stood.setdefault(conversation, call["time"] - began)
    print(machine())
    print(
        f"n = {flood.conversations} conversations within {arrived - began:.0f} s, {len(escalated)} for a person"
    )
    print(
        f"answered by itself {len(answered)} of {by_itself}; doubled {sum(answered.values()) - len(answered)}"
    )
    print(f"Slack refused {sum(1 for e in calls if e['status'] == 429)} of {len(calls)} calls")
    print(f"calls per automatically answered conversation {len(spent) / max(1, len(set(spent))):.2f}")
    print(f"the last card for a person stood after {max(stood.values(), default=0):.0f} s")
    print(f"caught up after {took:.0f} s = {took / floor:.2f} x the physical minimum of {floor:.0f} s")


def sheet_of(call: Any) -> tuple[str, str]:
    """Return the conversation and the sheet that a call to Slack showed."""
    shown = (call["args"].get("metadata") or {}).get("event_payload") or {}
    return shown.get("conversation", ""), shown.get("sheet", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Flood(options.conversations, options.seconds), Path(folder)))


if __name__ == "__main__":
    main()
