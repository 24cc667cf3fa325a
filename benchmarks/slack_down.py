"""Slack is gone for long while customers write; then everybody is asked what they got, and Slack what it shows.

`python -m benchmarks.slack_down [--seconds 600] [--rate 0.5] [--database sqlite|postgres]` lets customers write by
mail and chat with Slack there, for a tenth of the time, and then without it. The outage takes as long as it says: no
pause is scaled. Delays are counted at the customer, threads in the stand-in's own books. The floor of the catching
up is physical: one post a second in a Slack channel, after the burst that the stand-in tolerates.
"""

import argparse
import asyncio
import collections
import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from tests.e2e.fleet import ROLES, Fleet, database_of
from tests.e2e.harness import Outside
from tests.e2e.processes import far_side
from tests.e2e.talks import Talk, hold_talks
from tests.e2e.threads import faults, threads
from tests.waiting import until

BURST = 10  # What the stand-in, as Slack, lets through at once.


async def measure(options: argparse.Namespace, folder: Path) -> None:
    """Let Slack go and come back, and count at the far ends."""
    roles = ("all",) if options.database == "sqlite" else ROLES
    async with database_of(options.database, folder) as url, far_side(folder) as (outside, env):
        env |= {"DATABASE_URL": url, "THREADPILOT_MODE": "auto", "THREADPILOT_SECRET_KEY": "k" * 32}
        async with Fleet(outside, env, roles):
            numbers = itertools.count(1)
            before = await hold_talks(outside, numbers, options.rate, options.seconds / 10)
            await outside.post("/control/weather", slack={"down": True})
            looking = asyncio.create_task(look(outside))
            during = await hold_talks(outside, numbers, options.rate, options.seconds)
            looking.cancel()
            back = time.time()
            await outside.post("/control/weather", slack={})
            wrong = await complete(outside, [*before, *during])
            report(options, before, during, wrong)
            await report_slack(outside, during, back)
    raise SystemExit(1 if wrong else 0)


async def look(outside: Outside) -> None:
    """Make sure, again and again, that the app says it can serve customers."""
    while True:
        async with outside.session.get(f"{outside.contract['app']}/readyz") as response:
            assert response.status == 200, await response.text()
        await asyncio.sleep(1)


async def complete(outside: Outside, talks: Sequence[Talk]) -> dict[str, list[str]]:
    """Wait until Slack shows every talk in full; return what is wrong with those that it never does."""
    wrong: dict[str, list[str]] = {}

    async def right() -> bool:
        nonlocal wrong
        wrong = await faults(outside, talks)
        return not wrong

    try:
        await until(right, 60 + 4 * len(talks))
    except AssertionError:
        print(wrong)
    return wrong


def delays(name: str, talks: Sequence[Talk]) -> str:
    """Say after how long the answers came, of those who came by mail and by chat."""
    parts = []
    for channel, by_chat in (("mail", False), ("chat", True)):
        taken = sorted(delay for talk in talks if talk.by_chat == by_chat for delay in talk.delays)
        middle, late = (taken[round(share * (len(taken) - 1))] for share in (0.5, 0.95))
        parts.append(f"{channel} p50 {middle:.2f} p95 {late:.2f} max {taken[-1]:.2f} s (n = {len(taken)})")
    return f"{name}: {'; '.join(parts)}"


def report(
    options: argparse.Namespace, before: Sequence[Talk], during: Sequence[Talk], wrong: dict[str, list[str]]
) -> None:
    """Print what every customer received."""
    wanted = sum(0 if talk.for_a_person else len(talk.questions) for talk in during)
    print(machine())
    print(
        f"{options.database}: Slack down for {options.seconds:.0f} s, {len(during)} conversations meanwhile"
    )
    print(f"answered meanwhile {sum(len(talk.answers) for talk in during)} of {wanted}")
    print(delays("with Slack", before))
    print(delays("without it", during))
    print(
        f"threads complete, in order, nothing doubled: {len(before) + len(during) - len(wrong)}; not: {len(wrong)}"
    )


async def report_slack(outside: Outside, during: Sequence[Talk], back: float) -> None:
    """Print how Slack caught up."""
    calls = [e for e in await outside.get("/control/slack/log") if e["time"] >= back and _shows(e)]
    posts = collections.Counter(e["args"]["channel"] for e in calls if e["method"] == "chat.postMessage")
    floor, took = max(posts.values()) - BURST, max(e["time"] for e in calls) - back
    print(f"caught up after {took:.0f} s = {took / max(1, floor):.2f} x the physical minimum of {floor} s")
    print(f"Slack refused {sum(e['status'] == 429 for e in calls)} of {len(calls)} calls")
    shown, cards = await threads(outside), collections.defaultdict[str, list[Any]](list)
    for talk in during:
        card = next(message for name, message in shown[talk.mark].shown if name == "root")
        cards[card["channel"]].append((float(card["ts"]), talk.for_a_person))
    people = [ts for some in cards.values() for ts, for_a_person in some if for_a_person]
    early = sum(
        ts < max((other for other, urgent in some if urgent), default=0.0)
        for some in cards.values()
        for ts, for_a_person in some
        if not for_a_person
    )
    print(
        f"{len(people)} cards for a person, the last after {max(people) - back:.0f} s; "
        f"{early} of {len(during) - len(people)} others stood before the last of its Slack channel"
    )


def _shows(entry: Any) -> bool:
    return str(entry.get("method", "")).startswith("chat.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=0.5, help="conversations a second")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, Path(folder)))


if __name__ == "__main__":
    main()
