"""The app dies at its first effect, its second, and so on until a whole conversation passes without a crash.

`python -m benchmarks.crash_points [--database sqlite|postgres] [--parallel 4] [--effects commit,send,slack]`. Each
point has a far side and a database of its own: one customer asks twice by mail, one twice in the chat, the app dies
right before or after its N-th effect of a kind (`bot/process/faults.py`), and is started again. Where nobody can know
whether a mail went out, an agent looks into the customer's mail box and presses what is true. Then the customers are
asked what they got and Slack what it shows. On PostgreSQL others wait for those that died: a point takes up to two
minutes.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine
from tests.e2e.harness import end, gone, start
from tests.e2e.processes import far_side
from tests.e2e.talks import Agent, Letters, Talk, beside, miscounted
from tests.e2e.threads import faults
from tests.postgres import Server, running_server
from tests.waiting import until

BY_MAIL, BY_CHAT = 1, 3
KILLED = -9


@dataclass(frozen=True)
class Passed:
    """What became of one point: whether the app died there, of how many answers a person was asked, what is wrong."""

    point: str
    died: bool
    asked: int
    wrong: Sequence[str]


class Mortal:
    """The app: dies once at a chosen point, and is started again whenever it has died."""

    def __init__(self, env: dict[str, str], point: str) -> None:
        self._env = env
        self._point = point
        self.died = False
        self._process: Process | None = None

    async def live(self) -> None:
        while True:
            env = self._env if self.died else {**self._env, "THREADPILOT_CRASH_AT": self._point}
            self._process = await start("run", "--env-file", "/dev/null", env=env)
            code = await gone(self._process)
            assert code == KILLED, f"it ended with {code}"
            assert not self.died, "it died again"
            self.died = True

    async def end(self) -> None:
        if self._process is not None:
            assert await end(self._process) == 0


async def try_point(point: str, url: str, folder: Path) -> Passed:
    """Let the app die there, and count at the far ends."""
    async with far_side(folder) as (outside, env):
        env |= {"THREADPILOT_MODE": "auto", "THREADPILOT_SECRET_KEY": "k" * 32, "DATABASE_URL": url}
        app, letters, talks = Mortal(env, point), Letters(outside), [Talk(BY_MAIL), Talk(BY_CHAT)]
        agent = Agent(outside, letters, talks)
        async with beside(app.live(), letters.watch(), agent.watch()):
            await asyncio.gather(*(talk.hold(outside, letters) for talk in talks))

            async def complete() -> bool:
                return not await faults(outside, talks)

            with suppress(AssertionError):  # What is missing is told below.
                await until(complete, 240)
            wrong = [
                f"{mark}: {what}" for mark, found in (await faults(outside, talks)).items() for what in found
            ]
            wrong += await miscounted(outside, talks)
        await app.end()
        return Passed(point, app.died, agent.asked, wrong)


class Walk:
    """All points of one effect and side, in order, until the app does not die any more."""

    def __init__(self, effect: str, side: str) -> None:
        self._effect, self._side = effect, side
        self._numbers = itertools.count(1)
        self.over = False
        self.passed: list[Passed] = []

    async def go(self, databases: Iterator[str]) -> None:
        while not self.over:
            point = f"{self._effect}:{next(self._numbers)}:{self._side}"
            with tempfile.TemporaryDirectory() as folder:
                url = next(databases) or f"sqlite+aiosqlite:///{folder}/threadpilot.db"
                outcome = await try_point(point, url, Path(folder))
            self.over |= not outcome.died
            self.passed.append(outcome)
            if outcome.wrong:
                print(outcome, flush=True)

    def report(self) -> bool:
        """Print what was seen; tell whether all was well."""
        died = [one for one in self.passed if one.died]
        wrong = [one for one in self.passed if one.wrong]
        asked = sum(one.asked for one in died)
        print(
            f"{self._effect:>6} {self._side:6}: died at {len(died)} points, a person was asked {asked} times, ",
            end="",
        )
        print(f"{len(wrong)} with something wrong")
        return not wrong


@contextmanager
def databases_of(kind: str) -> Iterator[Iterator[str]]:
    """Yield URLs of empty databases; an empty one stands for a file of the caller's own."""
    if kind == "sqlite":
        yield itertools.repeat("")
        return
    with running_server() as server:
        yield _databases(server)


def _databases(server: Server) -> Iterator[str]:
    while True:
        yield server.url(server.create())


async def measure(options: argparse.Namespace) -> bool:
    """Walk all points, a few at a time, and print what was seen."""
    walks = [Walk(effect, side) for effect in options.effects.split(",") for side in ("before", "after")]
    began, per_walk = time.monotonic(), max(1, options.parallel // len(walks))
    room = asyncio.Semaphore(options.parallel)

    async def go(walk: Walk) -> None:
        async with room:
            await walk.go(databases)

    with databases_of(options.database) as databases:
        async with asyncio.TaskGroup() as group:
            for walk in [walk for walk in walks for _ in range(per_walk)]:
                group.create_task(go(walk))
    print(machine())
    print(f"{options.database}, {time.monotonic() - began:.0f} s")
    right = [walk.report() for walk in walks]
    return all(right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--effects", default="commit,send,slack")
    parser.add_argument("--parallel", type=int, default=4, help="points at a time")
    raise SystemExit(0 if asyncio.run(measure(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
