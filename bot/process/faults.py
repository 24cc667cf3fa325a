"""Crash points: end or stop this process before or after an effect, to prove that nothing is lost or done twice.

Off unless THREADPILOT_CRASH_AT says which effect: `commit:3:after` ends the process right after its third commit,
`send:1:before` before the first answer is handed to a customer's channel, `slack:2:after` after the second call that
changes something in Slack. Every effect of the app is one of these three. With `:stop` at the end the process stops
there, as on a machine that falls asleep, and goes on when it gets SIGCONT.
"""

import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from bot.core.errors import Misconfigured
from bot.core.model import Case
from bot.core.ports.channels import Deadline, Left, OutboundChannel, Outgoing, Reconciled, Send
from bot.core.ports.desk import NOWHERE, Desk, Sheet
from bot.core.ports.desk_work import Queued
from bot.core.ports.storage import DeskPost

_POINT = re.compile(r"(commit|send|slack):([1-9][0-9]{0,5}):(before|after)(:stop)?")


def power_cut() -> None:
    """End this process at once; nothing of it runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def fall_asleep() -> None:
    """Stop this process until somebody wakes it; nothing of it runs meanwhile."""
    os.kill(os.getpid(), signal.SIGSTOP)


class CrashPoint:
    """The point at which the process ends or stops; without a text, nowhere."""

    def __init__(
        self,
        text: str = "",
        die: Callable[[], None] = power_cut,
        sleep: Callable[[], None] = fall_asleep,
    ) -> None:
        """Read `effect:number:side`, or `effect:number:side:stop`.

        Raises:
            Misconfigured: it reads otherwise.
        """
        match = _POINT.fullmatch(text)
        if text and match is None:
            raise Misconfigured(
                f"THREADPILOT_CRASH_AT={text!r} is not like commit:3:after (commit, send or slack; before or after)."
            )
        self._effect, self._number, self._side, stop = match.groups("") if match else ("", "0", "", "")
        self._die = sleep if stop else die
        self._reached: Counter[str] = Counter()

    @contextmanager
    def around(self, effect: str) -> Iterator[None]:
        """Count an effect; end the process before or after it when it is the one."""
        self._reached[effect] += 1
        mine = effect == self._effect and self._reached[effect] == int(self._number)
        if mine and self._side == "before":
            self._die()
        yield
        if mine:
            self._die()


class CrashingChannel:
    """A customer's channel that may be the last thing this process speaks to."""

    def __init__(self, channel: OutboundChannel, point: CrashPoint) -> None:
        self._channel = channel
        self._point = point

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        async with self._channel.ready(outgoing) as send:

            async def sending(deadline: Deadline) -> Left:
                with self._point.around("send"):
                    return await send(deadline)

            yield sending

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        return await self._channel.reconcile(outgoing)

    def external_id(self, outgoing: Outgoing) -> str:
        return self._channel.external_id(outgoing)


class CrashingDesk:
    """A desk that may be the last thing this process changes."""

    def __init__(self, desk: Desk, point: CrashPoint) -> None:
        self._desk = desk
        self._point = point

    def sheets(
        self,
        case: Case,
        *,
        threshold: float,
        now: datetime,
        standing: Mapping[str, DeskPost],
        goes_on: DeskPost | None = None,
        next_up: Queued | None = None,
        placed: Mapping[str, Any] = NOWHERE,
    ) -> Sequence[Sheet]:
        return self._desk.sheets(
            case,
            threshold=threshold,
            now=now,
            standing=standing,
            goes_on=goes_on,
            next_up=next_up,
            placed=placed,
        )

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        with self._point.around("slack"):
            return await self._desk.post(sheet, case, root_ts=root_ts)

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        with self._point.around("slack"):
            await self._desk.update(sheet, case, ts, root_ts=root_ts)

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        return await self._desk.find(sheet, case, root_ts=root_ts)
