"""Dispatching: which conversation Slack shows next, within what Slack allows.

Each workspace has one line per channel for new cards and one for changes of those that stand, because Slack limits
posts per Slack channel and changes per workspace: neither waits for the other. In each line what waits for a person
comes first. The queue is the state itself, so that many changes of a conversation are one update.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from time import monotonic

from bot.core.ending import end
from bot.core.errors import OutcomeUnknown, Refused, ThreadpilotError, Unavailable
from bot.core.leases import USUAL, Leases
from bot.core.ports.engine import Clock, Signals
from bot.core.ports.storage import Database, DeskLine, DeskRun
from bot.core.routing import MAIN
from bot.services.showing import Show, Shown, record
from bot.services.transitions import DESK

log = logging.getLogger(__name__)

_POLL, _REST = 1.0, 0.05
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LONGEST_BACKOFF = 300.0


class Dispatcher:
    """Works off what is to be shown, one conversation at a time in each line, until cancelled."""

    def __init__(
        self,
        database: Database,
        show: Show,
        signals: Signals,
        clock: Clock,
        *,
        alone: bool,
        jitter: Callable[[], float] = random.random,
        grace: float = 10.0,
        leases: Leases = USUAL,
        others: Collection[str] = (),
    ) -> None:
        """`others` are the workspaces beside the main one, which has what is of none of them.

        `alone` says that no other process shows anything, so that what an earlier one began is free at once.
        `jitter` draws from 0 to 1; `grace` is how many seconds what is under way has after a cancellation.
        """
        self._database = database
        self._show = show
        self._signals = signals
        self._clock = clock
        self._alone = alone
        self._jitter = jitter
        self._grace = grace
        self._lease = timedelta(seconds=leases.show)
        self._working: dict[DeskLine, asyncio.Task[None]] = {}
        self._pauses: dict[DeskLine, int] = {}  # How often in a row Slack did not let a line go on.
        self._paused: dict[DeskLine, float] = {}
        self._others = frozenset(others)
        self._trouble: dict[str, str] = {}  # By workspace: Slack's limits, and who is away, are of each.
        self._leaving = False
        self._away = False

    async def run(self) -> None:
        """Work until cancelled; then let end what is under way."""
        async with self._signals.subscribe(DESK) as wake:
            try:
                await self._take_over()
                while True:
                    await self._start_due()
                    await asyncio.sleep(_REST)  # Many changes come at once: look once for all of them.
                    await wake.wait(_POLL)
            finally:
                await self._close()

    async def state(self, workspace: str = MAIN) -> str:
        """Return `ok`, or why cards of a workspace are late and how many."""
        if (trouble := self._trouble.get(workspace)) is None:
            return "ok"
        async with self._database.snapshot() as tx:
            return f"{trouble} ({await tx.desk_runs.waiting(workspace, self._others)} cards wait)"

    def _owner(self, line: DeskLine) -> str:
        return line.workspace if line.workspace in self._others else MAIN

    async def _take_over(self) -> None:
        """Take what earlier processes began, and what stands in workspaces that are named no more."""
        try:
            async with self._database.transaction() as tx:
                await tx.desk_posts.leave(self._others)
                if self._alone:
                    await tx.desk_runs.abandon(self._clock())
        except Unavailable as error:  # They end by themselves, if later.
            self._lose(error)

    async def _start_due(self) -> None:
        try:
            async with self._database.snapshot() as tx:
                due = await tx.desk_runs.lines(self._clock())
        except Unavailable as error:
            self._lose(error)
            return
        self._away = False
        for line in set(self._paused) - set(due) - set(self._working):
            self._forget(
                line
            )  # Nothing waits there any more: another line, or another process, has shown it.
        for line in due:
            if line not in self._working and self._paused.get(line, 0.0) <= monotonic():
                task = asyncio.create_task(self._work(line), name=f"desk {line.workspace} {line.channel}")
                self._working[line] = task
                task.add_done_callback(partial(self._ended, line))

    def _ended(self, line: DeskLine, task: asyncio.Task[None]) -> None:
        del self._working[line]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("desk_line_failed", exc_info=error)
            self._pause(line, None)

    async def _work(self, line: DeskLine) -> None:
        """Show what is due in a line, one after the other; what one left is put on record as the next is claimed."""
        shown: Shown | None = None
        while (run := await self._next(line, shown)) is not None:
            shown = await self._show.show(run)

    async def _next(self, line: DeskLine, shown: Shown | None) -> DeskRun | None:
        stopped = self._leaving or (shown is not None and self._has_stopped(line, shown))
        while True:
            try:
                async with self._database.transaction() as tx:
                    now = self._clock()
                    if shown is not None:
                        await record(tx, shown, now + self._backoff(shown))
                    if stopped:
                        return None
                    return await tx.desk_runs.claim(line, now=now, until=now + self._lease)
            except Unavailable as error:
                # What was posted has to be put on record: else it is looked up in Slack, call by call.
                self._lose(error)
                await asyncio.sleep(_POLL)

    def _lose(self, error: Unavailable) -> None:
        """Say once that the database is away: why, it has said itself."""
        if not self._away:
            self._away = True
            log.warning("desk_without_database", extra={"reason": str(error)})

    def _has_stopped(self, line: DeskLine, shown: Shown) -> bool:
        """Note how Slack took it; tell whether the line has to pause."""
        if isinstance(shown.error, Unavailable | OutcomeUnknown):
            self._pause(line, shown.error)
            return True
        self._forget(line)
        if shown.error is not None:
            _complain(shown, shown.error)
        return False

    def _forget(self, line: DeskLine) -> None:
        self._pauses.pop(line, None)
        self._paused.pop(line, None)
        owner = self._owner(line)
        if owner in self._trouble and not any(self._owner(one) == owner for one in self._paused):
            log.info("desk_goes_on")
            del self._trouble[owner]

    def _pause(self, line: DeskLine, error: Unavailable | OutcomeUnknown | None) -> None:
        number = self._pauses[line] = self._pauses.get(line, 0) + 1
        pause = (0.5 + self._jitter() / 2) * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(number - 1, 10))
        told = error.retry_after if isinstance(error, Unavailable) else None
        self._paused[line] = monotonic() + max(pause, told or 0.0)
        owner = self._owner(line)
        if error is not None and str(error) != self._trouble.get(owner):
            self._trouble[owner] = str(error)
            log.warning("desk_paused", extra={"reason": str(error)})

    def _backoff(self, shown: Shown) -> timedelta:
        return timedelta(seconds=self._jitter() * min(_LONGEST_BACKOFF, 2.0 ** min(shown.run.tries, 20)))

    async def _close(self) -> None:
        self._leaving = True
        working = list(self._working.values())
        if working:
            await asyncio.wait(working, timeout=self._grace)
        await end(working)


def _complain(shown: Shown, error: Exception) -> None:
    where = {"conversation": shown.run.conversation_id, "tries": shown.run.tries + 1}
    if isinstance(error, Refused):
        log.error("card_refused", extra=where | {"reason": str(error)})
    elif isinstance(error, ThreadpilotError):
        log.warning("card_in_doubt", extra=where | {"reason": str(error)})
    else:
        log.error("card_failed", exc_info=error, extra=where)
