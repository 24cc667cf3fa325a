"""The whole app as a process, from outside: start, memory, sockets, and what a press of a button takes.

`python -m benchmarks.whole [--presses 60] [--sockets 1000]`. The stand-in answers a press once the app writes
down when it sent an envelope and when it was acknowledged.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.machine import machine
from tests.e2e.harness import Outside, contract_of, demo_arguments, end, header, start
from tests.e2e.processes import far_side, run
from tests.waiting import until

QUESTION = "How do I reset my password?"
PER_SESSION = 4  # Sockets that share one visitor: sessions of one client are limited.


def resident_mb(pid: int) -> float:
    """Return the memory of a process that is really there, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


async def demo_seconds() -> float:
    """Return how long `threadpilot demo` takes to be ready."""
    begun = time.monotonic()
    process = await start(*demo_arguments())
    await contract_of(process)
    taken = time.monotonic() - begun
    await end(process)
    return taken


async def open_sockets(outside: Outside, number: int, stack: AsyncExitStack) -> None:
    """Open idle chat sockets that stay open."""
    app = outside.contract["app"]
    session = ""
    connector = aiohttp.TCPConnector(limit=0)
    client = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
    for n in range(number):
        if n % PER_SESSION == 0:
            async with client.post(f"{app}/chat/v1/session", json={}) as answer:
                session = (await answer.json())["session"]
        socket = await stack.enter_async_context(client.ws_connect(f"{app}/chat/v1/ws"))
        await socket.send_json({"type": "hello", "session": session, "after": 0})
        await socket.receive_json()


async def waiting_cards(outside: Outside, number: int) -> list[Any]:
    """Write mails and wait until each has a card with a button."""
    for n in range(number):
        await outside.mail(f"Press {n}", QUESTION, sender=f"p{n}@customer.example")

    async def shown() -> list[Any]:
        cards = (await outside.get("/control/slack/state"))["messages"]
        found = [m for m in cards if header(m).startswith("Press") and "approve" in str(m.get("blocks"))]
        return found if len(found) == number else []

    return list(await until(shown, 60 + 2 * number))


async def press(outside: Outside, card: Any) -> float:
    """Approve; return the seconds until the mail is at the customer's server."""
    number = header(card).removeprefix("Press ")
    begun = time.monotonic()
    clicking = asyncio.create_task(outside.click("email", card, "approve", outside.contract["agent"]))

    async def arrived() -> bool:
        return any(f"p{number}@" in str(mail["to"]) for mail in await outside.get("/control/mail"))

    await until(arrived)
    taken = time.monotonic() - begun
    await clicking
    return taken


async def acknowledged(outside: Outside) -> list[float]:
    """Return the seconds from each press that was handed to the app to its acknowledgement."""
    sent, taken = {}, []
    for entry in await outside.get("/control/slack/log"):
        if entry["kind"] == "envelope" and entry["type"] == "interactive":
            sent[entry["frame"]["envelope_id"]] = entry["time"]
        elif entry["kind"] == "ack" and entry["envelope_id"] in sent:
            taken.append(entry["time"] - sent[entry["envelope_id"]])
    return taken


def percentiles(name: str, taken: list[float]) -> str:
    cuts = statistics.quantiles(taken, n=100)
    figures = "  ".join(f"p{q} {cuts[q - 1] * 1000:.0f} ms" for q in (50, 95, 99))
    return f"{name:40} {figures}  (n = {len(taken)})"


async def measure(options: argparse.Namespace, folder: Path) -> None:
    """Measure everything on SQLite."""
    print(machine())
    print(f"threadpilot demo is ready after {await demo_seconds():.1f} s")
    async with far_side(folder, THREADPILOT_MODE="assist") as (outside, env), AsyncExitStack() as stack:
        app = await run(outside, env)
        idle = resident_mb(app.pid)
        await open_sockets(outside, options.sockets, stack)
        print(
            f"idle {idle:.0f} MB; {options.sockets} idle chat sockets add {resident_mb(app.pid) - idle:.0f} MB"
        )
        taken = [await press(outside, card) for card in await waiting_cards(outside, options.presses)]
        print(percentiles("press -> acknowledged", await acknowledged(outside)))
        print(percentiles("press -> mail at the customer's server", taken))
        await stack.aclose()
        await end(app)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--sockets", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, Path(folder)))


if __name__ == "__main__":
    main()
