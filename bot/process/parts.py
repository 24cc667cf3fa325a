"""How each part of the app is doing. Whoever asks gets an answer at once, whatever hangs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.core.errors import ThreadpilotError
from bot.core.ports.breakers import Breaker, Outage
from bot.core.ports.engine import Clock
from bot.services.peers import Peers

# Says "ok", "off", or what is wrong; the last as an Outage when its times are known.
Check = Callable[[], Awaitable[str | Outage]]

# The name of each part, and `ok`, `off` or what is wrong, since when and until when.
States = Callable[[], Awaitable[Sequence[tuple[str, str]]]]
Told = Callable[[Sequence[tuple[str, str]]], Awaitable[None]]

_PATIENCE = 0.7
_EVERY = 5.0
WELL = frozenset({"ok", "off"})


class Parts:
    """Asks the parts, and remembers since when one is not well."""

    def __init__(self, checks: Mapping[str, Check], clock: Clock, *, patience: float = _PATIENCE) -> None:
        self._checks = checks
        self._clock = clock
        self._patience = patience
        self._asked: dict[str, asyncio.Task[str | Outage]] = {}
        self._last: dict[str, str | Outage] = {}
        self._since: dict[str, datetime] = {}

    async def states(self) -> Sequence[tuple[str, str]]:
        """Return the name of each part, and `ok`, `off` or what is wrong, since when and until when."""
        asked = {name: self._ask(name, check) for name, check in self._checks.items()}
        if asked:
            await asyncio.wait(asked.values(), timeout=self._patience)
        return [(name, self._state(name, task)) for name, task in asked.items()]

    async def watch(self, every: float = _EVERY, told: Told | None = None) -> None:
        """Ask now and then, so that it is known since when a part is not well; until cancelled.

        `told` gets every answer.
        """
        try:
            while True:
                states = await self.states()
                if told is not None:
                    await told(states)
                await asyncio.sleep(every)
        finally:
            for task in self._asked.values():
                task.cancel()
            await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _ask(self, name: str, check: Check) -> asyncio.Task[str | Outage]:
        """Ask a part, unless an earlier question still waits for its answer: questions must not pile up."""
        task = self._asked.get(name)
        if task is None or task.done():
            task = self._asked[name] = asyncio.create_task(_asked(check), name=f"check {name}")
            task.add_done_callback(_heard)
        return task

    def _state(self, name: str, task: asyncio.Task[str | Outage]) -> str:
        told = _told(task) if task.done() else self._silence(name)
        self._last[name] = told
        if isinstance(told, str) and told in WELL:
            self._since.pop(name, None)
            return told
        since = self._since.setdefault(name, self._clock())
        return said(told if isinstance(told, Outage) else Outage(since, told), self._clock())

    def _silence(self, name: str) -> str | Outage:
        """Say of a part that does not answer what was wrong when it last did: that is the better word."""
        last = self._last.get(name, "ok")
        known = isinstance(last, Outage) or last not in WELL
        return last if known else f"no answer within {self._patience:g} s"


def said(outage: Outage, now: datetime) -> str:
    """Put an outage into words."""
    until = ""
    if outage.until is not None:
        when = f"at {_time(outage.until)}" if outage.until > now else "as soon as it is needed"
        until = f", tried again {when}"
    return f"{outage.why.rstrip('.')} (since {_time(outage.since)}{until})"


def behind(breaker: Breaker) -> Check:
    """Return the check of a far side that has a circuit breaker."""

    async def check() -> str | Outage:
        return breaker.outage or "ok"

    return check


def across(here: States, peers: Peers) -> States:
    """Return how parts are that several processes work with: one is well where it is well for all of them."""

    async def states() -> Sequence[tuple[str, str]]:
        told = [(name, (state in WELL and peers.down(name)) or state) for name, state in await here()]
        return [*told, *((f"{duty}s", _done(duty, peers)) for duty in ("worker", "scheduler"))]

    return states


def _done(duty: str, peers: Peers) -> str:
    return f"none is running: start `threadpilot run --role {duty}`" if peers.missing(duty) else "ok"


def fixed(state: str) -> Check:
    """Return the check of a part that is as it was set up."""

    async def check() -> str | Outage:
        return state

    return check


def _heard(task: asyncio.Task[str | Outage]) -> None:
    """Take note of an error: by now the next question may have taken its place."""
    if not task.cancelled():
        task.exception()


async def _asked(check: Check) -> str | Outage:
    return await check()


def _told(task: asyncio.Task[str | Outage]) -> str | Outage:
    """Return what a part has said; an error of its check is an answer, and ends nothing."""
    error = task.exception()
    if error is None:
        return task.result()
    return str(error) if isinstance(error, ThreadpilotError) else f"its check failed ({type(error).__name__})"


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S} UTC"
