"""The PostgreSQL server dies under load, again and again; then every customer is asked what they received.

`python -m benchmarks.database_crashes [--crashes 20] [--rate 2]`. A web process, two workers and a scheduler run
throughout; customers write by mail and chat. Each time the server is stopped as by a power cut, stays away for up to
five seconds, during which /readyz has to say so, and recovers from its log.
"""

import argparse
import asyncio
import itertools
import random
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine
from tests.e2e.fleet import ROLES, Fleet, crash
from tests.e2e.processes import far_side
from tests.e2e.talks import Load, beside, miscounted
from tests.e2e.threads import faults, until_complete
from tests.postgres import running_server


async def measure(options: argparse.Namespace, folder: Path) -> None:
    """Let the server die, and count at the far ends."""
    chance, over, began = random.Random(options.seed), asyncio.Event(), time.monotonic()
    with running_server(durable=True) as server:
        given = {"DATABASE_URL": server.url(server.create()), "THREADPILOT_SECRET_KEY": "k" * 32}
        async with far_side(folder, THREADPILOT_MODE="auto", **given) as (outside, env):
            load = Load(outside)

            async def crashes() -> None:
                for _ in range(options.crashes):
                    await asyncio.sleep(chance.uniform(0.0, 2.0))  # The moment, not a wait for anything.
                    await crash(server, outside, away=chance.uniform(0.0, 5.0))
                over.set()

            async with Fleet(outside, env, ROLES):
                async with beside(crashes()):
                    await load.hold(itertools.count(1), options.rate, over.is_set)
                answered = time.monotonic() - began
                try:
                    await until_complete(outside, load.talks, 120 + 4 * len(load.talks))
                except AssertionError:
                    print(await faults(outside, load.talks))
                wrong = await miscounted(outside, load.talks)
    delays = sorted(delay for talk in load.talks for delay in talk.delays)
    print(machine())
    print(
        f"{options.crashes} crashes of the server within {answered:.0f} s, seed {options.seed}; each process lived on"
    )
    print(f"{len(load.talks)} conversations, {len(delays)} answers; a person was asked {load.asked} times")
    print(f"delays p50 {delays[len(delays) // 2]:.2f} s, max {delays[-1]:.1f} s")
    print(f"lost or doubled: {wrong or 0}")
    raise SystemExit(1 if wrong else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crashes", type=int, default=20)
    parser.add_argument("--rate", type=float, default=2.0, help="conversations a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, Path(folder)))


if __name__ == "__main__":
    main()
